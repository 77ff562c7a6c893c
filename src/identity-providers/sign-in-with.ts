/**
 * Flow: a person signs in at an identity provider, or connects an identity to the account they are signed in to. They
 * leave for the provider, come back with a code, and the code says who they are. Each request to the callback is
 * announced once as such, and once as an attempt to sign in, unless it was to connect.
 */
import type { Account } from '../accounts/account.ts'
import type { SignedInPerson } from '../accounts/session.ts'
import { actorOf, type BegunSession } from '../accounts/sessions.ts'
import type { SignInAttempt, SignIns } from '../accounts/sign-in.ts'
import type { SignInStep } from '../accounts/sign-in-steps.ts'
import type { Publisher } from '../events/bus.ts'
import type { IdentityProviderFailure, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { FlowPurpose, FlowStates, PendingFlow } from './flow-state.ts'
import { type IdentityProvider, ProviderError, type ProviderProfile } from './provider.ts'
import type { IdentityResolver } from './resolve.ts'

export interface ProviderCallback {
  readonly provider: IdentityProvider
  readonly parameters: URLSearchParams
  /** What the browser kept of its flow. */
  readonly sealed: string | undefined
  /** Who is signed in in this browser. */
  readonly visitor: SignedInPerson | undefined
  readonly context: RequestContext
  /** When the request arrived, on the monotonic clock, in seconds. */
  readonly receivedAt: number
}

export type CallbackOutcome =
  | {
      readonly kind: 'signed_in'
      readonly account: Account
      readonly begun: BegunSession
      readonly redirect: string | undefined
    }
  /** There is more to do before a session begins; the callback is announced when it is known how that ended. */
  | {
      readonly kind: 'pending'
      readonly step: SignInStep
      readonly cookieValue: string
      readonly redirect: string | undefined
    }
  | { readonly kind: 'connected' }
  | {
      readonly kind: 'failed'
      readonly failure: IdentityProviderFailure
      /** What the person set out to do, as far as that is known. */
      readonly purpose: FlowPurpose | undefined
    }

export interface SignInWith {
  /** Sends somebody to a provider. @returns `unavailable` when it cannot be reached. */
  begin(
    provider: IdentityProvider,
    purpose: Omit<FlowPurpose, 'provider'>,
    options?: { fresh: boolean },
  ): Promise<{ readonly url: URL; readonly sealed: string } | 'unavailable'>
  end(callback: ProviderCallback): Promise<CallbackOutcome>
}

/** A password may be replaced just when its owner signs in another way. */
const maxTries = 3

/** What came of a callback, and what is announced of it. */
interface Ending {
  readonly outcome: CallbackOutcome
  readonly detail?: string | undefined
  /** Whose attempt it was. */
  readonly account?: Account | undefined
  /** The attempt to sign in has been announced. */
  readonly announced?: boolean
}

export function createSignInWith(dependencies: {
  flows: FlowStates
  identities: IdentityResolver
  signIns: SignIns
  publisher: Publisher
  clock: Clock
}): SignInWith {
  const { flows, identities, signIns, publisher, clock } = dependencies

  const attemptOf = ({ provider, context, receivedAt }: ProviderCallback): SignInAttempt => ({
    method: 'oauth',
    authSource: provider.name,
    context,
    receivedAt,
  })

  const announce = (callback: ProviderCallback, { outcome, detail, account, announced }: Ending): void => {
    if (outcome.kind === 'pending') return
    const failed = outcome.kind === 'failed'
    publisher.publish({
      type: 'identity_provider.callback',
      at: clock.now(),
      actor: account === undefined ? { type: 'anonymous' } : actorOf(account),
      request: callback.context,
      provider: callback.provider.name,
      result: failed ? 'error' : 'success',
      reason: failed ? outcome.failure : undefined,
      detail,
    })
    if (!failed || announced === true || outcome.purpose?.link !== undefined) return
    signIns.announceFailure(attemptOf(callback), {
      reason: outcome.failure,
      account,
      ...(account === undefined ? {} : { actor: actorOf(account) }),
    })
  }

  const failed = (
    failure: IdentityProviderFailure,
    purpose: FlowPurpose | undefined,
    more: Omit<Ending, 'outcome'> = {},
  ): Ending => ({ outcome: { kind: 'failed', failure, purpose }, ...more })

  const signIn = async (
    callback: ProviderCallback,
    flow: PendingFlow,
    profile: ProviderProfile,
  ): Promise<Ending> => {
    const { provider, visitor } = callback
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const resolved = await identities.resolve(provider.name, profile, callback.context)
      if (resolved.kind === 'refused') {
        return failed(resolved.failure, flow, { account: resolved.account })
      }
      const end = await signIns.beginSignedIn({
        ...attemptOf(callback),
        account: resolved.account,
        rememberMe: flow.rememberMe,
        replaces: visitor?.session,
      })
      const { account } = resolved
      if (end.kind === 'account_inactive') {
        return failed('account_disabled', flow, { account, announced: true })
      }
      if (end.kind === 'password_replaced') continue
      return { outcome: { ...end, redirect: flow.redirect }, account }
    }
    throw new Error('the password was replaced during every attempt')
  }

  const connect = async (
    callback: ProviderCallback,
    flow: PendingFlow,
    link: NonNullable<FlowPurpose['link']>,
    profile: ProviderProfile,
  ): Promise<Ending> => {
    const { provider, visitor } = callback
    if (visitor?.session.id !== link.sessionId || visitor.account.id !== link.accountId) {
      return failed('session_changed', flow, { account: visitor?.account })
    }
    const { account } = visitor
    const connected = await identities.connect(account, provider.name, profile, callback.context)
    return connected === 'connected'
      ? { outcome: { kind: 'connected' }, account }
      : failed(connected, flow, { account })
  }

  const end = async (callback: ProviderCallback): Promise<Ending> => {
    const { provider, parameters, sealed } = callback
    const found = await flows.take(provider.name, sealed, parameters.get('state'))
    if (found.kind !== 'found') return failed(found.kind, found.flow)
    const { flow } = found
    let profile: ProviderProfile
    try {
      profile = await provider.readProfile(parameters, flow)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      return failed(error.failure, flow, { detail: error.detail })
    }
    return flow.link === undefined
      ? signIn(callback, flow, profile)
      : connect(callback, flow, flow.link, profile)
  }

  return {
    async begin(provider, purpose, options = { fresh: false }) {
      const { flow, sealed } = flows.begin({ ...purpose, provider: provider.name })
      try {
        return { url: await provider.authorizationUrl(flow, options), sealed }
      } catch (error) {
        if (error instanceof ProviderError) return 'unavailable'
        throw error
      }
    },

    async end(callback) {
      try {
        const ending = await end(callback)
        announce(callback, ending)
        return ending.outcome
      } catch (fault) {
        // It ended all the same, and nobody is signed in.
        announce(callback, failed('unavailable', undefined, { detail: 'fault' }))
        throw fault
      }
    },
  }
}
