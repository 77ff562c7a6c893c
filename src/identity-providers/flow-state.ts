/**
 * A sign-in that is under way at a provider. What this server must remember of it travels with the browser, encrypted
 * and bound to its use, so that nothing is kept for people who never come back, and only the browser that began can
 * end it: a callback that somebody else's link leads to finds no cookie that matches. It is good for ten minutes and
 * once.
 */
import type { IdentityProviderName } from '../events/catalogue.ts'
import { addSeconds, type Clock, type Instant } from '../shared/clock.ts'
import { digestOf, equalInConstantTime } from '../shared/digest.ts'
import { DecryptionError, type Encryption } from '../shared/encryption.ts'
import type { AccountId, SessionId } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage } from '../storage/storage.ts'
import type { AuthorizationSecrets } from './provider.ts'

export const flowLifeSeconds = 600

/** What a person set out to do. */
export interface FlowPurpose {
  readonly provider: IdentityProviderName
  /** Where they go on to afterwards, as they asked; checked when they do. */
  readonly redirect: string | undefined
  readonly rememberMe: boolean
  /** Whose account the identity is to be connected to, and the session that asked for it; `undefined` to sign in. */
  readonly link: { readonly accountId: AccountId; readonly sessionId: SessionId } | undefined
}

export interface PendingFlow extends FlowPurpose, AuthorizationSecrets {
  readonly expiresAt: Instant
}

export type FlowLookup =
  | { readonly kind: 'found'; readonly flow: PendingFlow }
  | {
      readonly kind: 'state_missing' | 'state_mismatch' | 'state_expired'
      /** What the browser was last on the way to, for the way on. */
      readonly flow: PendingFlow | undefined
    }

export interface FlowStates {
  /** @returns the flow, and what the browser keeps of it. */
  begin(purpose: FlowPurpose): { readonly flow: PendingFlow; readonly sealed: string }
  /**
   * The flow that a callback ends, for exactly one caller.
   * @param sealed what the browser kept; @param state what the provider sent back.
   */
  take(provider: IdentityProviderName, sealed: string | undefined, state: string | null): Promise<FlowLookup>
}

const encryptionPurpose = 'identity provider flow'
const secretBytes = 32
/** More than the longest flow; a cookie has no more room either. */
const maxSealedLength = 4096

export function createFlowStates(dependencies: {
  storage: Storage
  encryption: Encryption
  clock: Clock
  random: Random
}): FlowStates {
  const { storage, encryption, clock, random } = dependencies

  const open = (sealed: string | undefined): PendingFlow | undefined => {
    if (sealed === undefined || sealed.length > maxSealedLength) return undefined
    try {
      const plaintext = encryption.decrypt(Buffer.from(sealed, 'base64url'), encryptionPurpose)
      // Only this server could write it.
      return JSON.parse(plaintext.toString('utf8')) as PendingFlow
    } catch (error) {
      if (error instanceof DecryptionError) return undefined
      throw error
    }
  }

  return {
    begin(purpose) {
      const flow: PendingFlow = {
        ...purpose,
        state: random.base64url(secretBytes),
        nonce: random.base64url(secretBytes),
        codeVerifier: random.base64url(secretBytes),
        expiresAt: addSeconds(clock.now(), flowLifeSeconds),
      }
      const plaintext = Buffer.from(JSON.stringify(flow))
      return { flow, sealed: encryption.encrypt(plaintext, encryptionPurpose).toString('base64url') }
    },

    async take(provider, sealed, state) {
      const flow = open(sealed)
      if (flow === undefined || state === null) return { kind: 'state_missing', flow }
      if (flow.provider !== provider || !equalInConstantTime(flow.state, state)) {
        return { kind: 'state_mismatch', flow }
      }
      if (clock.now() >= flow.expiresAt) return { kind: 'state_expired', flow }
      const digest = digestOf(JSON.stringify([encryptionPurpose, flow.state]))
      const use = await storage.transaction((tx) => tx.usedValues.use(digest, flow.expiresAt))
      return use === 'first' ? { kind: 'found', flow } : { kind: 'state_expired', flow }
    },
  }
}
