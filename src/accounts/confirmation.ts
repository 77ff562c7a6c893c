/**
 * Flow: somebody who is signed in proves once more that it is still them, before an act that should not be done by
 * whoever finds the browser open.
 */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { type Clock, secondsBetween } from '../shared/clock.ts'
import type { Secret } from '../shared/secret.ts'
import type { Storage } from '../storage/storage.ts'
import { type AttemptDelays, type AttemptOrigin, attemptDelayed } from './attempt-delays.ts'
import { type Proof, withProof } from './authentication.ts'
import { type Authenticators, authenticatorFor } from './authenticator.ts'
import type { Session, SignedInPerson } from './session.ts'
import { actorOf } from './sessions.ts'

export type PasswordVerdictOfPerson =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }

export interface Confirmations {
  /** Whether this person proved who they are recently enough for anything. */
  isFresh(session: Session): boolean
  tryPassword(
    person: SignedInPerson,
    password: Secret,
    origin: AttemptOrigin,
    context: RequestContext,
  ): Promise<PasswordVerdictOfPerson>
  /** Notes what was proved. @returns the session as it is now; `undefined` when it has ended meanwhile. */
  confirm(person: SignedInPerson, proof: Proof, context: RequestContext): Promise<Session | undefined>
  /** Announces that it was not proved. */
  refuse(person: SignedInPerson, context: RequestContext): void
}

export function createConfirmations(dependencies: {
  storage: Storage
  authenticators: Authenticators
  /** Of passwords, by username: those of the sign-in form. */
  delays: AttemptDelays
  publisher: Publisher
  clock: Clock
  maxAgeSeconds: number
}): Confirmations {
  const { storage, authenticators, delays, publisher, clock, maxAgeSeconds } = dependencies

  const announce = (
    { account, session }: SignedInPerson,
    result: 'success' | 'failure',
    context: RequestContext,
  ): void =>
    publisher.publish({
      type: 'session.confirmed',
      at: clock.now(),
      actor: actorOf(account),
      request: context,
      sessionId: session.id,
      accountId: account.id,
      result,
    })

  return {
    isFresh: (session) => secondsBetween(session.authenticatedAt, clock.now()) < maxAgeSeconds,

    async tryPassword({ account }, password, origin, context) {
      const permit = delays.begin(account.username, origin)
      if (permit.kind === 'delayed') {
        publisher.publish(
          attemptDelayed(permit, { at: clock.now(), actor: actorOf(account), request: context }),
        )
        return permit
      }
      try {
        const verdict = await authenticatorFor(authenticators, account).authenticate({
          username: account.username,
          password,
          account,
        })
        if (verdict.kind === 'unavailable') {
          permit.settle('no_verdict')
          return { kind: 'unavailable' }
        }
        const right = verdict.kind === 'authenticated' && verdict.account.id === account.id
        permit.settle(right ? 'success' : 'failure')
        return { kind: right ? 'right' : 'wrong' }
      } catch (fault) {
        permit.settle('no_verdict')
        throw fault
      }
    },

    async confirm(person, proof, context) {
      const { session } = person
      const now = clock.now()
      const methods = withProof(session.methods, proof)
      if (!(await storage.transaction((tx) => tx.sessions.prove(session.id, methods, now)))) return undefined
      announce(person, 'success', context)
      return { ...session, methods, authenticatedAt: now }
    },

    refuse: (person, context) => announce(person, 'failure', context),
  }
}
