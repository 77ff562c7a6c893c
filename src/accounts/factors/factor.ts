/** The second factors of a person: what is kept of each. */
import type { Instant } from '../../shared/clock.ts'
import type { SecretDigest } from '../../shared/digest.ts'
import type { AccountId, PasskeyId } from '../../shared/ids.ts'

/** An authenticator app (RFC 6238). */
export interface TotpFactor {
  accountId: AccountId
  encryptedSecret: Buffer
  /** The newest time step a code was taken for. */
  lastStep: number
  createdAt: Instant
  lastUsedAt: Instant | undefined
}

/** A WebAuthn credential. */
export interface Passkey {
  id: PasskeyId
  accountId: AccountId
  /** As browsers name it, base64url. */
  credentialId: string
  /** COSE key. */
  publicKey: Buffer
  /** How often it was used, as it counts itself; 0 for those that do not count. */
  counter: number
  transports: readonly string[]
  /** Whether it may be copied to other devices of its owner. */
  syncable: boolean
  name: string
  createdAt: Instant
  lastUsedAt: Instant | undefined
}

/** Which factors somebody has. Recovery codes stand in for one and are none of their own. */
export interface EnrolledFactors {
  totp: TotpFactor | undefined
  passkeys: readonly Passkey[]
  recoveryCodesLeft: number
}

export function hasSecondFactor(factors: Pick<EnrolledFactors, 'totp' | 'passkeys'>): boolean {
  return factors.totp !== undefined || factors.passkeys.length > 0
}

export interface FactorReader {
  enrolledOf(accountId: AccountId): Promise<EnrolledFactors>
  findPasskey(credentialId: string): Promise<Passkey | undefined>
  /** Authenticator apps of everybody, by account, from behind one. */
  listTotp(options: { limit: number; after: AccountId | undefined }): Promise<TotpFactor[]>
}

export interface FactorStore extends FactorReader {
  /** @throws {AlreadyExists} when the person has one. */
  insertTotp(factor: TotpFactor): Promise<void>
  /**
   * Takes a code of one time step, for exactly one caller, and of none before it again.
   * @returns false when a code of this step or a later one was taken.
   */
  useTotpStep(accountId: AccountId, step: number, now: Instant): Promise<boolean>
  /** Replaces an encrypted secret, if it is still `previous`. */
  replaceTotpSecret(accountId: AccountId, previous: Buffer, next: Buffer): Promise<boolean>
  removeTotp(accountId: AccountId): Promise<boolean>
  /** @throws {AlreadyExists} when the credential is registered, for whomever. */
  insertPasskey(passkey: Passkey): Promise<void>
  /**
   * Notes a use. @returns false when the passkey is gone, or its counter did not go up: then there are two of it
   * (WebAuthn §6.1.1).
   */
  usePasskey(id: PasskeyId, counter: number, now: Instant): Promise<boolean>
  /** @returns false when the person has no such passkey. */
  renamePasskey(accountId: AccountId, id: PasskeyId, name: string): Promise<boolean>
  removePasskey(accountId: AccountId, id: PasskeyId): Promise<boolean>
  /** New codes in the place of all others; none when `digests` is empty. */
  replaceRecoveryCodes(accountId: AccountId, digests: readonly SecretDigest[]): Promise<void>
  /** Takes a code, for exactly one caller. @returns false when the person has no such code left. */
  useRecoveryCode(accountId: AccountId, digest: SecretDigest, now: Instant): Promise<boolean>
  /** Removes everything. @returns what there was. */
  removeAllOf(accountId: AccountId): Promise<{ totp: boolean; passkeys: number }>
}
