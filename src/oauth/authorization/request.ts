/**
 * An authorization request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1): parameters to a typed, checked value.
 * In two steps, since where an error goes is part of the request: first who asks and where the answer may be sent,
 * whose errors are shown to the person and never redirected; then the rest, whose errors go to the client. Pure.
 */
import { type AuthenticationContext, isAuthenticationContext } from '../../accounts/authentication.ts'
import { type Client, requiresPkce } from '../client.ts'
import { OAuthError } from '../errors.ts'
import {
  type ClaimsRequest,
  parseClaimsRequest,
  scopesOfClaims,
  wantedContexts,
  withAcrValues,
} from '../openid/claims-request.ts'
import type { Parameters } from '../parameters.ts'
import { type ResourceCatalogue, requestedResources, requestedScopes } from '../resources/access.ts'
import { isFapi } from '../security-profile.ts'
import { parseCodeChallenge } from './pkce.ts'
import { matchesRegistered } from './redirect-uri.ts'

export const responseModes = ['query', 'form_post'] as const
export type ResponseMode = (typeof responseModes)[number]

export const prompts = ['none', 'login', 'consent', 'select_account'] as const
export type Prompt = (typeof prompts)[number]

/** Where and how the answer goes, known to be the client's own wish. */
export interface ResponseTarget {
  readonly client: Client
  readonly redirectUri: string
  /** Whether the request named it; if not, the client has registered only this one. */
  readonly redirectUriGiven: boolean
  readonly responseMode: ResponseMode
  readonly state: string | undefined
}

export interface AuthorizationRequest {
  readonly target: ResponseTarget
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly codeChallenge: string | undefined
  readonly nonce: string | undefined
  readonly prompt: ReadonlySet<Prompt>
  /** Seconds since the person signed in, at most. */
  readonly maxAge: number | undefined
  readonly loginHint: string | undefined
  readonly idTokenHint: string | undefined
  /** The `claims` parameter as sent, with what `acr_values` adds to it. */
  readonly claimsRequest: string | undefined
  readonly claims: ClaimsRequest
  /** How its person should sign in, the preferred first, of what there is here; and whether nothing else will do. */
  readonly contexts: { readonly wanted: readonly AuthenticationContext[]; readonly essential: boolean }
  /**
   * Every scope its person is asked about: those requested, and those whose claims are asked for one by one. Only the
   * former are granted to tokens.
   */
  readonly askedScopes: readonly string[]
  /** RFC 9449 §10: the key the code will be bound to. */
  readonly dpopJkt: string | undefined
}

/** Longer values of `state`, `nonce` and hints are refused, never cut: a cut one would not compare equal. */
const maxOpaqueLength = 2048
const maxHintLength = 16_384
/** Of a longer one the rest is dropped. */
export const maxLoginHintLength = 255
const thumbprintPattern = /^[A-Za-z0-9_-]{43}$/

/** What kind of request it came as. */
export interface RequestOrigin {
  /** RFC 9126: pushed by the client itself. */
  readonly pushed: boolean
}

/**
 * Where the answer to a request of `client` goes.
 * @throws {OAuthError} invalid_request, to be shown to the person (RFC 6749 §4.1.2.1: the server "MUST NOT
 *   automatically redirect the user-agent to the invalid redirection URI").
 */
export function locateResponse(
  parameters: Parameters,
  client: Client,
  { pushed }: RequestOrigin,
): ResponseTarget {
  const asked = parameters.get('redirect_uri')
  const only = client.redirectUris.length === 1 ? client.redirectUris[0] : undefined
  let redirectUri: string
  if (asked !== undefined) {
    if (!matchesRegistered(asked, client.redirectUris)) {
      throw new OAuthError('invalid_request', {
        description: 'the redirect_uri is not registered for this client',
        reason: 'redirect_uri_unregistered',
      })
    }
    redirectUri = asked
  } else {
    // OpenID Connect Core §3.1.2.1 and RFC 9126 §2.1 want it named; RFC 6749 §3.1.2.3 allows one registered to stand in.
    const mustName = pushed || isFapi(client) || parameters.get('scope')?.split(' ').includes('openid')
    if (only === undefined || mustName === true) {
      throw new OAuthError('invalid_request', {
        description: 'the redirect_uri is missing',
        reason: 'redirect_uri_missing',
      })
    }
    redirectUri = only
  }
  const mode = parameters.get('response_mode')
  return {
    client,
    redirectUri,
    redirectUriGiven: asked !== undefined,
    // An unknown mode is an error of the second step; it is reported in the default one.
    responseMode: responseModes.find((known) => known === mode) ?? 'query',
    state: parameters.get('state'),
  }
}

/** What a request is held against, beside its client. */
export interface RequestRules extends RequestOrigin {
  /** Whether confidential clients must use PKCE too. */
  readonly pkceRequired: boolean
  readonly catalogue: ResourceCatalogue
}

/**
 * The request as a whole.
 * @throws {OAuthError} to be sent to `target`.
 */
export function parseAuthorizationRequest(
  parameters: Parameters,
  target: ResponseTarget,
  { pushed, pkceRequired, catalogue }: RequestRules,
): AuthorizationRequest {
  const { client } = target
  if (!client.grants.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', {
      description: 'this client may not use the authorization_code grant',
      reason: 'grant_not_allowed',
    })
  }
  // OpenID Connect Core §6: objects by value or reference are not supported, and §3.1.2.6 names the answers.
  if (parameters.get('request') !== undefined) throw new OAuthError('request_not_supported')
  if (parameters.get('request_uri') !== undefined) throw new OAuthError('request_uri_not_supported')
  if (parameters.get('registration') !== undefined) throw new OAuthError('registration_not_supported')
  const mode = parameters.get('response_mode')
  if (mode !== undefined && !responseModes.some((known) => known === mode)) {
    throw new OAuthError('invalid_request', { description: 'response_mode must be query or form_post' })
  }
  const responseType = parameters.require('response_type')
  if (responseType !== 'code') {
    throw new OAuthError('unsupported_response_type', { description: 'response_type must be code' })
  }
  if (!pushed && (client.metadata.requirePushedAuthorizationRequests === true || isFapi(client))) {
    throw new OAuthError('invalid_request', {
      description: 'this client must push its authorization requests (RFC 9126)',
      reason: 'par_required',
    })
  }
  bounded('state', target.state, maxOpaqueLength)
  const codeChallenge = parseCodeChallenge(
    parameters.get('code_challenge'),
    parameters.get('code_challenge_method'),
  )
  if (codeChallenge === undefined && (pkceRequired || requiresPkce(client))) {
    throw new OAuthError('invalid_request', {
      description: 'code_challenge is required (RFC 7636)',
      reason: 'pkce',
    })
  }
  const dpopJkt = parameters.get('dpop_jkt')
  if (dpopJkt !== undefined && !thumbprintPattern.test(dpopJkt)) {
    throw new OAuthError('invalid_request', { description: 'dpop_jkt must be a SHA-256 thumbprint' })
  }
  const resources = requestedResources(parameters.all('resource'), client, catalogue)
  const scopes = requestedScopes(parameters.get('scope'), client, resources, catalogue)
  const asked = parameters.get('claims')
  parseClaimsRequest(asked)
  const acrValues = bounded('acr_values', parameters.get('acr_values'), maxOpaqueLength)
  const claimsRequest = withAcrValues(asked, acrValues)
  const claims = parseClaimsRequest(claimsRequest)
  const wanted = wantedContexts(claims)
  const contexts = wanted.values.filter(isAuthenticationContext)
  // OpenID Connect Core §5.5.1.1: what cannot be had is a failed sign-in, not one that says less.
  if (wanted.essential && contexts.length === 0) {
    throw new OAuthError('unmet_authentication_requirements', {
      description: 'no requested acr can be reached here',
    })
  }
  return {
    target,
    scopes,
    resources,
    codeChallenge,
    nonce: bounded('nonce', parameters.get('nonce'), maxOpaqueLength),
    prompt: parsePrompt(bounded('prompt', parameters.get('prompt'), maxOpaqueLength)),
    maxAge: parseMaxAge(parameters.get('max_age')) ?? client.metadata.defaultMaxAge,
    // An unknown hint is no error, so one too long to be any is none either.
    loginHint: parameters.get('login_hint')?.slice(0, maxLoginHintLength),
    idTokenHint: bounded('id_token_hint', parameters.get('id_token_hint'), maxHintLength),
    claimsRequest,
    claims,
    contexts: { wanted: contexts, essential: wanted.essential },
    askedScopes: [...new Set([...scopes, ...scopesOfClaims(claims, client)])],
    dpopJkt,
  }
}

function bounded(name: string, value: string | undefined, maxLength: number): string | undefined {
  if (value !== undefined && value.length > maxLength) {
    throw new OAuthError('invalid_request', { description: `${name} is longer than ${maxLength} characters` })
  }
  return value
}

/** OpenID Connect Core §3.1.2.1: `none` stands alone. A word nobody has defined changes nothing. */
function parsePrompt(text: string | undefined): ReadonlySet<Prompt> {
  const words = text?.split(' ') ?? []
  const known = new Set(prompts.filter((prompt) => words.includes(prompt)))
  if (known.has('none') && known.size > 1) {
    throw new OAuthError('invalid_request', { description: 'prompt=none excludes other prompts' })
  }
  return known
}

function parseMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) {
    throw new OAuthError('invalid_request', { description: 'max_age must be a number of seconds' })
  }
  return Number(text)
}
