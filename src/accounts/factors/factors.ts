/**
 * Flows of second factors: set one up, present one, take one away. An authenticator app or a passkey stands beside the
 * password; recovery codes stand in for a lost one. A passkey whose device checks its owner also stands alone.
 */
import type { Publisher } from '../../events/bus.ts'
import type { FactorUse, RequestContext, SecondFactor } from '../../events/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import { digestOf } from '../../shared/digest.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Ids, PasskeyId } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import type { Sealer } from '../../shared/sealed.ts'
import { AlreadyExists, type Storage, type Stores } from '../../storage/storage.ts'
import type { Account } from '../account.ts'
import { type AttemptDelays, type AttemptOrigin, attemptDelayed } from '../attempt-delays.ts'
import type { Proof } from '../authentication.ts'
import { actorOf } from '../sessions.ts'
import { type EnrolledFactors, hasSecondFactor, type Passkey } from './factor.ts'
import { digestRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'
import { newTotpSecret, totpAddress, totpSecretPurpose, totpStepOf, typedTotpSecret } from './totp.ts'
import {
  type CreationOptions,
  creationOptions,
  credentialIdOf,
  type RelyingParty,
  type RequestOptions,
  requestOptions,
  verifyCreation,
  verifyRequest,
} from './webauthn.ts'

/** How long setting one up, or one request of a passkey, may take. */
const ceremonySeconds = 600
const maxPasskeys = 20
export const maxPasskeyNameLength = 60

export type FactorVerdict =
  | { readonly kind: 'right'; readonly proof: Proof; readonly account: Account }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }

/** An authenticator app about to be set up; the secret is stored when its first code has come back. */
export interface TotpEnrolment {
  readonly sealed: string
  /** For a QR code. */
  readonly address: string
  /** For people who type it. */
  readonly typed: string
}

/** `recoveryCodes`: made with the first factor, shown this once. */
export interface Enrolled {
  readonly kind: 'added'
  readonly recoveryCodes: readonly string[] | undefined
  /** What was shown by setting it up. */
  readonly proof: Proof
}

export interface PasskeyCeremony<Options> {
  readonly sealed: string
  /** For the browser. */
  readonly options: Options
}

export type RemovalOutcome = 'removed' | 'not_found' | 'required'

export interface Factors {
  /** Whether passkeys can be made for the address of this server. */
  readonly passkeysPossible: boolean
  enrolledOf(account: Account): Promise<EnrolledFactors>
  /** Judges a typed code: of the authenticator app, or a recovery code. */
  tryCode(
    account: Account,
    typed: string,
    origin: AttemptOrigin,
    context: RequestContext,
  ): Promise<FactorVerdict>
  /** Asks for a passkey: one of this account, or, without one, any that stands alone. */
  requestPasskey(account: Account | undefined): Promise<PasskeyCeremony<RequestOptions> | undefined>
  tryPasskey(
    account: Account | undefined,
    sealed: string,
    response: string,
    context: RequestContext,
  ): Promise<FactorVerdict>
  beginTotp(account: Account): TotpEnrolment
  /** The page again, for a code that was wrong. @returns `undefined` when it took too long. */
  resumeTotp(account: Account, sealed: string): TotpEnrolment | undefined
  confirmTotp(
    account: Account,
    sealed: string,
    code: string,
    context: RequestContext,
  ): Promise<Enrolled | 'wrong' | 'expired' | 'exists'>
  beginPasskey(account: Account): Promise<PasskeyCeremony<CreationOptions> | 'too_many' | undefined>
  addPasskey(
    account: Account,
    sealed: string,
    response: string,
    name: string,
    context: RequestContext,
  ): Promise<Enrolled | 'refused' | 'exists'>
  /** @returns `required` when it is the last one and the policy wants one. */
  removeTotp(account: Account, context: RequestContext): Promise<RemovalOutcome>
  removePasskey(account: Account, id: PasskeyId, context: RequestContext): Promise<RemovalOutcome>
  /** Gives it another name, cut to what one may be long. */
  renamePasskey(
    account: Account,
    id: PasskeyId,
    name: string,
    context: RequestContext,
  ): Promise<'renamed' | 'not_found'>
  /** New codes in the place of all before. @returns `undefined` for somebody without a factor. */
  renewRecoveryCodes(account: Account, context: RequestContext): Promise<readonly string[] | undefined>
}

export function createFactors(dependencies: {
  storage: Storage
  encryption: Encryption
  sealer: Sealer
  /** Of codes, by account. */
  delays: AttemptDelays
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  /** Name of this product, as apps show it. */
  issuerName: string
  relyingParty: RelyingParty | undefined
  /** Whether the policy wants this person to have one. */
  isRequiredOf(account: Account): boolean
}): Factors {
  const { storage, encryption, sealer, delays, publisher, clock, random, ids, relyingParty } = dependencies

  const tried = (
    account: Account | undefined,
    factor: FactorUse,
    reason: 'wrong' | 'replayed' | 'copied' | undefined,
    context: RequestContext,
  ): void =>
    publisher.publish({
      type: 'second_factor.tried',
      at: clock.now(),
      actor: account === undefined ? { type: 'anonymous' } : actorOf(account),
      request: context,
      accountId: account?.id,
      factor,
      result: reason === undefined ? 'success' : 'failure',
      reason,
    })

  const announce = (
    type: 'second_factor.added' | 'second_factor.removed',
    account: Account,
    factor: SecondFactor,
    context: RequestContext,
  ): void =>
    publisher.publish({
      type,
      at: clock.now(),
      actor: actorOf(account),
      request: context,
      accountId: account.id,
      username: account.username,
      factor,
    })

  const announceCodes = (account: Account, context: RequestContext): void =>
    publisher.publish({
      type: 'recovery_codes.created',
      at: clock.now(),
      actor: actorOf(account),
      request: context,
      accountId: account.id,
      username: account.username,
    })

  const useTotp = async (account: Account, factors: EnrolledFactors, typed: string) => {
    if (factors.totp === undefined) return 'wrong'
    const secret = encryption.decrypt(factors.totp.encryptedSecret, totpSecretPurpose(account.id))
    const now = clock.now()
    const step = totpStepOf(secret, typed, now)
    if (step === undefined) return 'wrong'
    const taken = await storage.transaction((tx) => tx.factors.useTotpStep(account.id, step, now))
    return taken ? undefined : 'replayed'
  }

  /** Adds a factor and, when there are no recovery codes yet, those. */
  const add = async (
    account: Account,
    factor: SecondFactor,
    proof: Proof,
    context: RequestContext,
    insert: (tx: Stores) => Promise<void>,
  ): Promise<Enrolled | 'exists'> => {
    const codes = newRecoveryCodes(random)
    const digests = codes.map((code) => digestRecoveryCode(code)!)
    try {
      const withCodes = await storage.transaction(async (tx) => {
        // Two first factors at once must not void the codes that one of them was shown.
        await tx.accounts.lock(account.id)
        const before = await tx.factors.enrolledOf(account.id)
        await insert(tx)
        if (hasSecondFactor(before)) return false
        await tx.factors.replaceRecoveryCodes(account.id, digests)
        return true
      })
      announce('second_factor.added', account, factor, context)
      if (withCodes) announceCodes(account, context)
      return { kind: 'added', recoveryCodes: withCodes ? codes : undefined, proof }
    } catch (error) {
      if (error instanceof AlreadyExists) return 'exists'
      throw error
    }
  }

  const remove = async (
    account: Account,
    factor: SecondFactor,
    context: RequestContext,
    removeOne: (tx: Stores) => Promise<boolean>,
  ): Promise<RemovalOutcome> => {
    const outcome = await storage.transaction(async (tx): Promise<RemovalOutcome> => {
      // Two removals at once must not leave nothing behind.
      await tx.accounts.lock(account.id)
      const { totp, passkeys } = await tx.factors.enrolledOf(account.id)
      const last = passkeys.length + (totp === undefined ? 0 : 1) <= 1
      if (last && dependencies.isRequiredOf(account)) return 'required'
      if (!(await removeOne(tx))) return 'not_found'
      // Codes that stand in for nothing would only be something to lose.
      if (last) await tx.factors.replaceRecoveryCodes(account.id, [])
      return 'removed'
    })
    if (outcome === 'removed') announce('second_factor.removed', account, factor, context)
    return outcome
  }

  /** A challenge answers once. */
  const useChallenge = async (
    purpose: string,
    sealed: string,
    account: Account | undefined,
  ): Promise<string | undefined> => {
    const opened = sealer.open<{ challenge: string; account: string | null }>(purpose, sealed)
    if (opened === undefined || opened.value.account !== (account?.id ?? null)) return undefined
    const { challenge } = opened.value
    const digest = digestOf(`passkey challenge ${challenge}`)
    const use = await storage.transaction((tx) => tx.usedValues.use(digest, opened.expiresAt))
    return use === 'first' ? challenge : undefined
  }

  const enrolmentOf = (account: Account, secret: Buffer, sealed: string): TotpEnrolment => ({
    sealed,
    address: totpAddress(secret, { issuer: dependencies.issuerName, username: account.username }),
    typed: typedTotpSecret(secret),
  })

  const openEnrolment = (account: Account, sealed: string): Buffer | undefined => {
    const opened = sealer.open<{ secret: string }>(`totp enrolment ${account.id}`, sealed)
    return opened && Buffer.from(opened.value.secret, 'base64url')
  }

  return {
    passkeysPossible: relyingParty !== undefined,
    enrolledOf: (account) => storage.read.factors.enrolledOf(account.id),

    async tryCode(account, typed, origin, context) {
      const permit = delays.begin(account.id, origin)
      if (permit.kind === 'delayed') {
        publisher.publish(
          attemptDelayed(permit, { at: clock.now(), actor: actorOf(account), request: context }),
        )
        return permit
      }
      try {
        const factors = await storage.read.factors.enrolledOf(account.id)
        const recoveryDigest = digestRecoveryCode(typed)
        let reason: 'wrong' | 'replayed' | undefined
        if (recoveryDigest === undefined) {
          reason = await useTotp(account, factors, typed)
        } else {
          const now = clock.now()
          const used = await storage.transaction((tx) =>
            tx.factors.useRecoveryCode(account.id, recoveryDigest, now),
          )
          reason = used ? undefined : 'wrong'
        }
        tried(account, recoveryDigest === undefined ? 'totp' : 'recovery_code', reason, context)
        permit.settle(reason === undefined ? 'success' : 'failure')
        if (reason !== undefined) return { kind: 'wrong' }
        return { kind: 'right', account, proof: recoveryDigest === undefined ? 'otp' : 'recovery' }
      } catch (fault) {
        permit.settle('no_verdict')
        throw fault
      }
    },

    async requestPasskey(account) {
      if (relyingParty === undefined) return undefined
      let allowed: readonly Passkey[] | undefined
      if (account !== undefined) {
        allowed = (await storage.read.factors.enrolledOf(account.id)).passkeys
        if (allowed.length === 0) return undefined
      }
      const challenge = random.bytes(32)
      const sealed = sealer.seal(
        'passkey request',
        { challenge: challenge.toString('base64url'), account: account?.id ?? null },
        ceremonySeconds,
      )
      return { sealed, options: requestOptions(relyingParty, allowed, challenge) }
    },

    async tryPasskey(asked, sealed, response, context) {
      const credentialId = credentialIdOf(response)
      const passkey =
        credentialId === undefined ? undefined : await storage.read.factors.findPasskey(credentialId)
      const account = passkey === undefined ? undefined : await storage.read.accounts.find(passkey.accountId)
      const wrong = (reason: 'wrong' | 'copied'): FactorVerdict => {
        tried(asked ?? account, 'passkey', reason, context)
        return { kind: 'wrong' }
      }
      if (relyingParty === undefined || passkey === undefined || account === undefined) return wrong('wrong')
      if (asked !== undefined && asked.id !== account.id) return wrong('wrong')
      const challenge = await useChallenge('passkey request', sealed, asked)
      if (challenge === undefined) return wrong('wrong')
      const verified = await verifyRequest(relyingParty, response, challenge, passkey, asked === undefined)
      if (verified === undefined) return wrong('wrong')
      const now = clock.now()
      const counted = await storage.transaction((tx) =>
        tx.factors.usePasskey(passkey.id, verified.counter, now),
      )
      if (!counted) return wrong('copied')
      tried(account, 'passkey', undefined, context)
      return { kind: 'right', account, proof: passkey.syncable ? 'swk' : 'hwk' }
    },

    beginTotp(account) {
      const secret = newTotpSecret(random)
      const sealed = sealer.seal(
        `totp enrolment ${account.id}`,
        { secret: secret.toString('base64url') },
        ceremonySeconds,
      )
      return enrolmentOf(account, secret, sealed)
    },

    resumeTotp(account, sealed) {
      const secret = openEnrolment(account, sealed)
      return secret && enrolmentOf(account, secret, sealed)
    },

    async confirmTotp(account, sealed, code, context) {
      const secret = openEnrolment(account, sealed)
      if (secret === undefined) return 'expired'
      const now = clock.now()
      const step = totpStepOf(secret, code, now)
      if (step === undefined) return 'wrong'
      const encryptedSecret = encryption.encrypt(secret, totpSecretPurpose(account.id))
      return add(account, 'totp', 'otp', context, (tx) =>
        // The code that confirms it is used, too.
        tx.factors.insertTotp({
          accountId: account.id,
          encryptedSecret,
          lastStep: step,
          createdAt: now,
          lastUsedAt: undefined,
        }),
      )
    },

    async beginPasskey(account) {
      if (relyingParty === undefined) return undefined
      const { passkeys } = await storage.read.factors.enrolledOf(account.id)
      if (passkeys.length >= maxPasskeys) return 'too_many'
      const challenge = random.bytes(32)
      const sealed = sealer.seal(
        'passkey creation',
        { challenge: challenge.toString('base64url'), account: account.id },
        ceremonySeconds,
      )
      return { sealed, options: await creationOptions(relyingParty, account, passkeys, challenge) }
    },

    async addPasskey(account, sealed, response, name, context) {
      if (relyingParty === undefined) return 'refused'
      const challenge = await useChallenge('passkey creation', sealed, account)
      if (challenge === undefined) return 'refused'
      const credential = await verifyCreation(relyingParty, response, challenge)
      if (credential === undefined) return 'refused'
      const passkey: Passkey = {
        ...credential,
        id: ids.next<PasskeyId>(),
        accountId: account.id,
        name: passkeyName(name),
        createdAt: clock.now(),
        lastUsedAt: undefined,
      }
      const proof = passkey.syncable ? 'swk' : 'hwk'
      return add(account, 'passkey', proof, context, (tx) => tx.factors.insertPasskey(passkey))
    },

    removeTotp: (account, context) =>
      remove(account, 'totp', context, (tx) => tx.factors.removeTotp(account.id)),

    removePasskey: (account, id, context) =>
      remove(account, 'passkey', context, (tx) => tx.factors.removePasskey(account.id, id)),

    async renamePasskey(account, id, name, context) {
      const renamed = await storage.transaction((tx) =>
        tx.factors.renamePasskey(account.id, id, passkeyName(name)),
      )
      if (!renamed) return 'not_found'
      publisher.publish({
        type: 'passkey.renamed',
        at: clock.now(),
        actor: actorOf(account),
        request: context,
        accountId: account.id,
        username: account.username,
        passkeyId: id,
      })
      return 'renamed'
    },

    async renewRecoveryCodes(account, context) {
      const codes = newRecoveryCodes(random)
      const digests = codes.map((code) => digestRecoveryCode(code)!)
      const renewed = await storage.transaction(async (tx) => {
        if (!hasSecondFactor(await tx.factors.enrolledOf(account.id))) return false
        await tx.factors.replaceRecoveryCodes(account.id, digests)
        return true
      })
      if (!renewed) return undefined
      announceCodes(account, context)
      return codes
    },
  }
}

/** Empty for one without a name of its own. */
function passkeyName(typed: string): string {
  return typed.trim().slice(0, maxPasskeyNameLength).toWellFormed()
}
