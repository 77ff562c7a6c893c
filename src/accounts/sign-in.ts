/**
 * How every sign-in ends, whoever vouched for the person: a session begins and is announced, or the failure is. One
 * attempt moves the counters of its method and of its source once, also when it takes several steps: between two of them
 * it is a row that is no session (`pending-sign-in.ts`), and whoever takes that row away announces how it ended.
 */
import type { Publisher } from '../events/bus.ts'
import type {
  Actor,
  AuthMethod,
  AuthSource,
  IdentityProviderCallback,
  LoginFailureReason,
  RequestContext,
} from '../events/catalogue.ts'
import { addSeconds, type Clock, secondsBetween } from '../shared/clock.ts'
import { digestOf, type SecretDigest } from '../shared/digest.ts'
import type { Ids, PendingSignInId } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Secret } from '../shared/secret.ts'
import { issueSelectorSecret, matchesDigest, parseSelectorSecret } from '../shared/selector-secret.ts'
import type { Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import type { AttemptOrigin } from './attempt-delays.ts'
import { type Proof, withProof } from './authentication.ts'
import type { EnrolledFactors } from './factors/factor.ts'
import type { Factors, FactorVerdict } from './factors/factors.ts'
import type { PasswordChanges, PasswordRefusal } from './password-change.ts'
import { maxWrongCodes, type PendingSignIn, pendingSignInSeconds } from './pending-sign-in.ts'
import type { Session } from './session.ts'
import { actorOf, type BegunSession, type Sessions } from './sessions.ts'
import { nextStep, type SecondFactorPolicy, type SignInStep } from './sign-in-steps.ts'

const cookiePrefix = 'agp_'
const sweepBatch = 200

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
  /** What was proved. Absent: the password, or the word of the provider. */
  readonly methods?: readonly Proof[]
}

export type SignInEnd =
  | { readonly kind: 'signed_in'; readonly account: Account; readonly begun: BegunSession }
  /** There is more to do first; the browser keeps `cookieValue` to go on with. */
  | { readonly kind: 'pending'; readonly step: SignInStep; readonly cookieValue: string }
  /** The failure has been announced. */
  | { readonly kind: 'account_inactive' }
  /** The password that was compared is no longer theirs; the attempt goes on, and nothing has been announced. */
  | { readonly kind: 'password_replaced' }

/** A sign-in that waits for its next step. */
export interface WaitingSignIn {
  readonly pending: PendingSignIn
  readonly account: Account
  readonly factors: EnrolledFactors
  readonly step: SignInStep
}

export type StepEnd =
  | { readonly kind: 'signed_in'; readonly account: Account; readonly begun: BegunSession }
  | { readonly kind: 'pending'; readonly step: SignInStep }
  /** Try again. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }
  | { readonly kind: 'password_refused'; readonly problem: PasswordRefusal }
  | { readonly kind: 'busy' }
  /** It is over, in whatever way; the person begins anew. */
  | { readonly kind: 'over' }

/** Who asks in the next step. */
export interface StepRequest {
  readonly origin: AttemptOrigin
  readonly replaces: Session | undefined
  /** Tag of the language the person reads. */
  readonly language: string
  readonly context: RequestContext
}

export interface SignIns {
  /** Begins the session of somebody whose identity is proven, or the steps before it. */
  beginSignedIn(signIn: ProvenSignIn): Promise<SignInEnd>
  /** Announces that an attempt failed. @param account whose it would have been, as far as that is known. */
  announceFailure(
    attempt: SignInAttempt,
    failure: { reason: LoginFailureReason; account: Account | undefined; actor?: Actor },
  ): void
  /** The sign-in a browser is in the middle of. */
  resume(cookieValue: string | undefined): Promise<WaitingSignIn | undefined>
  enterCode(waiting: WaitingSignIn, typed: string, request: StepRequest): Promise<StepEnd>
  usePasskey(waiting: WaitingSignIn, sealed: string, response: string, request: StepRequest): Promise<StepEnd>
  choosePassword(waiting: WaitingSignIn, password: Secret, request: StepRequest): Promise<StepEnd>
  /** Goes on after a factor was set up. */
  enrolled(waiting: WaitingSignIn, proof: Proof, request: StepRequest): Promise<StepEnd>
  /** The person begins anew. */
  abandon(waiting: WaitingSignIn, context: RequestContext): Promise<void>
  /** Announces those nobody finished in time. Safe to run on several servers at once. @returns how many. */
  sweep(): Promise<number>
}

export function createSignIns(dependencies: {
  storage: Storage
  sessions: Pick<Sessions, 'begin'>
  factors: Pick<Factors, 'tryCode' | 'tryPasskey'>
  passwordChanges: PasswordChanges
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  policy: SecondFactorPolicy
}): SignIns {
  const { storage, sessions, factors, passwordChanges, publisher, clock, random, ids, policy } = dependencies

  const fail = (
    attempt: Pick<SignInAttempt, 'method' | 'authSource'> & { context: RequestContext | undefined },
    failure: { reason: LoginFailureReason; accountId: string | undefined; actor: Actor },
    durationSeconds: number,
  ): void =>
    publisher.publish({
      type: 'login.failed',
      at: clock.now(),
      actor: failure.actor,
      request: attempt.context,
      method: attempt.method,
      authSource: attempt.authSource,
      reason: failure.reason,
      accountId: failure.accountId,
      durationSeconds,
    })

  const announceFailure: SignIns['announceFailure'] = (attempt, failure) =>
    fail(
      attempt,
      {
        reason: failure.reason,
        accountId: failure.account?.id,
        actor: failure.actor ?? { type: 'anonymous' },
      },
      clock.monotonicSeconds() - attempt.receivedAt,
    )

  const succeed = (
    attempt: Omit<SignInAttempt, 'receivedAt'>,
    account: Account,
    durationSeconds: number,
  ): void =>
    publisher.publish({
      type: 'login.succeeded',
      at: clock.now(),
      actor: actorOf(account),
      request: attempt.context,
      method: attempt.method,
      authSource: attempt.authSource,
      accountId: account.id,
      durationSeconds,
    })

  /** A sign-in that came from a provider ends its callback, too, which was left open until now. */
  const announceCallback = (
    { authSource }: PendingSignIn,
    end: Pick<IdentityProviderCallback, 'actor' | 'request' | 'result' | 'reason'>,
  ): void => {
    if (isPasswordSource(authSource)) return
    publisher.publish({ type: 'identity_provider.callback', at: clock.now(), provider: authSource, ...end })
  }

  /** The steps lie in requests of their own, maybe on other replicas: only the wall clock knows how long they took. */
  const secondsSince = (pending: PendingSignIn): number =>
    Math.max(0, secondsBetween(pending.beganAt, clock.now()))

  /** Takes a sign-in out of the world as failed, unless somebody else has ended it. */
  const failPending = async (
    pending: PendingSignIn,
    reason: LoginFailureReason,
    actor: Actor,
    context: RequestContext | undefined,
  ): Promise<void> => {
    const taken = await storage.transaction((tx) => tx.pendingSignIns.take(pending.id))
    if (taken === undefined) return
    announceCallback(taken, { actor, request: context, result: 'error', reason: 'second_factor' })
    fail({ ...taken, context }, { reason, accountId: taken.accountId, actor }, secondsSince(taken))
  }

  const isSound = (pending: PendingSignIn, account: Account | undefined): account is Account =>
    account?.status === 'active' &&
    passwordDigestOf(account) === pending.passwordDigest &&
    clock.now() < pending.expiresAt

  /** Goes on with what is proved now: another step, or the session. */
  const advance = async (
    { pending }: WaitingSignIn,
    account: Account,
    methods: readonly Proof[],
    { replaces, context }: StepRequest,
  ): Promise<StepEnd> => {
    const enrolled = await storage.read.factors.enrolledOf(account.id)
    const step = nextStep({ account, factors: enrolled, methods, policy })
    if (step !== undefined) {
      const kept = await storage.transaction((tx) =>
        tx.pendingSignIns.prove(pending.id, methods, passwordDigestOf(account)),
      )
      return kept ? { kind: 'pending', step } : { kind: 'over' }
    }
    const taken = await storage.transaction((tx) => tx.pendingSignIns.take(pending.id))
    if (taken === undefined) return { kind: 'over' }
    const { authSource, method, rememberMe } = taken
    const begun = await sessions.begin(account, { authSource, rememberMe, replaces, methods }, context)
    if (typeof begun === 'string') {
      const actor = actorOf(account)
      announceCallback(taken, { actor, request: context, result: 'error', reason: 'account_disabled' })
      fail(
        { ...taken, context },
        { reason: 'account_disabled', accountId: account.id, actor },
        secondsSince(taken),
      )
      return { kind: 'over' }
    }
    announceCallback(taken, { actor: actorOf(account), request: context, result: 'success' })
    succeed({ authSource, method, context }, account, secondsSince(taken))
    return { kind: 'signed_in', account, begun }
  }

  /** What a code or a passkey led to. */
  const judge = async (
    waiting: WaitingSignIn,
    verdict: FactorVerdict,
    request: StepRequest,
  ): Promise<StepEnd> => {
    const { pending, account } = waiting
    if (verdict.kind === 'delayed') return verdict
    if (verdict.kind === 'right') {
      return advance(waiting, account, withProof(pending.methods, verdict.proof), request)
    }
    const wrong = await storage.transaction((tx) => tx.pendingSignIns.countWrongCode(pending.id))
    if (wrong === undefined) return { kind: 'over' }
    if (wrong < maxWrongCodes) return { kind: 'wrong' }
    await failPending(pending, 'second_factor_failed', actorOf(account), request.context)
    return { kind: 'over' }
  }

  return {
    async beginSignedIn(signIn) {
      const { account, method, authSource, rememberMe, replaces, context, receivedAt } = signIn
      const methods = signIn.methods ?? [isPasswordSource(authSource) ? 'pwd' : 'provider']
      const inactive = (): SignInEnd => {
        announceFailure(signIn, { reason: 'account_disabled', account, actor: actorOf(account) })
        return { kind: 'account_inactive' }
      }
      if (account.status !== 'active') return inactive()
      const enrolled = await storage.read.factors.enrolledOf(account.id)
      const step = nextStep({ account, factors: enrolled, methods, policy })
      if (step !== undefined) {
        const now = clock.now()
        const secret = issueSelectorSecret(cookiePrefix, ids.next<PendingSignInId>(), random)
        const passedSeconds = clock.monotonicSeconds() - receivedAt
        await storage.transaction((tx) =>
          tx.pendingSignIns.insert({
            id: secret.id,
            digest: secret.digest,
            accountId: account.id,
            authSource,
            method,
            methods,
            passwordDigest: passwordDigestOf(account),
            rememberMe,
            wrongCodes: 0,
            beganAt: addSeconds(now, -passedSeconds),
            expiresAt: addSeconds(now, pendingSignInSeconds),
            ip: context.ip,
            userAgent: context.userAgent,
          }),
        )
        return { kind: 'pending', step, cookieValue: secret.plaintext }
      }
      const begun = await sessions.begin(account, { authSource, rememberMe, replaces, methods }, context)
      if (begun === 'password_replaced') return { kind: 'password_replaced' }
      if (begun === 'account_inactive') return inactive()
      succeed(signIn, account, clock.monotonicSeconds() - receivedAt)
      return { kind: 'signed_in', account, begun }
    },

    announceFailure,

    async resume(cookieValue) {
      const presented =
        cookieValue === undefined
          ? undefined
          : parseSelectorSecret<PendingSignInId>(cookiePrefix, cookieValue)
      if (presented === undefined) return undefined
      const pending = await storage.read.pendingSignIns.find(presented.id)
      if (pending === undefined || !matchesDigest(presented, pending.digest)) return undefined
      const account = await storage.read.accounts.find(pending.accountId)
      if (!isSound(pending, account)) return undefined
      const enrolled = await storage.read.factors.enrolledOf(account.id)
      const step = nextStep({ account, factors: enrolled, methods: pending.methods, policy })
      // Nothing is left when the policy or the factors changed meanwhile: the last step is then to go on.
      return { pending, account, factors: enrolled, step: step ?? 'second_factor' }
    },

    async enterCode(waiting, typed, request) {
      if (waiting.step !== 'second_factor') return { kind: 'over' }
      const verdict = await factors.tryCode(waiting.account, typed, request.origin, request.context)
      return judge(waiting, verdict, request)
    },

    async usePasskey(waiting, sealed, response, request) {
      if (waiting.step !== 'second_factor') return { kind: 'over' }
      return judge(
        waiting,
        await factors.tryPasskey(waiting.account, sealed, response, request.context),
        request,
      )
    },

    async choosePassword(waiting, password, request) {
      if (waiting.step !== 'new_password') return { kind: 'over' }
      const { account, pending } = waiting
      const { language, context } = request
      const changed = await passwordChanges.change(account, password, 'required', { language }, context)
      switch (changed.kind) {
        case 'changed':
          return advance(waiting, changed.account, pending.methods, request)
        case 'refused':
          return { kind: 'password_refused', problem: changed.problem }
        case 'busy':
          return { kind: 'busy' }
        case 'lost':
          return { kind: 'over' }
      }
    },

    async enrolled(waiting, proof, request) {
      const { account, pending } = waiting
      return advance(waiting, account, withProof(pending.methods, proof), request)
    },

    abandon: ({ pending, account }, context) =>
      failPending(pending, 'second_factor_abandoned', actorOf(account), context),

    async sweep() {
      const expired = await storage.transaction((tx) =>
        tx.pendingSignIns.takeExpired(clock.now(), sweepBatch),
      )
      for (const pending of expired) {
        const actor = { type: 'system' } as const
        announceCallback(pending, { actor, request: undefined, result: 'error', reason: 'second_factor' })
        fail(
          { ...pending, context: undefined },
          { reason: 'second_factor_abandoned', accountId: pending.accountId, actor },
          secondsBetween(pending.beganAt, pending.expiresAt),
        )
      }
      return expired.length
    },
  }
}

export function isPasswordSource(source: AuthSource): source is 'local' | 'http_api' {
  return source === 'local' || source === 'http_api'
}

function passwordDigestOf(account: Account): SecretDigest {
  return digestOf(`password ${account.passwordHash ?? ''}`)
}
