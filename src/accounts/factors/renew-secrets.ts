/**
 * Secrets of authenticator apps stay for years, longer than the encryption key that they were stored under should: with
 * another one in front of it, each is stored again under that one, so that the older can go.
 */
import type { Encryption } from '../../shared/encryption.ts'
import type { AccountId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import { totpSecretPurpose } from './totp.ts'

const batch = 100

/** Safe to run on several servers at once. @returns how many it stored again. @throws {DecryptionError} when no key opens one. */
export async function renewTotpSecrets(
  storage: Pick<Storage, 'read' | 'transaction'>,
  encryption: Pick<Encryption, 'renew' | 'hasOlderKeys'>,
): Promise<number> {
  let renewed = 0
  if (!encryption.hasOlderKeys) return renewed
  let after: AccountId | undefined
  for (;;) {
    const factors = await storage.read.factors.listTotp({ limit: batch, after })
    const outdated = factors.flatMap(({ accountId, encryptedSecret }) => {
      const next = encryption.renew(encryptedSecret, totpSecretPurpose(accountId))
      return next === undefined ? [] : [{ accountId, encryptedSecret, next }]
    })
    if (outdated.length > 0) {
      renewed += await storage.transaction(async (tx) => {
        let replaced = 0
        for (const { accountId, encryptedSecret, next } of outdated) {
          if (await tx.factors.replaceTotpSecret(accountId, encryptedSecret, next)) replaced++
        }
        return replaced
      })
    }
    after = factors.at(-1)?.accountId
    if (factors.length < batch) return renewed
  }
}
