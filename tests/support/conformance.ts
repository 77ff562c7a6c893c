/**
 * What the OpenID Foundation's conformance suite does to a provider, as the tests do it: an issuer with `https`, a
 * network of its own, browsers that sign in and allow, and the checks that the suite makes in every module.
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { type Outbound, OutboundError } from '../../src/outbound/outbound.ts'
import { hiddenField } from './authorization.ts'
import {
  type Fields,
  type JsonResponse,
  startTestApp,
  type TestApp,
  type TestAppOptions,
  type TestBrowser,
} from './test-app.ts'

export const issuer = 'https://op.example.com'
/** Where the suite's own pages are, by the alias of a run. */
export const suite = 'https://suite.example.com/test/a/authgate'
export const callback = `${suite}/callback`

/** The suite's servers, as far as this one sees them. */
export interface Network extends Outbound {
  /** What `GET` answers, by URL. */
  documents: Map<string, unknown>
  files: Map<string, Buffer>
  /** Files that were asked for, in their order. */
  fetched: string[]
  posts: { url: string; fields: Readonly<Record<string, string>> }[]
}

function createNetwork(): Network {
  const self: Network = {
    documents: new Map(),
    files: new Map(),
    fetched: [],
    posts: [],
    async getJson({ url }) {
      const document = self.documents.get(url)
      if (document === undefined) throw new OutboundError('connection')
      return document
    },
    async getDocument() {
      throw new OutboundError('connection')
    },
    async getBytes({ url, maxBytes }) {
      const bytes = self.files.get(url)
      if (bytes === undefined) throw new OutboundError('connection')
      if (bytes.length > maxBytes) throw new OutboundError('too_large')
      self.fetched.push(url)
      return bytes
    },
    async postForm({ url }, fields) {
      self.posts.push({ url, fields })
    },
  }
  return self
}

export interface Provider extends TestApp {
  network: Network
  /** `https` paths of this server, as the suite reads them from the discovery document. */
  path(url: string): string
}

export const username = 'buffy'
export const password = 'the password of the test user'

export async function startProvider(options: TestAppOptions = {}): Promise<Provider> {
  const network = createNetwork()
  const test = await startTestApp({
    outbound: network,
    ...options,
    environment: {
      BASE_URL: issuer,
      ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'true',
      ...options.environment,
    },
  })
  await test.administration.accounts.create(
    {
      username,
      email: 'buffy@example.com',
      emailVerified: true,
      fullName: 'Buffy Summers',
      role: 'user',
      password,
      passwordChangeRequired: false,
    },
    { type: 'system' },
  )
  const { browser } = test
  return Object.assign(test, {
    network,
    browser(given?: Parameters<typeof browser>[0]) {
      const own = browser(given)
      const { submit } = own
      return Object.assign(own, {
        submit(path: string, fields?: Fields) {
          // A person takes a second to type a password.
          if (path === '/login') test.clock.advance(1)
          return submit(path, fields)
        },
      })
    },
    path: (url: string): string => {
      assert.ok(url.startsWith(`${issuer}/`), url)
      return url.slice(issuer.length)
    },
  })
}

export async function discover(provider: Provider, document = 'openid-configuration') {
  const answer = await provider.get(`/.well-known/${document}`)
  assert.equal(answer.status, 200)
  assert.equal(mediaType(answer), 'application/json')
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape.
  return answer.body as Record<string, any>
}

export function mediaType(answer: JsonResponse): string {
  return String(answer.headers['content-type']).split(';', 1)[0]!.trim()
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Letters and digits. */
export function randomText(length: number): string {
  return Array.from({ length }, () => letters[Math.floor(randomNumber() * letters.length)]).join('')
}

let seed = 42
/** The same every time, so that a run that fails can be repeated. */
function randomNumber(): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

/** 128 characters, as the suite sends them where it tests what becomes of a long one. */
export function longState(): string {
  return `${randomText(124)}-._~`
}

// Browsers

/** What a browser went through for one request, until it stopped. */
export interface Visit {
  /** Pages that were answered, in their order. */
  pages: ('login' | 'consent' | 'error' | 'form_post')[]
  /** The last page, if the browser still shows one. */
  page: JsonResponse | undefined
  /** What the client's redirect URI was told. */
  response:
    | { method: 'GET' | 'POST'; uri: string; query: URLSearchParams; fields: Record<string, string> }
    | undefined
}

export interface VisitOptions {
  /** What the person does with a question. */
  action?: 'approve' | 'deny'
  /** The request goes out as a form. */
  post?: boolean
  /** The person stays at the sign-in form. */
  stayAtLogin?: boolean
}

/** Takes a request of a client through a browser, as its person signs in and allows. */
export async function visit(
  browser: TestBrowser,
  fields: Fields,
  { action = 'approve', post = false, stayAtLogin = false }: VisitOptions = {},
): Promise<Visit> {
  const pages: Visit['pages'] = []
  let answer = post
    ? await browser.post('/oauth/authorize', fields)
    : await browser.get(`/oauth/authorize?${queryOf(fields)}`)
  for (let step = 0; step < 10; step++) {
    const location = answer.headers.location === undefined ? undefined : String(answer.headers.location)
    if (location !== undefined) {
      assert.equal(answer.status, 303)
      if (!location.startsWith('/')) return arrived(pages, 'GET', location, {})
      answer = await browser.get(location)
      continue
    }
    if (answer.text.includes('name="password"')) {
      pages.push('login')
      if (stayAtLogin) return { pages, page: answer, response: undefined }
      answer = await browser.submit('/login', {
        username,
        password,
        redirect: hiddenField(answer.text, 'redirect'),
      })
      assert.equal(answer.status, 303, answer.text)
      continue
    }
    const form = /<form method="post" action="(https:[^"]+)"/.exec(answer.text)?.[1]
    if (answer.status === 200 && form !== undefined) {
      pages.push('form_post')
      checkFormPostPage(answer)
      return arrived(pages, 'POST', form.replaceAll('&amp;', '&'), hiddenFields(answer.text))
    }
    if (answer.status === 200) {
      pages.push('consent')
      answer = await browser.submit('/oauth/authorize', {
        client_id: hiddenField(answer.text, 'client_id'),
        request_uri: hiddenField(answer.text, 'request_uri'),
        action,
      })
      continue
    }
    pages.push('error')
    return { pages, page: answer, response: undefined }
  }
  throw new Error('the browser goes in circles')
}

/**
 * Follows the one way an error page leads on. An app that nobody here vouches for is told of a mistake only by a press
 * of its person (RFC 9700 §4.11.2); the suite's browser presses it as it presses the buttons of other pages.
 */
export function wayBack({ pages, page }: Visit): Visit {
  assert.ok(page !== undefined, `there is no page, but ${pages.join()}`)
  assert.equal(page.status, 400)
  const form = /<form method="post" action="(https:[^"]+)"/.exec(page.text)?.[1]
  if (form !== undefined) {
    checkFormPostPage(page)
    return arrived(pages, 'POST', form.replaceAll('&amp;', '&'), hiddenFields(page.text))
  }
  const link = /<a [^>]*href="(https:[^"]+)"/.exec(page.text)?.[1]
  assert.ok(link !== undefined, page.text)
  return arrived(pages, 'GET', link.replaceAll('&amp;', '&'), {})
}

function arrived(
  pages: Visit['pages'],
  method: 'GET' | 'POST',
  location: string,
  fields: Record<string, string>,
): Visit {
  const url = new URL(location)
  assert.equal(url.hash, '', 'nothing in the fragment')
  const uri = url.origin + url.pathname
  return { pages, page: undefined, response: { method, uri, query: url.searchParams, fields } }
}

/** Section 7: a form that sends itself, and can be sent by hand; allowed to, and kept by nobody. */
function checkFormPostPage(answer: JsonResponse): void {
  assert.match(answer.text, /<button type="submit"/)
  assert.match(String(answer.headers['cache-control']), /no-store/)
  assert.doesNotMatch(String(answer.headers['content-security-policy']), /form-action/)
}

export function queryOf(fields: Fields): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const text of value === undefined ? [] : [value].flat()) query.append(name, text)
  }
  return query.toString()
}

export function hiddenFields(page: string): Record<string, string> {
  const names = [...page.matchAll(/<input type="hidden" name="([^"]+)"/g)].map(([, name]) => name!)
  return Object.fromEntries(names.map((name) => [name, hiddenField(page, name)]))
}

// Standing checks (section 3)

/** Section 3.8: what the redirect URI was told, checked for its place, the state and the issuer. */
export function checkResponse(
  { response, page }: Visit,
  sent: { state?: string | undefined; mode?: string | undefined; uri?: string },
): Record<string, string> {
  assert.ok(response !== undefined, page?.text ?? 'no answer')
  const to = new URL(sent.uri ?? callback)
  assert.equal(response.uri, to.origin + to.pathname)
  const posted = sent.mode === 'form_post'
  assert.equal(response.method, posted ? 'POST' : 'GET')
  const query: Record<string, string> = {}
  for (const name of new Set(response.query.keys())) {
    assert.equal(response.query.getAll(name).length, 1, `${name} once`)
    query[name] = response.query.get(name)!
  }
  // The registered address keeps a query of its own.
  for (const [name, value] of to.searchParams) {
    assert.equal(query[name], value)
    delete query[name]
  }
  if (posted) assert.deepEqual(query, {}, 'nothing in the URL')
  const fields = posted ? response.fields : query
  assert.equal(fields.state, sent.state, 'the state, or none')
  assert.equal(fields.iss, issuer)
  const members = 'error' in fields ? ['error', 'error_description', 'error_uri'] : ['code']
  for (const name of Object.keys(fields)) {
    assert.ok([...members, 'state', 'iss', 'session_state'].includes(name), `${name} is unexpected`)
  }
  return fields
}

/** @returns the code. */
export function checkCode(done: Visit, sent: Parameters<typeof checkResponse>[1]): string {
  const { code, error } = checkResponse(done, sent)
  assert.ok(code !== undefined, error ?? 'no code')
  assert.ok(code.length >= 16)
  assert.ok(entropyBits(code) > 96, `${entropyBits(code)} bits`)
  return code
}

/** Section 3.7. */
export function checkErrorResponse(
  done: Visit,
  sent: Parameters<typeof checkResponse>[1],
  codes: readonly string[],
): void {
  const fields = checkResponse(done, sent)
  assert.ok(codes.includes(fields.error!), `${fields.error} is not among ${codes.join()}`)
  assert.equal('code' in fields, false)
  checkErrorText(fields)
}

/** Section 4: a page that stays, names the problem, and sends nobody anywhere by itself. */
export function checkErrorPage({ pages, page, response }: Visit, phrase: RegExp): void {
  assert.equal(response, undefined)
  assert.equal(pages.at(-1), 'error')
  assert.equal(page!.status, 400)
  assert.match(String(page!.headers['content-type']), /^text\/html/)
  assert.equal(page!.headers.refresh, undefined)
  assert.doesNotMatch(page!.text, /http-equiv/i)
  assert.match(page!.text, phrase)
}

function checkErrorText(body: { error?: string; error_description?: string; error_uri?: string }): void {
  assert.match(body.error!, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  if (body.error_description !== undefined) {
    assert.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  }
  assert.equal(body.error_uri, undefined)
}

/** Section 3.7: an error of the token endpoint, a pushed request or a registration. */
export function checkJsonError(answer: JsonResponse, codes: readonly string[]): void {
  assert.equal(mediaType(answer), 'application/json')
  const { error } = answer.body
  assert.ok(codes.includes(error), `${error} is not among ${codes.join()}`)
  assert.ok(answer.status === 400 || (error === 'invalid_client' && answer.status === 401), answer.text)
  checkErrorText(answer.body)
}

/** The suite's estimate: from how often each character occurs in this one text. */
export function entropyBits(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let perCharacter = 0
  for (const count of counts.values()) {
    const share = count / text.length
    perCharacter -= share * Math.log2(share)
  }
  return perCharacter * text.length
}

function checkTokenText(token: unknown): void {
  assert.equal(typeof token, 'string')
  assert.match(token as string, /^[\x20-\x7e]{16,}$/)
  assert.ok(entropyBits(token as string) > 96)
}

/** Section 3.4. */
export function checkTokenResponse(
  answer: JsonResponse,
  expected: { type?: 'bearer' | 'dpop'; idToken?: boolean } = {},
): void {
  assert.equal(answer.status, 200, answer.text)
  assert.equal(mediaType(answer), 'application/json')
  assert.match(String(answer.headers['cache-control']), /no-store/)
  const { body } = answer
  assert.equal('error' in body, false)
  checkTokenText(body.access_token)
  assert.equal(String(body.token_type).toLowerCase(), expected.type ?? 'bearer')
  assert.equal(typeof body.expires_in, 'number')
  assert.ok(body.expires_in > 0 && body.expires_in <= 31_536_000)
  if (body.refresh_token !== undefined) checkTokenText(body.refresh_token)
  assert.equal('id_token' in body, expected.idToken ?? true)
}

export async function fetchJwks(provider: Provider): Promise<JSONWebKeySet> {
  const answer = await provider.get('/.well-known/jwks.json')
  assert.equal(answer.status, 200)
  return answer.body
}

/** Section 3.2. */
export async function checkJwks(provider: Provider): Promise<JSONWebKeySet> {
  const jwks = await fetchJwks(provider)
  assert.ok(Array.isArray(jwks.keys) && jwks.keys.length > 0)
  const base64url = /^[A-Za-z0-9_-]+$/
  const kids = new Set<string>()
  for (const key of jwks.keys) {
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) assert.equal(secret in key, false)
    assert.ok(key.kid !== undefined && key.kid.trim() !== '')
    assert.equal(kids.has(key.kid), false, 'a kid is used once')
    kids.add(key.kid)
    assert.equal(key.use, 'sig')
    if (key.kty === 'RSA') {
      assert.match(key.n!, base64url)
      assert.match(key.e!, base64url)
      assert.ok(Buffer.from(key.n!, 'base64url').length * 8 >= 2048)
    } else {
      assert.equal(key.kty, 'EC')
      assert.equal(key.crv, 'P-256')
      assert.match(key.x!, base64url)
      assert.match(key.y!, base64url)
    }
    // It parses, and is the key its name says.
    assert.equal(await calculateJwkThumbprint(key), key.kid)
  }
  return jwks
}

/** What this server may say without being asked: section 3.3. */
const ordinaryClaims = new Set(
  'iss sub aud exp iat auth_time nonce acr amr azp at_hash c_hash s_hash nbf jti sid txn'.split(' '),
)

export interface IdTokenExpectations {
  clientId: string
  nonce?: string | undefined
  algorithm?: string
  accessToken?: string
  /** `max_age` was sent. */
  needsAuthTime?: boolean
}

/** Section 3.3, as the suite checks an ID token. */
export async function checkIdToken(
  provider: Provider,
  idToken: string,
  expected: IdTokenExpectations,
): Promise<JWTPayload & { auth_time?: number }> {
  const { alg, kid } = decodeProtectedHeader(idToken)
  assert.equal(alg, expected.algorithm ?? 'RS256')
  assert.ok(typeof kid === 'string' && kid !== '')
  const { keys } = await checkJwks(provider)
  const chosen = keys.filter((key) => key.kid === kid)
  assert.equal(chosen.length, 1)
  assert.ok(chosen[0]!.alg === undefined || chosen[0]!.alg === alg)
  const { payload } = await jwtVerify(idToken, createLocalJWKSet({ keys: chosen }), {
    issuer,
    audience: expected.clientId,
    currentDate: new Date(provider.clock.now()),
  })
  const now = provider.clock.now() / 1000
  assert.equal(payload.iss, issuer)
  assert.ok(typeof payload.exp === 'number' && payload.exp < now + 50 * 365 * 86_400)
  assert.ok(typeof payload.iat === 'number' && Math.abs(payload.iat - now) <= 300)
  const authTime = payload.auth_time
  if (authTime !== undefined || expected.needsAuthTime === true) {
    assert.ok(typeof authTime === 'number' && authTime <= now + 300 && authTime > now - 365 * 86_400)
  }
  assert.equal(payload.nonce, expected.nonce)
  assert.equal('nonce' in payload, expected.nonce !== undefined)
  assert.match(payload.sub!, /^[\x20-\x7e]{1,255}$/)
  if (expected.accessToken !== undefined && payload.at_hash !== undefined) {
    const half = hash('sha256', expected.accessToken, 'buffer').subarray(0, 16)
    assert.equal(payload.at_hash, half.toString('base64url'))
  }
  for (const name of Object.keys(payload)) assert.ok(ordinaryClaims.has(name), `${name} is not asked for`)
  return payload as JWTPayload & { auth_time?: number }
}

const stringClaims = new Set(
  `name given_name family_name middle_name nickname preferred_username profile picture website email gender zoneinfo
   locale phone_number`.split(/\s+/),
)
const booleanClaims = new Set(['email_verified', 'phone_number_verified'])

/** Section 3.5. */
export function checkUserinfo(answer: JsonResponse, sub: string | undefined): Record<string, unknown> {
  assert.equal(answer.status, 200, answer.text)
  assert.equal(mediaType(answer), 'application/json')
  checkUserinfoClaims(answer.body, sub)
  return answer.body
}

export function checkUserinfoClaims(claims: Record<string, unknown>, sub: string | undefined): void {
  assert.equal(claims.sub, sub)
  for (const [name, value] of Object.entries(claims)) {
    if (stringClaims.has(name)) {
      assert.ok(typeof value === 'string' && value.trim() !== '' && value !== 'null', name)
    } else if (booleanClaims.has(name)) assert.equal(typeof value, 'boolean')
    else if (name === 'updated_at') {
      assert.ok(typeof value === 'number' && value > 631_152_000 && value < 4_102_444_800)
    } else assert.ok(name === 'sub' || name === 'iss', `${name} is unexpected`)
  }
}

/** Section 3.9. */
export function checkRegistration(answer: JsonResponse): Record<string, string> {
  assert.equal(answer.status, 201, answer.text)
  assert.equal(mediaType(answer), 'application/json')
  const { body } = answer
  assert.equal('error' in body, false)
  assert.ok(body.client_id)
  assert.match(body.registration_client_uri, /^https:\/\//)
  assert.ok(body.registration_access_token)
  if ('client_secret' in body) assert.equal(typeof body.client_secret_expires_at, 'number')
  return body
}

/** Section 3.1, for a provider that has the code flow only. */
export async function checkDiscovery(provider: Provider): Promise<Record<string, unknown>> {
  const found = await discover(provider)
  assert.equal(found.issuer, issuer)
  for (const [name, value] of Object.entries(found)) {
    assert.notEqual(value, null, name)
    if (!name.endsWith('_endpoint') && name !== 'jwks_uri') continue
    assert.match(String(value), /^https:\/\/op\.example\.com\/[^?#]+$/, name)
  }
  for (const name of ['authorization', 'token', 'userinfo', 'registration', 'end_session']) {
    assert.equal(typeof found[`${name}_endpoint`], 'string')
  }
  for (const name of Object.keys(found).filter((key) => key.endsWith('_supported'))) {
    if (booleanMembers.has(name)) assert.equal(typeof found[name], 'boolean', name)
    else {
      assert.ok(Array.isArray(found[name]) && found[name].length > 0, name)
      assert.ok(
        found[name].every((item: unknown) => typeof item === 'string'),
        name,
      )
    }
  }
  assert.deepEqual(found.response_types_supported, ['code'])
  assert.ok(found.subject_types_supported.includes('public'))
  assert.ok(found.id_token_signing_alg_values_supported.includes('RS256'))
  assert.equal(found.id_token_signing_alg_values_supported.includes('none'), false)
  assert.ok(found.userinfo_signing_alg_values_supported.includes('RS256'))
  assert.ok(found.scopes_supported.includes('openid'))
  for (const scope of found.scopes_supported) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
  assert.ok(found.grant_types_supported.includes('authorization_code'))
  assert.ok(found.code_challenge_methods_supported.includes('S256'))
  assert.ok(found.response_modes_supported.includes('form_post'))
  for (const tag of found.ui_locales_supported) assert.deepEqual(Intl.getCanonicalLocales(tag), [tag])
  for (const method of ['client_secret_basic', 'client_secret_post', 'private_key_jwt']) {
    assert.ok(found.token_endpoint_auth_methods_supported.includes(method))
  }
  for (const name of Object.keys(found)) assert.ok(knownMembers.has(name), `${name} is in no specification`)
  return found
}

const booleanMembers = new Set(
  `claims_parameter_supported request_parameter_supported request_uri_parameter_supported
   authorization_response_iss_parameter_supported backchannel_logout_supported
   backchannel_logout_session_supported`.split(/\s+/),
)

/** RFC 8414, OpenID Connect Discovery, and what other specifications added to either. */
const knownMembers = new Set(
  `issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint scopes_supported
   response_types_supported response_modes_supported grant_types_supported subject_types_supported
   id_token_signing_alg_values_supported userinfo_signing_alg_values_supported token_endpoint_auth_methods_supported
   token_endpoint_auth_signing_alg_values_supported claim_types_supported claims_supported acr_values_supported ui_locales_supported
   claims_parameter_supported request_parameter_supported request_uri_parameter_supported
   code_challenge_methods_supported revocation_endpoint revocation_endpoint_auth_methods_supported
   revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint
   introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
   introspection_signing_alg_values_supported device_authorization_endpoint pushed_authorization_request_endpoint
   require_pushed_authorization_requests
   authorization_response_iss_parameter_supported dpop_signing_alg_values_supported end_session_endpoint
   backchannel_logout_supported backchannel_logout_session_supported`.split(/\s+/),
)
