/** Clients of the FAPI 2.0 plan: a key to authenticate with, and one to bind tokens to. */
import assert from 'node:assert/strict'
import type { JWTPayload } from 'jose'
import { challenge, verifier } from './authorization.ts'
import { assertionFields, generateKey, type KeyPair, signAssertion } from './client-assertion.ts'
import {
  callback,
  checkCode,
  checkIdToken,
  checkTokenResponse,
  entropyBits,
  issuer,
  mediaType,
  type Provider,
  randomText,
  type Visit,
  visit,
} from './conformance.ts'
import { type DpopKey, dpopKey, makeProof, type ProofOptions } from './dpop.ts'
import type { Fields, JsonResponse, TestBrowser } from './test-app.ts'

export type Flavour = 'openid_connect' | 'plain_oauth'

export interface FapiClient {
  id: string
  key: KeyPair
  dpop: DpopKey
  redirectUri: string
  scope: string
}

/** As `authgate client create --profile fapi2` makes it. */
export async function fapiClient(
  provider: Provider,
  flavour: Flavour,
  { algorithm = 'PS256', redirectUri = callback }: { algorithm?: string; redirectUri?: string } = {},
): Promise<FapiClient> {
  const [key, dpop] = await Promise.all([generateKey(algorithm, `client-${randomText(8)}`), dpopKey('PS256')])
  const { client } = await provider.administration.clients.create(
    {
      name: `FAPI client with ${algorithm}`,
      grants: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email offline_access read',
      redirectUris: [redirectUri],
      securityProfile: 'fapi2',
      metadata: { jwks: { keys: [{ ...key.publicJwk, alg: algorithm, use: 'sig' }] } },
    },
    { type: 'system' },
  )
  const scope = flavour === 'openid_connect' ? 'openid email' : 'read'
  return { id: client.id, key, dpop, redirectUri, scope }
}

export function proofFor(
  provider: Provider,
  key: DpopKey,
  path: string,
  { claims, ...options }: ProofOptions = {},
): Promise<string> {
  return makeProof(provider, key, path, { ...options, claims: { htu: issuer + path, ...claims } })
}

export interface Assertion {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: KeyPair
}

export async function asserted(
  provider: Provider,
  client: FapiClient,
  { claims = {}, header = {}, key = client.key }: Assertion = {},
): Promise<Fields> {
  const text = await signAssertion(provider, client.id, key, { claims: { aud: issuer, ...claims }, header })
  return assertionFields(text)
}

export interface Pushed {
  assertion?: Assertion
  /** The `DPoP` header field. */
  proof?: string | undefined
}

/** What the suite pushes; a field set to `undefined` is left out. */
export function pushFields(client: FapiClient, fields: Fields = {}): Fields {
  return {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope: client.scope,
    state: randomText(10),
    ...(client.scope.includes('openid') ? { nonce: randomText(10) } : {}),
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...fields,
  }
}

export async function push(
  provider: Provider,
  client: FapiClient,
  fields: Fields,
  { assertion, proof }: Pushed = {},
): Promise<JsonResponse> {
  return provider.post(
    '/oauth/par',
    { ...fields, ...(await asserted(provider, client, assertion)) },
    { accept: 'application/json', ...(proof === undefined ? {} : { dpop: proof }) },
  )
}

/** @returns the `request_uri`, its answer checked. */
export function checkPushed(answer: JsonResponse): string {
  assert.equal(answer.status, 201, answer.text)
  assert.equal(mediaType(answer), 'application/json')
  const { request_uri, expires_in } = answer.body
  assert.ok(entropyBits(request_uri) > 96)
  assert.ok(typeof expires_in === 'number' && expires_in >= 5 && expires_in < 600)
  return request_uri
}

/** Where the suite sends the browser: it repeats some of what was pushed, which counts for nothing. */
export function pushedRequest(client: FapiClient, requestUri: string, pushed: Fields = {}): Fields {
  const { response_type, scope, redirect_uri } = pushed
  return { client_id: client.id, request_uri: requestUri, response_type, scope, redirect_uri }
}

export interface Asked {
  done: Visit
  code: string
  fields: Fields
}

/** From the pushed request to the code. */
export async function askCode(
  provider: Provider,
  client: FapiClient,
  browser: TestBrowser,
  changes: Fields = {},
  { beside = {}, ...pushed }: Pushed & { beside?: Fields } = {},
): Promise<Asked> {
  const fields = pushFields(client, changes)
  const requestUri = checkPushed(await push(provider, client, fields, pushed))
  const done = await visit(browser, { ...pushedRequest(client, requestUri, fields), ...beside })
  const code = checkCode(done, { state: fields.state as string | undefined, uri: client.redirectUri })
  return { done, code, fields }
}

export interface TokenOptions {
  assertion?: Assertion
  /** Another key than the client's. */
  dpop?: DpopKey
  /** The `DPoP` header field in its stead; `null` for none. */
  proof?: string | null
  proofClaims?: Record<string, unknown>
}

export async function askToken(
  provider: Provider,
  client: FapiClient,
  fields: Fields,
  { assertion, dpop = client.dpop, proof, proofClaims = {} }: TokenOptions = {},
): Promise<JsonResponse> {
  const field =
    proof === undefined ? await proofFor(provider, dpop, '/oauth/token', { claims: proofClaims }) : proof
  return provider.post(
    '/oauth/token',
    { ...fields, ...(await asserted(provider, client, assertion)) },
    { accept: 'application/json', ...(field === null ? {} : { dpop: field }) },
  )
}

export function redeemFields(client: FapiClient, code: string, fields: Fields = {}): Fields {
  return {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
    ...fields,
  }
}

export interface FapiTokens {
  asked: Asked
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  tokens: any
  claims: JWTPayload | undefined
}

export async function fapiFlow(
  provider: Provider,
  client: FapiClient,
  browser: TestBrowser,
  changes: Fields = {},
  options: Parameters<typeof askCode>[4] & { token?: TokenOptions } = {},
): Promise<FapiTokens> {
  const asked = await askCode(provider, client, browser, changes, options)
  const answer = await askToken(provider, client, redeemFields(client, asked.code), options.token)
  return { asked, ...(await checkFapiTokens(provider, client, answer, asked.fields)) }
}

/** An ID token with OpenID Connect, signed as the profile wants it; none without. */
export async function checkFapiTokens(
  provider: Provider,
  client: FapiClient,
  answer: JsonResponse,
  fields: Fields,
): Promise<Pick<FapiTokens, 'tokens' | 'claims'>> {
  const openid = client.scope.includes('openid')
  checkTokenResponse(answer, { type: 'dpop', idToken: openid })
  const tokens = answer.body
  if (!openid) return { tokens, claims: undefined }
  const claims = await checkIdToken(provider, tokens.id_token, {
    clientId: client.id,
    nonce: fields.nonce as string | undefined,
    algorithm: 'ES256',
    accessToken: tokens.access_token,
  })
  return { tokens, claims }
}

/** A resource of the provider's own: userinfo where there is a person to tell of. */
export function resourceOf(client: FapiClient): string {
  return client.scope.includes('openid') ? '/oauth/userinfo' : '/oauth/tokeninfo'
}

export async function askResource(
  provider: Provider,
  client: FapiClient,
  token: string,
  options: ProofOptions & {
    scheme?: string
    dpop?: DpopKey
    /** The `DPoP` header field in its stead; `null` for none. */
    field?: string | null
    headers?: Record<string, string>
  } = {},
): Promise<JsonResponse> {
  const { scheme = 'DPoP', dpop = client.dpop, field, headers = {}, ...proof } = options
  const path = resourceOf(client)
  const made =
    field === undefined ? await proofFor(provider, dpop, path, { method: 'GET', token, ...proof }) : field
  return provider.get(path, {
    authorization: `${scheme} ${token}`,
    ...(made === null ? {} : { dpop: made }),
    ...headers,
  })
}

export function checkResource(answer: JsonResponse): void {
  assert.equal(answer.status, 200, answer.text)
  assert.equal(mediaType(answer), 'application/json')
  assert.ok(answer.headers.date)
}
