/**
 * Flow: a person signs in with a name and a password. What is answered does not tell whether an account exists:
 * unknown names and wrong passwords get the same words in the same time, and a disabled account says so only to
 * whoever knows its password.
 */
import type { Publisher } from '../events/bus.ts'
import type { LoginFailureReason, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { Secret } from '../shared/secret.ts'
import type { Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import { type AttemptDelays, attemptDelayed } from './attempt-delays.ts'
import { type Authenticator, type Authenticators, authenticatorFor, type Verdict } from './authenticator.ts'
import type { Session } from './session.ts'
import type { BegunSession } from './sessions.ts'
import type { SignInAttempt, SignInEnd, SignIns } from './sign-in.ts'
import { normalizeUsername } from './username.ts'

export interface LogInAttempt {
  /** As typed. */
  username: string
  password: Secret
  rememberMe: boolean
  /** The live session of this browser, which signing in ends. */
  replaces: Session | undefined
  /** The id of the browser, when this person signed in with it before. */
  knownBrowser?: string | undefined
  context: RequestContext
  /** When the request arrived, on the monotonic clock, in seconds. */
  receivedAt: number
}

export type LogInOutcome =
  | { readonly kind: 'signed_in'; readonly account: Account; readonly begun: BegunSession }
  /** The password was right, and there is more to do. */
  | Extract<SignInEnd, { kind: 'pending' }>
  | { readonly kind: 'bad_credentials' }
  | { readonly kind: 'disabled' }
  /** The password is right, but the account its owner should have cannot be made or kept. */
  | { readonly kind: 'not_set_up' }
  /** Nothing is known about the credentials; trying again soon may help. */
  | { readonly kind: 'unavailable' }
  /** Too many failures for this name: the password was not looked at, and this was no attempt. */
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }

/** A password may be replaced while it waits to be compared: what was compared then says nothing. */
const maxComparisons = 3

export interface LogIn {
  attempt(attempt: LogInAttempt): Promise<LogInOutcome>
}

export function createLogIn(dependencies: {
  storage: Storage
  signIns: SignIns
  authenticators: Authenticators
  delays: AttemptDelays
  publisher: Publisher
  clock: Clock
}): LogIn {
  const { storage, signIns, authenticators, delays, publisher, clock } = dependencies

  const decide = async (
    attempt: LogInAttempt,
    username: string | undefined,
    known: Account | undefined,
    authenticator: Authenticator,
  ): Promise<Exclude<LogInOutcome, { kind: 'delayed' }> | { readonly kind: 'password_replaced' }> => {
    const verdict = await authenticator.authenticate({ username, password: attempt.password, account: known })
    if (verdict.kind !== 'authenticated') {
      const reason = reasonOf(verdict, known)
      signIns.announceFailure(signInOf(attempt, authenticator), { reason, account: known })
      return { kind: verdict.kind }
    }
    const { rememberMe, replaces } = attempt
    const end = await signIns.beginSignedIn({
      ...signInOf(attempt, authenticator),
      account: verdict.account,
      rememberMe,
      replaces,
    })
    return end.kind === 'account_inactive' ? { kind: 'disabled' } : end
  }

  return {
    async attempt(attempt) {
      const username = normalizeUsername(attempt.username)
      // Names no account can have share one counter.
      const { context, knownBrowser } = attempt
      const permit = delays.begin(username ?? '', { ip: context.ip, knownBrowser })
      if (permit.kind === 'delayed') {
        publisher.publish(
          attemptDelayed(permit, { at: clock.now(), actor: { type: 'anonymous' }, request: attempt.context }),
        )
        return permit
      }
      let known: Account | undefined
      let authenticator = authenticators.unknownName
      try {
        let outcome: LogInOutcome | { readonly kind: 'password_replaced' }
        let comparisons = 0
        do {
          if (++comparisons > maxComparisons)
            throw new Error('the password was replaced during every comparison')
          known = username === undefined ? undefined : await storage.read.accounts.findByUsername(username)
          authenticator = authenticatorFor(authenticators, known)
          outcome = await decide(attempt, username, known, authenticator)
        } while (outcome.kind === 'password_replaced')
        if (outcome.kind === 'unavailable') permit.settle('no_verdict')
        else permit.settle(outcome.kind === 'bad_credentials' ? 'failure' : 'success')
        return outcome
      } catch (fault) {
        // The attempt ended, though nobody learned whether the password was right.
        permit.settle('no_verdict')
        signIns.announceFailure(signInOf(attempt, authenticator), { reason: 'unavailable', account: known })
        throw fault
      }
    },
  }
}

function signInOf(
  { context, receivedAt }: LogInAttempt,
  { method, authSource }: Authenticator,
): SignInAttempt {
  return { method, authSource, context, receivedAt }
}

function reasonOf(
  verdict: Exclude<Verdict, { kind: 'authenticated' }>,
  known: Account | undefined,
): LoginFailureReason {
  switch (verdict.kind) {
    case 'not_set_up':
      return verdict.reason
    case 'unavailable':
      return 'unavailable'
    case 'bad_credentials':
      return known === undefined ? 'unknown_account' : 'bad_credentials'
  }
}
