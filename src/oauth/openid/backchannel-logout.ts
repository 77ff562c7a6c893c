/**
 * OpenID Connect Back-Channel Logout 1.0: whoever signed a person in for a client tells it when that session ends.
 * Deliveries wait in a table, so that neither a slow client holds up a person nor a restart loses one.
 */
import type { Publisher } from '../../events/bus.ts'
import { type Outbound, OutboundError } from '../../outbound/outbound.ts'
import { addSeconds, type Clock, epochSeconds, type Instant } from '../../shared/clock.ts'
import type { Ids } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Client } from '../client.ts'
import { signJwt } from '../token/jwt.ts'
import type { SigningKeys } from '../token/signing-keys.ts'
import { idTokenAlgorithm } from './id-token.ts'
import type { PendingLogout } from './logout-outbox.ts'

export interface BackchannelLogout {
  /** Delivers everything that is due. Safe to run on several servers at once. @returns how many were begun. */
  deliver(): Promise<number>
}

/** §2.4: "at most two minutes in the future". */
const tokenLifeSeconds = 120

/** Seconds after each failed attempt; after the last one the client is given up, and learns when its session ends. */
export const retryDelays = [10, 60, 300, 1800, 7200] as const

/** Well over the time one delivery may take, so that a slow one is not made twice. */
const claimSeconds = 60
/** Few enough that each is over long before its claim is. */
const batchSize = 16

/** §2.4. */
export function encodeLogoutTokenClaims(token: {
  issuer: string
  id: string
  pending: Pick<PendingLogout, 'accountId' | 'clientId' | 'sessionId'>
  now: Instant
}): Record<string, unknown> {
  const { pending, now } = token
  return {
    iss: token.issuer,
    sub: pending.accountId,
    aud: pending.clientId,
    iat: epochSeconds(now),
    exp: epochSeconds(addSeconds(now, tokenLifeSeconds)),
    jti: token.id,
    // "a member name of http://schemas.openid.net/event/backchannel-logout … its value … SHOULD be the empty JSON object".
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    sid: pending.sessionId,
  }
}

export function createBackchannelLogout(dependencies: {
  storage: Storage
  signingKeys: Pick<SigningKeys, 'signer'>
  /** Gives up after five seconds. */
  outbound: Pick<Outbound, 'postForm'>
  publisher: Publisher
  clock: Clock
  ids: Ids
  issuer: string
}): BackchannelLogout {
  const { storage, signingKeys, outbound, publisher, clock, ids, issuer } = dependencies

  const send = async (pending: PendingLogout, client: Client, url: string): Promise<void> => {
    const claims = encodeLogoutTokenClaims({ issuer, id: ids.next(), pending, now: clock.now() })
    // §2.4: signed with the key and algorithm of the client's ID tokens; `typ` keeps it from being taken for one.
    const logoutToken = await signJwt('logout+jwt', claims, signingKeys.signer(idTokenAlgorithm(client)))
    await outbound.postForm({ url, trusted: client.origin === 'operator' }, { logout_token: logoutToken })
  }

  const deliverOne = async (pending: PendingLogout): Promise<void> => {
    const client = await storage.read.clients.find(pending.clientId)
    const url = client?.metadata.backchannelLogoutUri
    // Gone meanwhile, or no longer wants to hear.
    if (client === undefined || url === undefined) {
      await storage.transaction((tx) => tx.logoutOutbox.remove(pending))
      return
    }
    const startedAt = clock.monotonicSeconds()
    let problem: string | undefined
    try {
      await send(pending, client, url)
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error
      problem = error.problem
    }
    const now = clock.now()
    const delay = problem === undefined ? undefined : retryDelays[pending.attempts - 1]
    await storage.transaction((tx) =>
      delay === undefined
        ? tx.logoutOutbox.remove(pending)
        : tx.logoutOutbox.putOff(pending, addSeconds(now, delay)),
    )
    const fact = {
      at: now,
      actor: { type: 'system' },
      clientId: client.id,
      clientName: client.name,
      accountId: pending.accountId,
      sessionId: pending.sessionId,
      attempt: pending.attempts,
      durationSeconds: clock.monotonicSeconds() - startedAt,
    } as const
    publisher.publish(
      problem === undefined
        ? { ...fact, type: 'backchannel_logout.delivered' }
        : { ...fact, type: 'backchannel_logout.failed', problem, willRetry: delay !== undefined },
    )
  }

  return {
    async deliver() {
      let begun = 0
      // Looking costs one read; the write is paid only when there is something to deliver.
      while (await storage.read.logoutOutbox.anyDue(clock.now())) {
        const now = clock.now()
        const claimed = await storage.transaction((tx) =>
          tx.logoutOutbox.claim(now, addSeconds(now, claimSeconds), batchSize),
        )
        // Another server was faster.
        if (claimed.length === 0) break
        begun += claimed.length
        const results = await Promise.allSettled(claimed.map(deliverOne))
        // One that failed here stays claimed, and is due again when the claim is over.
        for (const result of results) if (result.status === 'rejected') throw result.reason
      }
      return begun
    },
  }
}
