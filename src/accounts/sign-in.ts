/**
 * How every sign-in ends, whoever vouched for the person: a session begins and is announced, or the failure is. One
 * attempt moves the counters of its method and of its source once.
 */
import type { Publisher } from '../events/bus.ts'
import type {
  Actor,
  AuthMethod,
  AuthSource,
  LoginFailureReason,
  RequestContext,
} from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { Account } from './account.ts'
import type { Session } from './session.ts'
import { actorOf, type BegunSession, type Sessions } from './sessions.ts'

/** An attempt to prove who one is, and whom it is counted under. */
export interface SignInAttempt {
  readonly method: AuthMethod
  readonly authSource: AuthSource
  readonly context: RequestContext
  /** When the request arrived, on the monotonic clock, in seconds. */
  readonly receivedAt: number
}

/** An attempt that found out who the person is. */
export interface ProvenSignIn extends SignInAttempt {
  /** As it was when the person was found to be its owner. */
  readonly account: Account
  readonly rememberMe: boolean
  /** The live session of this browser, which signing in ends. */
  readonly replaces: Session | undefined
}

export type SignInEnd =
  | { readonly kind: 'signed_in'; readonly account: Account; readonly begun: BegunSession }
  /** The failure has been announced. */
  | { readonly kind: 'account_inactive' }
  /** The password that was compared is no longer theirs; the attempt goes on, and nothing has been announced. */
  | { readonly kind: 'password_replaced' }

export interface SignIns {
  /** Begins the session of somebody whose identity is proven. */
  beginSignedIn(signIn: ProvenSignIn): Promise<SignInEnd>
  /** Announces that an attempt failed. @param account whose it would have been, as far as that is known. */
  announceFailure(
    attempt: SignInAttempt,
    failure: { reason: LoginFailureReason; account: Account | undefined; actor?: Actor },
  ): void
}

export function createSignIns(dependencies: {
  sessions: Pick<Sessions, 'begin'>
  publisher: Publisher
  clock: Clock
}): SignIns {
  const { sessions, publisher, clock } = dependencies

  const announceFailure: SignIns['announceFailure'] = (attempt, failure) => {
    publisher.publish({
      type: 'login.failed',
      at: clock.now(),
      actor: failure.actor ?? { type: 'anonymous' },
      request: attempt.context,
      method: attempt.method,
      authSource: attempt.authSource,
      reason: failure.reason,
      accountId: failure.account?.id,
      durationSeconds: clock.monotonicSeconds() - attempt.receivedAt,
    })
  }

  return {
    async beginSignedIn(signIn) {
      const { account, method, authSource, rememberMe, replaces, context, receivedAt } = signIn
      const begun =
        account.status === 'active'
          ? await sessions.begin(account, { authSource, rememberMe, replaces }, context)
          : 'account_inactive'
      if (begun === 'password_replaced') return { kind: 'password_replaced' }
      if (begun === 'account_inactive') {
        announceFailure(signIn, { reason: 'account_disabled', account, actor: actorOf(account) })
        return { kind: 'account_inactive' }
      }
      publisher.publish({
        type: 'login.succeeded',
        at: clock.now(),
        actor: actorOf(account),
        request: context,
        method,
        authSource,
        accountId: account.id,
        durationSeconds: clock.monotonicSeconds() - receivedAt,
      })
      return { kind: 'signed_in', account, begun }
    },
    announceFailure,
  }
}
