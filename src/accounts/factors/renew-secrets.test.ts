import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createEncryption } from '../../shared/encryption.ts'
import type { AccountId } from '../../shared/ids.ts'
import { createSystemRandom } from '../../shared/random.ts'
import { newAccount, now } from '../../storage/conformance/fixtures.ts'
import { openSqliteStorage } from '../../storage/sqlite.ts'
import { renewTotpSecrets } from './renew-secrets.ts'
import { totpSecretPurpose } from './totp.ts'

it('stores every secret again under the first key, once, so that the older key can go', async () => {
  const storage = await openSqliteStorage({ path: ':memory:', synchronous: 'NORMAL', lockTimeoutSeconds: 5 })
  const random = createSystemRandom()
  const [older, newer] = [random.bytes(32), random.bytes(32)]
  const before = createEncryption([older], random)
  const accounts = Array.from({ length: 250 }, () => newAccount())
  await storage.transaction(async (tx) => {
    for (const account of accounts) {
      const { id } = account
      await tx.accounts.insert(account)
      await tx.factors.insertTotp({
        accountId: id,
        encryptedSecret: before.encrypt(Buffer.from(`secret of ${id}`), totpSecretPurpose(id)),
        lastStep: 0,
        createdAt: now,
        lastUsedAt: undefined,
      })
    }
  })
  assert.equal(await renewTotpSecrets(storage, before), 0)
  const between = createEncryption([newer, older], random)
  assert.equal(await renewTotpSecrets(storage, between), 250)
  assert.equal(await renewTotpSecrets(storage, between), 0)
  const after = createEncryption([newer], random)
  const secretOf = async (id: AccountId): Promise<string> => {
    const { totp } = await storage.read.factors.enrolledOf(id)
    return after.decrypt(totp!.encryptedSecret, totpSecretPurpose(id)).toString()
  }
  for (const { id } of accounts) assert.equal(await secretOf(id), `secret of ${id}`)
  await storage.close()
})
