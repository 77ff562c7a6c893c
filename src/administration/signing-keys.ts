/** Acts on signing keys: start a rotation, use a new key at once, take one out of use. */
import type { Actor, DomainEvent, RequestContext } from '../events/catalogue.ts'
import { generateSigningKey } from '../oauth/token/key-material.ts'
import { signingSlackSeconds } from '../oauth/token/key-rotation.ts'
import type { SigningAlgorithm, StoredSigningKey } from '../oauth/token/signing-key.ts'
import { addSeconds, type Clock } from '../shared/clock.ts'
import type { Encryption } from '../shared/encryption.ts'
import type { Storage } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'

export type RetireOutcome =
  | { outcome: 'retired' }
  | { outcome: 'unknown' }
  /** It signs: another has to take its place first. */
  | { outcome: 'current' }
  | { outcome: 'already_retired' }
  /** Access tokens issued while it signed have not expired. */
  | { outcome: 'in_use'; livingTokens: number }

export interface SigningKeyAdministration {
  /**
   * Makes the next key of each algorithm where there is none; `immediately` also lets it take over now, for all
   * algorithms or none.
   * @returns the kids of the next keys, or with `immediately` of the new current ones.
   * @throws {KeysChanged} when keys went from stage to stage meanwhile; nothing is changed then.
   */
  rotate(
    request: { algorithms: readonly SigningAlgorithm[]; immediately: boolean; encryption: Encryption },
    actor: Actor,
    context?: RequestContext,
  ): Promise<string[]>
  /** How many access tokens it may have signed are still good: those issued while it signed. */
  countLivingTokens(key: StoredSigningKey): Promise<number>
  /** Takes a key out of the JWK set; `force` also while tokens of it are in use. */
  retire(
    kid: string,
    options: { force: boolean },
    actor: Actor,
    context?: RequestContext,
  ): Promise<RetireOutcome>
}

/** Somebody else was quicker; asking again is safe. */
export class KeysChanged extends Error {}

export function createSigningKeyAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
}): SigningKeyAdministration {
  const { storage, announcer, clock } = dependencies

  /** Tokens do not say which key signed them; what was issued while it signed is at least all of its own. */
  const countLivingTokens = (key: StoredSigningKey): Promise<number> => {
    const now = clock.now()
    const from = addSeconds(key.activatedAt ?? key.createdAt, -signingSlackSeconds)
    const to = addSeconds(key.supersededAt ?? now, signingSlackSeconds)
    return storage.read.accessTokens.countLivingIssued(from, to, now)
  }

  return {
    countLivingTokens,

    async rotate({ algorithms, immediately, encryption }, actor, context) {
      const keys = await storage.read.signingKeys.list()
      const prepared = await Promise.all(
        algorithms.map(async (algorithm) => {
          const own = keys.filter((key) => key.algorithm === algorithm)
          const current = own.find((key) => key.state === 'current')
          if (current === undefined) throw new KeysChanged(`there is no current ${algorithm} key`)
          const next = own.find((key) => key.state === 'next')
          const made = next === undefined ? await generateSigningKey(algorithm, encryption, clock) : undefined
          return { algorithm, currentKid: current.kid, nextKid: (next ?? made)!.kid, made }
        }),
      )
      const now = clock.now()
      return announcer.transaction(storage, async (tx) => {
        const events: DomainEvent[] = []
        const changed = 'the signing keys were changed by somebody else meanwhile'
        for (const { algorithm, currentKid, nextKid, made } of prepared) {
          const base = { at: now, actor, request: context, keyId: nextKid, algorithm }
          if (made !== undefined) {
            if ((await tx.signingKeys.insertNext(made, currentKid)) === 'lost') throw new KeysChanged(changed)
            events.push({ ...base, type: 'signing_key.created' })
          }
          if (!immediately) continue
          if ((await tx.signingKeys.activate(nextKid, currentKid, now)) === 'lost') {
            throw new KeysChanged(changed)
          }
          events.push({ ...base, type: 'signing_key.activated', supersededKeyId: currentKid })
        }
        return { result: prepared.map(({ nextKid }) => nextKid), events }
      })
    },

    async retire(kid, { force }, actor, context) {
      const key = await storage.read.signingKeys.find(kid)
      if (key === undefined) return { outcome: 'unknown' }
      if (key.state === 'current') return { outcome: 'current' }
      if (key.state === 'retired') return { outcome: 'already_retired' }
      // A next key never signed.
      if (key.state === 'previous' && !force) {
        const livingTokens = await countLivingTokens(key)
        if (livingTokens > 0) return { outcome: 'in_use', livingTokens }
      }
      const now = clock.now()
      return announcer.transaction(storage, async (tx) => {
        if ((await tx.signingKeys.retire(kid, now)) === 'lost') {
          throw new KeysChanged(`${kid} was changed by somebody else meanwhile`)
        }
        return {
          result: { outcome: 'retired' as const },
          events: [
            {
              type: 'signing_key.retired' as const,
              at: now,
              actor,
              request: context,
              keyId: kid,
              algorithm: key.algorithm,
            },
          ],
        }
      })
    },
  }
}
