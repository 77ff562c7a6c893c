import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerName } from './database.ts'

test('the command line has a name for the audit log, also under a user id that nobody has', () => {
  assert.equal(
    callerName(() => ({ username: 'ada' })),
    'ada',
  )
  const nameless = callerName(() => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  })
  assert.equal(nameless, `uid ${process.getuid?.()}`)
})
