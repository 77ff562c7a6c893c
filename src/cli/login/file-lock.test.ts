import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { withFileLock } from './file-lock.ts'

function fileOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-lock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'token.json')
}

test('of several that want a file one has it at a time, also after one that fails', async (t) => {
  const path = fileOf(t)
  let inside = 0
  let most = 0
  const use = (fails: boolean) =>
    withFileLock(path, async () => {
      most = Math.max(most, ++inside)
      await turn()
      inside--
      if (fails) throw new Error('as told')
    })
  const ended = await Promise.allSettled([use(false), use(true), use(false)])
  assert.deepEqual(ended.map(({ status }) => status).sort(), ['fulfilled', 'fulfilled', 'rejected'])
  assert.equal(most, 1)
  assert.equal(existsSync(`${path}.lock`), false)
})

test('a lock that somebody left behind is taken over', async (t) => {
  const path = fileOf(t)
  writeFileSync(`${path}.lock`, '')
  const longAgo = Date.now() / 1000 - 61
  utimesSync(`${path}.lock`, longAgo, longAgo)
  assert.equal(await withFileLock(path, async () => 'done'), 'done')
})

test('where no lock can be made nothing is done', async () => {
  await assert.rejects(
    withFileLock('/nowhere/token.json', async () => assert.fail('it was done')),
    /ENOENT/,
  )
})
