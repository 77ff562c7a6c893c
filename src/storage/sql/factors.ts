/** {@link FactorStore} in SQL. */
import type { EnrolledFactors, FactorStore, Passkey, TotpFactor } from '../../accounts/factors/factor.ts'
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, PasskeyId } from '../../shared/ids.ts'
import { type Executor, insertStatement, statement } from './statement.ts'
import { fromList, toList } from './values.ts'

interface TotpRow {
  account_id: AccountId
  encrypted_secret: Uint8Array
  last_step: number
  created_at: Instant
  last_used_at: Instant | null
}

const totpColumns = [
  'account_id',
  'encrypted_secret',
  'last_step',
  'created_at',
  'last_used_at',
] as const satisfies readonly (keyof TotpRow)[]

interface PasskeyRow {
  id: PasskeyId
  account_id: AccountId
  credential_id: string
  public_key: Uint8Array
  counter: number
  transports: string
  syncable: number
  name: string
  created_at: Instant
  last_used_at: Instant | null
}

const passkeyColumns = [
  'id',
  'account_id',
  'credential_id',
  'public_key',
  'counter',
  'transports',
  'syncable',
  'name',
  'created_at',
  'last_used_at',
] as const satisfies readonly (keyof PasskeyRow)[]

interface RecoveryCodeRow {
  account_id: AccountId
  digest: SecretDigest
  used_at: Instant | null
}

// Primary key.
const findTotp = statement<{ account_id: AccountId }, TotpRow>(
  'totp_factors.find',
  `select ${totpColumns} from totp_factors where account_id = :account_id`,
)

// Primary key, in its order.
const listTotp = statement<{ after: string; limit: number }, TotpRow>(
  'totp_factors.list',
  `select ${totpColumns} from totp_factors where account_id > :after order by account_id limit :limit`,
)

// passkeys_account; a person has few.
const listPasskeys = statement<{ account_id: AccountId }, PasskeyRow>(
  'passkeys.list',
  `select ${passkeyColumns} from passkeys where account_id = :account_id order by created_at, id`,
)

// Unique index on credential_id.
const findPasskey = statement<{ credential_id: string }, PasskeyRow>(
  'passkeys.find',
  `select ${passkeyColumns} from passkeys where credential_id = :credential_id`,
)

// Primary key, by its first column.
const countRecoveryCodes = statement<{ account_id: AccountId }, { count: number }>(
  'recovery_codes.count',
  'select count(*) as count from recovery_codes where account_id = :account_id and used_at is null',
)

const insertTotp = insertStatement<TotpRow>('totp_factors', totpColumns)
const insertPasskey = insertStatement<PasskeyRow>('passkeys', passkeyColumns)
const insertRecoveryCode = insertStatement<RecoveryCodeRow>('recovery_codes', [
  'account_id',
  'digest',
  'used_at',
])

// Primary key. The second of two requests with one code waits for the first, and then changes nothing.
const useTotpStep = statement<{ account_id: AccountId; step: number; now: Instant }>(
  'totp_factors.use',
  `update totp_factors set last_step = :step, last_used_at = :now
  where account_id = :account_id and last_step < :step`,
)

// Primary key.
const replaceTotpSecret = statement<{ account_id: AccountId; previous: Uint8Array; next: Uint8Array }>(
  'totp_factors.replace_secret',
  `update totp_factors set encrypted_secret = :next
  where account_id = :account_id and encrypted_secret = :previous`,
)

// Primary key.
const removeTotp = statement<{ account_id: AccountId }>(
  'totp_factors.remove',
  'delete from totp_factors where account_id = :account_id',
)

// Primary key. WebAuthn §6.1.1: a counter that does not go up is a sign of a copy, unless both stay 0.
const usePasskey = statement<{ id: PasskeyId; counter: number; now: Instant }>(
  'passkeys.use',
  `update passkeys set counter = :counter, last_used_at = :now
  where id = :id and (counter < :counter or (counter = 0 and :counter = 0))`,
)

// Primary key.
const renamePasskey = statement<{ account_id: AccountId; id: PasskeyId; name: string }>(
  'passkeys.rename',
  'update passkeys set name = :name where id = :id and account_id = :account_id',
)

// Primary key.
const removePasskey = statement<{ account_id: AccountId; id: PasskeyId }>(
  'passkeys.remove',
  'delete from passkeys where id = :id and account_id = :account_id',
)

// passkeys_account.
const removePasskeysOf = statement<{ account_id: AccountId }>(
  'passkeys.remove_all_of',
  'delete from passkeys where account_id = :account_id',
)

// Primary key, by its first column.
const removeRecoveryCodes = statement<{ account_id: AccountId }>(
  'recovery_codes.remove_all_of',
  'delete from recovery_codes where account_id = :account_id',
)

// Primary key.
const useRecoveryCode = statement<{ account_id: AccountId; digest: SecretDigest; now: Instant }>(
  'recovery_codes.use',
  `update recovery_codes set used_at = :now
  where account_id = :account_id and digest = :digest and used_at is null`,
)

export class SqlFactorStore implements FactorStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async enrolledOf(accountId: AccountId): Promise<EnrolledFactors> {
    const params = { account_id: accountId }
    const totp = await this.#sql.one(findTotp, params)
    const passkeys = await this.#sql.all(listPasskeys, params)
    const { count } = (await this.#sql.one(countRecoveryCodes, params))!
    return {
      totp: totp && toTotp(totp),
      passkeys: passkeys.map(toPasskey),
      recoveryCodesLeft: count,
    }
  }

  async findPasskey(credentialId: string): Promise<Passkey | undefined> {
    const row = await this.#sql.one(findPasskey, { credential_id: credentialId })
    return row && toPasskey(row)
  }

  async listTotp({ limit, after }: { limit: number; after: AccountId | undefined }): Promise<TotpFactor[]> {
    return (await this.#sql.all(listTotp, { after: after ?? '', limit })).map(toTotp)
  }

  async replaceTotpSecret(accountId: AccountId, previous: Buffer, next: Buffer): Promise<boolean> {
    return (await this.#sql.run(replaceTotpSecret, { account_id: accountId, previous, next })) === 1
  }

  async insertTotp(factor: TotpFactor): Promise<void> {
    await this.#sql.run(insertTotp, {
      account_id: factor.accountId,
      encrypted_secret: factor.encryptedSecret,
      last_step: factor.lastStep,
      created_at: factor.createdAt,
      last_used_at: factor.lastUsedAt ?? null,
    })
  }

  async useTotpStep(accountId: AccountId, step: number, now: Instant): Promise<boolean> {
    return (await this.#sql.run(useTotpStep, { account_id: accountId, step, now })) === 1
  }

  async removeTotp(accountId: AccountId): Promise<boolean> {
    return (await this.#sql.run(removeTotp, { account_id: accountId })) === 1
  }

  async insertPasskey(passkey: Passkey): Promise<void> {
    await this.#sql.run(insertPasskey, {
      id: passkey.id,
      account_id: passkey.accountId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      transports: fromList(passkey.transports),
      syncable: passkey.syncable ? 1 : 0,
      name: passkey.name,
      created_at: passkey.createdAt,
      last_used_at: passkey.lastUsedAt ?? null,
    })
  }

  async usePasskey(id: PasskeyId, counter: number, now: Instant): Promise<boolean> {
    return (await this.#sql.run(usePasskey, { id, counter, now })) === 1
  }

  async renamePasskey(accountId: AccountId, id: PasskeyId, name: string): Promise<boolean> {
    return (await this.#sql.run(renamePasskey, { account_id: accountId, id, name })) === 1
  }

  async removePasskey(accountId: AccountId, id: PasskeyId): Promise<boolean> {
    return (await this.#sql.run(removePasskey, { account_id: accountId, id })) === 1
  }

  async replaceRecoveryCodes(accountId: AccountId, digests: readonly SecretDigest[]): Promise<void> {
    await this.#sql.run(removeRecoveryCodes, { account_id: accountId })
    for (const digest of digests) {
      await this.#sql.run(insertRecoveryCode, { account_id: accountId, digest, used_at: null })
    }
  }

  async useRecoveryCode(accountId: AccountId, digest: SecretDigest, now: Instant): Promise<boolean> {
    return (await this.#sql.run(useRecoveryCode, { account_id: accountId, digest, now })) === 1
  }

  async removeAllOf(accountId: AccountId): Promise<{ totp: boolean; passkeys: number }> {
    const params = { account_id: accountId }
    const totp = (await this.#sql.run(removeTotp, params)) === 1
    const passkeys = await this.#sql.run(removePasskeysOf, params)
    await this.#sql.run(removeRecoveryCodes, params)
    return { totp, passkeys }
  }
}

function toTotp(row: TotpRow): TotpFactor {
  return {
    accountId: row.account_id,
    encryptedSecret: Buffer.from(row.encrypted_secret),
    lastStep: row.last_step,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  }
}

function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    accountId: row.account_id,
    credentialId: row.credential_id,
    publicKey: Buffer.from(row.public_key),
    counter: row.counter,
    transports: toList(row.transports),
    syncable: row.syncable === 1,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  }
}
