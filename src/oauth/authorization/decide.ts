/** What an authorization request needs next: a person to sign in, a decision, or nothing more. Pure. */
import { type AuthenticationContext, type Proof, satisfies } from '../../accounts/authentication.ts'
import { type EnrolledFactors, hasSecondFactor } from '../../accounts/factors/factor.ts'
import { addSeconds, type Instant } from '../../shared/clock.ts'
import type { OAuthErrorCode } from '../errors.ts'
import { covers, type Permission } from './permissions.ts'
import { type RedirectKind, redirectKind } from './redirect-uri.ts'
import type { AuthorizationRequest } from './request.ts'

export type NextStep =
  | { readonly kind: 'sign_in' }
  /** Signed in, and to show more: at least `context`. */
  | { readonly kind: 'step_up'; readonly context: AuthenticationContext }
  | { readonly kind: 'ask' }
  | { readonly kind: 'issue' }
  /** Without showing a page it cannot go on (OpenID Connect Core 1.0 §3.1.2.6). */
  | { readonly kind: 'refuse'; readonly error: OAuthErrorCode }

export interface Facts {
  readonly request: Pick<
    AuthorizationRequest,
    'prompt' | 'maxAge' | 'scopes' | 'resources' | 'target' | 'contexts'
  >
  /** When the request was first kept; `undefined` while it has not been. */
  readonly keptAt: Instant | undefined
  readonly person:
    | {
        readonly accountId: string
        readonly authenticatedAt: Instant
        readonly methods: readonly Proof[]
        /** What they could show beside that. */
        readonly ownFactors: Pick<EnrolledFactors, 'totp' | 'passkeys'>
      }
    | undefined
  /** Whom the client expects, by its `id_token_hint`. */
  readonly expectedAccountId: string | undefined
  /** What the person allowed before. */
  readonly allowed: readonly Permission[]
  readonly rememberConsent: boolean
}

export function decideNextStep(facts: Facts, now: Instant): NextStep {
  const { request, keptAt, person, expectedAccountId, allowed } = facts
  const silent = request.prompt.has('none')
  const signIn: NextStep = silent ? { kind: 'refuse', error: 'login_required' } : { kind: 'sign_in' }
  if (person === undefined) return signIn

  // Signing in after the request was made answers it, whatever it wanted, so that nobody is asked in a circle.
  const signedInForThis = keptAt !== undefined && person.authenticatedAt > keptAt
  if (!signedInForThis) {
    if (request.prompt.has('login')) return signIn
    // §3.1.2.1: with `max_age=0` the same as `prompt=login`.
    if (request.maxAge !== undefined && now >= addSeconds(person.authenticatedAt, request.maxAge)) {
      return signIn
    }
  }
  if (expectedAccountId !== undefined && expectedAccountId !== person.accountId) {
    return signedInForThis ? { kind: 'refuse', error: 'login_required' } : signIn
  }

  // §5.5.1.1, §3.1.2.1: what was asked for first and can be had; what cannot is only missed when it is essential.
  const { wanted, essential } = request.contexts
  if (wanted.length > 0 && !wanted.some((context) => satisfies(person.methods, context))) {
    const within = wanted.find((context) => isWithin(context, person.ownFactors))
    if (within === undefined && essential) {
      return { kind: 'refuse', error: 'unmet_authentication_requirements' }
    }
    if (within !== undefined && !silent) return { kind: 'step_up', context: within }
    if (within !== undefined && essential) return { kind: 'refuse', error: 'login_required' }
  }

  const asks = request.prompt.has('consent') || request.prompt.has('select_account')
  const covered =
    facts.rememberConsent &&
    mayGoUnasked(request.target.client.type, redirectKind(request.target.redirectUri)) &&
    covers(allowed, request.scopes, request.resources)
  if (covered && !asks) return { kind: 'issue' }
  return silent ? { kind: 'refuse', error: 'consent_required' } : { kind: 'ask' }
}

/** Whether somebody who has these factors can show as much. */
function isWithin(
  context: AuthenticationContext,
  factors: Pick<EnrolledFactors, 'totp' | 'passkeys'>,
): boolean {
  return context === 'phr' ? factors.passkeys.length > 0 : hasSecondFactor(factors)
}

/**
 * RFC 8252 §8.6: a request of a public client is not answered without its person's knowledge, "except when the
 * identity of the client can be assured": any program may listen on a loopback port or claim a scheme.
 */
function mayGoUnasked(type: 'public' | 'confidential', kind: RedirectKind): boolean {
  return type === 'confidential' || kind === 'web'
}
