/**
 * `GET /auth/login/:provider` sends people to an identity provider, `GET /auth/callback/:provider` takes them back.
 * What goes wrong on the way ends on a page that says what to do now.
 */
import type { Session } from '../../accounts/session.ts'
import type { Config } from '../../config/load.ts'
import { flowLifeSeconds } from '../../identity-providers/flow-state.ts'
import type { IdentityProvider } from '../../identity-providers/provider.ts'
import type { CallbackOutcome, SignInWith } from '../../identity-providers/sign-in-with.ts'
import type { AccountId } from '../../shared/ids.ts'
import {
  type ProviderFailure,
  ProviderFailurePage,
  providerFailures,
} from '../../views/pages/provider-failure.tsx'
import type { ServerCookie } from '../cookies.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, PageError, redirect } from '../endpoint.ts'
import { localRedirect } from '../local-redirect.ts'
import { type PageKit, page, retryAfter } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'
import type { SignInVisits } from './sign-in-visit.ts'

/** A provider that is down is asked again after about so long. */
const outageRetrySeconds = 30
/** Longest address to go on to that is taken along. */
const maxRedirectLength = 2048
export const connectionsPath = '/account/connections'

export interface ProviderVisits {
  readonly providers: readonly IdentityProvider[]
  /** @throws {PageError} 404 when no such provider is enabled. */
  find(name: string | undefined): IdentityProvider
  /** Sends somebody to a provider, to sign in or to connect it to the account they are signed in to. */
  leaveFor(
    provider: IdentityProvider,
    request: HttpRequest,
    purpose: {
      redirect?: string | undefined
      rememberMe?: boolean
      fresh?: boolean
      link?: { readonly accountId: AccountId; readonly sessionId: Session['id'] }
    },
  ): Promise<HttpAnswer>
  /** The page that says what went wrong. */
  failed(
    provider: IdentityProvider,
    request: HttpRequest,
    failure: ProviderFailure,
    purpose: { connecting: boolean; redirect: string | undefined },
  ): HttpAnswer
}

export function createProviderVisits(dependencies: {
  kit: PageKit
  providers: readonly IdentityProvider[]
  signInWith: SignInWith
  flowCookie: ServerCookie
  server: Pick<Config['server'], 'issuer' | 'basePath'>
}): ProviderVisits {
  const { kit, providers, signInWith, flowCookie, server } = dependencies

  /** Where to go on to, as far as that is on this server. */
  const accepted = (asked: string | undefined): string | undefined =>
    asked !== undefined && asked.length <= maxRedirectLength && localRedirect(asked, server) !== undefined
      ? asked
      : undefined

  const failed: ProviderVisits['failed'] = (provider, request, failure, { connecting, redirect: asked }) =>
    page(
      providerFailures[failure],
      ProviderFailurePage,
      {
        ...kit.props(request),
        failure,
        provider: provider.displayName,
        connecting,
        redirect: accepted(asked) ?? null,
        requestId: request.context.requestId,
      },
      {
        // The flow is over, whatever became of it.
        'set-cookie': [flowCookie.clear()],
        ...(failure === 'unavailable' ? retryAfter(outageRetrySeconds) : {}),
      },
    )

  return {
    providers,
    failed,
    find(name) {
      const provider = providers.find((candidate) => candidate.name === name)
      if (provider === undefined) throw new PageError(404)
      return provider
    },
    async leaveFor(provider, request, { redirect: asked, rememberMe = false, fresh = false, link }) {
      const begun = await signInWith.begin(
        provider,
        { redirect: accepted(asked), rememberMe, link },
        { fresh },
      )
      if (begun === 'unavailable') {
        return failed(provider, request, 'unavailable', { connecting: link !== undefined, redirect: asked })
      }
      return redirect(begun.url.href, { 'set-cookie': [flowCookie.set(begun.sealed, flowLifeSeconds)] })
    },
  }
}

export function createProviderSignInEndpoints(dependencies: {
  kit: PageKit
  providerVisits: ProviderVisits
  visits: Pick<SignInVisits, 'goOnSignedIn' | 'goToStep'>
  limits: PageLimits
  signInWith: SignInWith
  flowCookie: ServerCookie
}): Endpoint[] {
  const { kit, providerVisits, visits, limits, signInWith, flowCookie } = dependencies
  if (providerVisits.providers.length === 0) return []

  const answerTo = (
    outcome: CallbackOutcome,
    provider: IdentityProvider,
    request: HttpRequest,
  ): HttpAnswer => {
    const ended = flowCookie.clear()
    switch (outcome.kind) {
      case 'signed_in':
        return withCookie(visits.goOnSignedIn(request, outcome, outcome.redirect), ended)
      case 'pending':
        return withCookie(visits.goToStep(outcome.step, outcome.redirect, outcome.cookieValue), ended)
      case 'connected':
        return kit.goTo(`${connectionsPath}?notice=connected`, { 'set-cookie': [ended] })
      case 'failed': {
        const { failure, purpose } = outcome
        const connecting = purpose?.link !== undefined
        return providerVisits.failed(provider, request, failure, { connecting, redirect: purpose?.redirect })
      }
    }
  }

  return [
    {
      method: 'GET',
      path: '/auth/login/:provider',
      kind: 'page',
      withoutHead: true,
      async handle(request) {
        const provider = providerVisits.find(request.params.provider)
        const throttled = await limits.logIn(request.context)
        if (throttled !== undefined) {
          throw new PageError(429, { retryAfterSeconds: throttled.retryAfterSeconds })
        }
        const query = new URLSearchParams(request.query)
        return providerVisits.leaveFor(provider, request, {
          redirect: query.get('redirect') ?? undefined,
          rememberMe: query.get('remember_me') === '1',
          fresh: query.get('again') === '1',
        })
      },
    },
    {
      method: 'GET',
      path: '/auth/callback/:provider',
      kind: 'page',
      withoutHead: true,
      async handle(request) {
        const provider = providerVisits.find(request.params.provider)
        const lookup = await kit.recognize(request)
        const outcome = await signInWith.end({
          provider,
          parameters: new URLSearchParams(request.query),
          sealed: flowCookie.read(request),
          visitor: lookup.kind === 'live' ? lookup : undefined,
          context: request.context,
          receivedAt: request.receivedAt,
        })
        return answerTo(outcome, provider, request)
      },
    },
  ]
}

/** The answer, with one cookie more. */
function withCookie(answer: HttpAnswer, cookie: string): HttpAnswer {
  const others = answer.headers?.['set-cookie'] ?? []
  return { ...answer, headers: { ...answer.headers, 'set-cookie': [...others, cookie] } }
}
