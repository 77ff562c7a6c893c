/** Clients of the conformance suite: registered by hand or by themselves, with a secret or a key. */
import assert from 'node:assert/strict'
import type { JWK, JWTPayload } from 'jose'
import type { Client } from '../../src/oauth/client.ts'
import { webClient } from './authorization.ts'
import { assertionFields, generateKey, type KeyPair, signAssertion } from './client-assertion.ts'
import {
  callback,
  checkCode,
  checkIdToken,
  checkRegistration,
  checkTokenResponse,
  issuer,
  type Provider,
  randomText,
  suite,
  type Visit,
  visit,
} from './conformance.ts'
import { manage, register } from './registration.ts'
import type { Fields, JsonResponse, TestBrowser } from './test-app.ts'

export interface RelyingParty {
  id: string
  redirectUri: string
  /** What goes along with a token request. A new assertion each time, where it has a key. */
  credentials(): Promise<{ fields: Fields; headers: Record<string, string> }>
  /** The answer to its registration, if it registered itself. */
  registration?: Record<string, string>
  key?: KeyPair
}

/** Form-encoded before base64, as RFC 6749 §2.3.1 wants it. */
function basic(id: string, secret: string): string {
  const encoded = [id, secret].map((text) => new URLSearchParams({ text }).toString().slice(5)).join(':')
  return `Basic ${Buffer.from(encoded).toString('base64')}`
}

/** A client an operator registered for the plan. */
export async function staticClient(
  provider: Provider,
  method: 'client_secret_basic' | 'client_secret_post' = 'client_secret_basic',
  given: Partial<Client> = {},
): Promise<RelyingParty> {
  const client = await webClient(provider, {
    redirectUris: [callback],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    ...given,
    metadata: {
      tokenEndpointAuthMethod: method,
      postLogoutRedirectUris: [`${suite}/post_logout_redirect`],
      backchannelLogoutUri: `${suite}/backchannel_logout`,
      backchannelLogoutSessionRequired: true,
      ...given.metadata,
    },
  })
  const [, secret = ''] = Buffer.from(client.basic!.slice(6), 'base64').toString().split(':')
  return {
    id: client.id,
    redirectUri: given.redirectUris?.[0] ?? callback,
    credentials: async () =>
      method === 'client_secret_basic'
        ? { fields: {}, headers: { authorization: basic(client.id, secret) } }
        : { fields: { client_id: client.id, client_secret: secret }, headers: {} },
  }
}

let clientKey: Promise<KeyPair> | undefined

/** What the suite registers unless a module wants something else (section 3.9): one RSA key without a `kid`. */
export async function registrationDocument(
  method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt',
): Promise<{ document: Record<string, unknown>; key: KeyPair }> {
  clientKey ??= generateKey('RS256')
  const key = await clientKey
  const jwk: JWK = { ...key.publicJwk, alg: 'RS256', use: 'sig' }
  return {
    key,
    document: {
      client_name: 'Conformance suite',
      grant_types: ['authorization_code'],
      jwks: { keys: [jwk] },
      token_endpoint_auth_method: method,
      response_types: ['code'],
      redirect_uris: [callback],
      contacts: ['certification@oidf.org'],
    },
  }
}

/** A client that registers itself, as each module of the dynamic variants does. */
export async function dynamicClient(
  provider: Provider,
  method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt',
  changes: Record<string, unknown> = {},
  key?: KeyPair,
): Promise<RelyingParty> {
  const usual = await registrationDocument(method)
  const document = Object.fromEntries(
    Object.entries({ ...usual.document, ...changes }).filter(([, value]) => value !== undefined),
  )
  const registration = checkRegistration(await register(provider, document))
  const { client_id: id = '', client_secret: secret = '' } = registration
  const signer = key ?? usual.key
  const redirectUri = (document.redirect_uris as string[])[0]!
  const party: RelyingParty = {
    id,
    redirectUri,
    registration,
    key: signer,
    async credentials() {
      if (method === 'client_secret_basic')
        return { fields: {}, headers: { authorization: basic(id, secret) } }
      if (method === 'client_secret_post') {
        return { fields: { client_id: id, client_secret: secret }, headers: {} }
      }
      return { fields: assertionFields(await assertion(provider, party)), headers: {} }
    },
  }
  return party
}

/** For the token endpoint, as the suite makes it for OpenID Connect: 60 seconds, its audience a string. */
export function assertion(
  provider: Provider,
  party: RelyingParty,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  return signAssertion(provider, party.id, party.key!, {
    claims: { aud: `${issuer}/oauth/token`, ...claims },
    header,
  })
}

/** The suite cleans up after each module: 204. */
export async function unregister(provider: Provider, party: RelyingParty): Promise<void> {
  if (party.registration === undefined) return
  const answer = await manage(provider, 'DELETE', party.id, party.registration.registration_access_token)
  assert.equal(answer.status, 204)
}

export interface SentRequest {
  fields: Fields
  state: string | undefined
  nonce: string | undefined
  mode: string | undefined
  uri: string
}

/** A request with the suite's defaults; a field set to `undefined` is left out. */
export function requestOf(party: RelyingParty, fields: Fields = {}): SentRequest {
  const all: Fields = {
    client_id: party.id,
    redirect_uri: party.redirectUri,
    scope: 'openid',
    state: randomText(10),
    nonce: randomText(10),
    response_type: 'code',
    ...fields,
  }
  return {
    fields: all,
    state: all.state as string | undefined,
    nonce: all.nonce as string | undefined,
    mode: all.response_mode as string | undefined,
    uri: (all.redirect_uri as string | undefined) ?? party.redirectUri,
  }
}

export async function tokenRequest(
  provider: Provider,
  party: RelyingParty,
  fields: Fields,
  headers: Record<string, string> = {},
): Promise<JsonResponse> {
  const credentials = await party.credentials()
  return provider.post(
    '/oauth/token',
    { ...fields, ...credentials.fields },
    { accept: 'application/json', ...headers, ...credentials.headers },
  )
}

export function redeemCode(
  provider: Provider,
  party: RelyingParty,
  code: string,
  fields: Fields = {},
): Promise<JsonResponse> {
  return tokenRequest(provider, party, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: party.redirectUri,
    ...fields,
  })
}

export interface SignedIn {
  done: Visit
  code: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  tokens: any
  claims: JWTPayload & { auth_time?: number }
}

/** The whole flow, every standing check included. */
export async function flow(
  provider: Provider,
  party: RelyingParty,
  browser: TestBrowser,
  fields: Fields = {},
  options: { post?: boolean; redeem?: Fields; algorithm?: string } = {},
): Promise<SignedIn> {
  const sent = requestOf(party, fields)
  const done = await visit(browser, sent.fields, options)
  const code = checkCode(done, sent)
  const answer = await redeemCode(provider, party, code, options.redeem)
  checkTokenResponse(answer)
  const claims = await checkIdToken(provider, answer.body.id_token, {
    clientId: party.id,
    nonce: sent.nonce,
    accessToken: answer.body.access_token,
    needsAuthTime: fields.max_age !== undefined,
    ...(options.algorithm === undefined ? {} : { algorithm: options.algorithm }),
  })
  return { done, code, tokens: answer.body, claims }
}

export function askUserinfo(provider: Provider, accessToken: string): Promise<JsonResponse> {
  return provider.get('/oauth/userinfo', {
    authorization: `Bearer ${accessToken}`,
    accept: 'application/json',
  })
}
