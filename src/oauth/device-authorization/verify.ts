/** Flow: the person's side of the device grant (RFC 8628 §3.3): look a code up, then approve or deny it once. */
import type { KeyObject } from 'node:crypto'
import type { Account } from '../../accounts/account.ts'
import type { SignedInPerson } from '../../accounts/session.ts'
import type { Publisher } from '../../events/bus.ts'
import type { RequestContext } from '../../events/catalogue.ts'
import { type Clock, secondsBetween } from '../../shared/clock.ts'
import type { DeviceGrantId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import { authenticationOf } from '../token/token.ts'
import type { DeviceGrant } from './grant.ts'
import { digestUserCode, parseUserCode, type UserCode } from './user-code.ts'

/** A code that waits for a decision, with what the person needs to make it. */
export interface WaitingDevice {
  readonly kind: 'waiting'
  readonly userCode: UserCode
  readonly grant: DeviceGrant
  readonly client: Client
}

export type UserCodeLookup =
  | WaitingDevice
  /** No undecided grant has this code. The only outcome a guesser learns from, so the one that counts as a guess. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'client_inactive' }

export type DecisionOutcome =
  | { readonly kind: 'decided' }
  /** Somebody decided first. */
  | { readonly kind: 'already_used' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'client_inactive' }
  /** The person who decides was signed out meanwhile, or disabled. */
  | { readonly kind: 'signed_out' }

/** A decision as the person who made it may see it again. */
export interface MadeDecision {
  readonly decision: 'approved' | 'denied'
  readonly client: Client
}

export interface DeviceVerification {
  /** @param typed the code as the person wrote it. */
  lookUp(typed: string): Promise<UserCodeLookup>
  /** Decides a grant, for exactly one caller. */
  decide(
    device: WaitingDevice,
    decision: 'approved' | 'denied',
    by: SignedInPerson,
    context: RequestContext,
  ): Promise<DecisionOutcome>
  /** @returns `undefined` when this person decided no such grant, or it is no longer kept. */
  findDecision(id: DeviceGrantId, account: Account): Promise<MadeDecision | undefined>
}

export function createDeviceVerification(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
  userCodeKey: KeyObject
}): DeviceVerification {
  const { storage, publisher, clock, userCodeKey } = dependencies
  return {
    async lookUp(typed) {
      const userCode = parseUserCode(typed)
      if (userCode === undefined) return { kind: 'not_found' }
      const grant = await storage.read.deviceGrants.findByUserCode(digestUserCode(userCodeKey, userCode))
      if (grant === undefined) return { kind: 'not_found' }
      if (clock.now() >= grant.expiresAt) return { kind: 'expired' }
      const client = await storage.read.clients.find(grant.clientId)
      if (client === undefined || client.status !== 'active') return { kind: 'client_inactive' }
      return { kind: 'waiting', userCode, grant, client }
    },

    async decide({ grant, client }, decision, { account, session }, context) {
      const now = clock.now()
      const outcome = await storage.transaction(async (tx): Promise<DecisionOutcome> => {
        // All are held, so that an approval cannot slip in behind an act that ends everything of theirs.
        if (!(await tx.clients.holdActive(client.id))) return { kind: 'client_inactive' }
        if (!(await tx.accounts.holdActive(account.id))) return { kind: 'signed_out' }
        if (!(await tx.sessions.holdUnended(session.id))) return { kind: 'signed_out' }
        const decided = await tx.deviceGrants.decide(
          grant.id,
          decision,
          { accountId: account.id, authentication: authenticationOf(session) },
          now,
        )
        if (decided !== undefined) return { kind: 'decided' }
        return now >= grant.expiresAt ? { kind: 'expired' } : { kind: 'already_used' }
      })
      if (outcome.kind !== 'decided') return outcome
      const fact = {
        at: now,
        actor: { type: 'account', id: account.id, name: account.username },
        request: context,
        deviceGrantId: grant.id,
        clientId: client.id,
        clientName: client.name,
      } as const
      if (decision === 'denied') {
        publisher.publish({ ...fact, type: 'device_authorization.denied' })
      } else {
        publisher.publish({
          ...fact,
          type: 'device_authorization.approved',
          scopes: grant.scopes,
          durationSeconds: Math.max(0, secondsBetween(grant.issuedAt, now)),
        })
      }
      return outcome
    },

    async findDecision(id, account) {
      const grant = await storage.read.deviceGrants.find(id)
      if (grant?.accountId !== account.id) return undefined
      const client = await storage.read.clients.find(grant.clientId)
      return client && { decision: grant.state === 'denied' ? 'denied' : 'approved', client }
    },
  }
}
