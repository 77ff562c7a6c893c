import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../shared/clock.ts'
import { createIds } from '../shared/ids.ts'
import { createSystemRandom } from '../shared/random.ts'
import { openSqliteStorage } from '../storage/sqlite.ts'
import { seed } from './first-run.ts'

test('a first start that broke off while it wrote the credentials can be repeated by a process of the same id', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'authgate-'))
  const storage = await openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 1 })
  try {
    writeFileSync(join(dataDir, `authgate-credentials.txt.${process.pid}.partial`), 'username: ad')
    const random = createSystemRandom()
    const { credentialsFile } = await seed({
      storage,
      publisher: { publish: () => undefined },
      hashPassword: async () => 'hash',
      clock: systemClock,
      random,
      ids: createIds(systemClock, random),
      dataDir,
      adminPassword: undefined,
    })
    assert.deepEqual(readdirSync(dataDir), ['authgate-credentials.txt'])
    assert.match(
      readFileSync(credentialsFile!, 'utf8'),
      /^username: admin\npassword: \S{20}\nclient_id: \S{36}\n$/,
    )
  } finally {
    await storage.close()
    rmSync(dataDir, { recursive: true })
  }
})
