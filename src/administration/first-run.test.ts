import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import type { DomainEvent } from '../events/catalogue.ts'
import { createSystemRandom } from '../shared/random.ts'
import { Secret } from '../shared/secret.ts'
import { ids, newAccount, newClient, now } from '../storage/conformance/fixtures.ts'
import { openSqliteStorage } from '../storage/sqlite.ts'
import type { Storage } from '../storage/storage.ts'
import { seed } from './first-run.ts'

describe('first run', () => {
  let storage: Storage
  let folder: string
  let published: DomainEvent[]
  beforeEach(async () => {
    storage = await openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
    folder = mkdtempSync(join(tmpdir(), 'authgate-first-run-'))
    published = []
  })
  afterEach(async () => {
    await storage.close()
    rmSync(folder, { recursive: true })
  })

  const run = (options: { dataDir?: string; adminPassword?: string } = {}) =>
    seed({
      storage,
      publisher: { publish: (event) => published.push(event) },
      hashPassword: async (password) => `hash of ${password}`,
      clock: createManualClock(now),
      random: createSystemRandom(),
      ids,
      dataDir: options.dataDir ?? folder,
      minPasswordLength: 8,
      passwordChangeRequired: false,
      adminPassword: options.adminPassword === undefined ? undefined : new Secret(options.adminPassword),
    })
  const credentials = (): string => readFileSync(join(folder, 'authgate-credentials.txt'), 'utf8')

  it('makes an administrator and a client, and writes their credentials for the owner’s eyes only', async () => {
    const { credentialsFile } = await run()
    assert.equal(credentialsFile, join(folder, 'authgate-credentials.txt'))
    const written = /^username: admin\npassword: ([\w-]{20})\nclient_id: (\S+)\n$/.exec(credentials())
    assert.ok(written, credentials())
    assert.equal(statSync(credentialsFile).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['authgate-credentials.txt'], 'nothing half-written is left')

    const admin = await storage.read.accounts.findByUsername('admin')
    assert.deepEqual(
      [admin?.role, admin?.status, admin?.passwordHash],
      ['admin', 'active', `hash of ${written[1]}`],
    )
    const [client] = await storage.read.clients.list({ limit: 2 })
    assert.deepEqual([client?.id, client?.type, client?.createdBy], [written[2], 'public', admin?.id])
    assert.deepEqual(
      published.map(({ type, actor }) => [type, actor.type]),
      [
        ['account.created', 'system'],
        ['client.created', 'system'],
      ],
    )
  })

  it('happens once', async () => {
    await run()
    const first = credentials()
    assert.equal((await run()).credentialsFile, undefined)
    assert.equal(credentials(), first)
    assert.equal(published.length, 2)
    assert.equal((await storage.read.clients.list({ limit: 9 })).length, 1)
  })

  it('seeds a client again without losing the only copy of the first password', async () => {
    await run()
    const password = /^username: admin\npassword: .*$/m.exec(credentials())?.[0]
    assert.ok(password)
    const [client] = await storage.read.clients.list({ limit: 1 })
    await storage.transaction((tx) => tx.clients.delete(client!.id))
    await run()
    const [next] = await storage.read.clients.list({ limit: 1 })
    assert.equal(credentials(), `${password}\nclient_id: ${next!.id}\n`)
  })

  it('replaces a file that an older database left', async () => {
    const file = join(folder, 'authgate-credentials.txt')
    writeFileSync(file, 'username: admin\npassword: of a database that is gone\n', { mode: 0o644 })
    await run()
    assert.doesNotMatch(credentials(), /of a database that is gone/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('takes a configured password, and does not write it anywhere', async () => {
    await run({ adminPassword: ' configured password ' })
    assert.match(credentials(), /^username: admin\nclient_id: \S+\n$/)
    const admin = await storage.read.accounts.findByUsername('admin')
    assert.equal(admin?.passwordHash, 'hash of configured password')
  })

  it('adds only what is missing', async () => {
    await storage.transaction((tx) => tx.accounts.insert(newAccount({ username: 'somebody' })))
    await run()
    assert.match(credentials(), /^client_id: \S+\n$/)
    assert.equal(await storage.read.accounts.findByUsername('admin'), undefined)
    const [client] = await storage.read.clients.list({ limit: 1 })
    assert.equal(client?.createdBy, undefined)
  })

  it('adds only the administrator where there is a client', async () => {
    const client = newClient()
    await storage.transaction((tx) => tx.clients.insert(client))
    await run()
    assert.match(credentials(), /^username: admin\npassword: \S+\n$/)
    assert.deepEqual(
      (await storage.read.clients.list({ limit: 9 })).map(({ id }) => id),
      [client.id],
    )
  })

  it('makes the folder', async () => {
    const { credentialsFile } = await run({ dataDir: join(folder, 'deeper', 'still') })
    assert.ok(existsSync(credentialsFile!))
  })

  it('leaves the database untouched when the credentials cannot be written', async () => {
    // A file in the place of the folder stops everybody, the superuser of a container too.
    const dataDir = join(folder, 'file')
    writeFileSync(dataDir, '')
    await assert.rejects(
      run({ dataDir }),
      /could not be written to .*make the folder writable, or set DATA_DIR/,
    )
    assert.equal(await storage.read.accounts.any(), false)
    assert.equal(await storage.read.clients.any(), false)
    assert.deepEqual(published, [])
  })

  it('survives a file that a killed start left half-written', async () => {
    writeFileSync(join(folder, `authgate-credentials.txt.${process.pid}.partial`), 'username: ad')
    await run()
    assert.match(credentials(), /^username: admin\n/)
  })
})
