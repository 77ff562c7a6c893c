import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CREDENTIALS_FILE, localClientId, parseClientId } from './credentials-file.ts'

test('the client id is found among the lines of the file', () => {
  assert.equal(parseClientId('username: admin\npassword: p: q\nclient_id: abc-1\n'), 'abc-1')
  assert.equal(parseClientId('client_id:abc\r\n'.replace('\r', '')), 'abc')
  assert.equal(parseClientId('my_client_id: no\nclient_id:\n'), undefined)
})

test('the first readable file counts, and only for a server on this machine', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-credentials-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, CREDENTIALS_FILE), 'client_id: abc\n')
  const folders = [join(folder, 'missing'), folder]
  assert.equal(localClientId('http://localhost:8080', folders), 'abc')
  assert.equal(localClientId('http://localhost:8080', folders.slice(0, 1)), undefined)
  assert.equal(localClientId('https://auth.example.com', folders), undefined)
})
