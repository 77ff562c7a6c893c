import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '../oauth/client.ts'
import type { ClientId } from '../shared/ids.ts'
import { clientToTry, tryItCommand } from './try-it.ts'

const id = 'c-1' as ClientId
const clone = {
  program: '/home/ana/authgate/bin/authgate',
  workingFolder: '/home/ana/authgate',
  searchPath: '',
}

test('the command names the program as its caller can, the server and the client', () => {
  const installed = {
    program: '/usr/local/bin/authgate',
    workingFolder: '/var/lib',
    searchPath: '/bin:/usr/local/bin',
  }
  const cases: [Parameters<typeof tryItCommand>[0], string][] = [
    [clone, './bin/authgate'],
    [installed, 'authgate'],
    [{ ...installed, searchPath: '/bin' }, '/usr/local/bin/authgate'],
    [{ ...installed, program: "/opt/ana's tools/authgate" }, `'/opt/ana'\\''s tools/authgate'`],
  ]
  for (const [caller, program] of cases) {
    assert.equal(
      tryItCommand(caller, 'http://localhost:8080', id),
      `${program} login --server http://localhost:8080 --client-id c-1`,
    )
  }
})

test('what the command would refuse is allowed in it: an address that is not encrypted', () => {
  assert.match(tryItCommand(clone, 'http://auth.example.com', id), / --insecure$/)
  assert.doesNotMatch(tryItCommand(clone, 'https://auth.example.com', id), /insecure/)
})

test('the client is the oldest that may sign in at a terminal', () => {
  const client = (name: string, changes: Partial<Client> = {}) =>
    ({ id: name, type: 'public', status: 'active', grants: ['device_code'], ...changes }) as Client
  const unfit = [
    client('confidential', { type: 'confidential' }),
    client('off', { status: 'inactive' }),
    client('web', { grants: ['authorization_code'] }),
  ]
  assert.equal(clientToTry([client('newest'), client('oldest'), ...unfit]), 'oldest')
  assert.equal(clientToTry(unfit), undefined)
})
