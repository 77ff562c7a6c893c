/** The authorization code flow as tests walk it: clients with redirect URIs, and a browser between them and the server. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Client } from '../../src/oauth/client.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'
import type { ClientId } from '../../src/shared/ids.ts'
import { newClient } from '../../src/storage/conformance/fixtures.ts'
import type { Tokens } from './oauth-client.ts'
import type { Fields, JsonResponse, TestApp, TestBrowser } from './test-app.ts'

export const callback = 'https://app.example/callback'
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const challenge = hash('sha256', verifier, 'base64url')
export const pkce = { code_challenge: challenge, code_challenge_method: 'S256' } as const

export interface WebClient {
  id: ClientId
  /** `Authorization` header; `undefined` for a public client. */
  basic: string | undefined
}

/** A client of the code flow, straight into the database. Confidential unless `given` says otherwise. */
export async function webClient(test: TestApp, given: Partial<Client> = {}): Promise<WebClient> {
  const secret = 'a-secret-for-tests-that-nobody-guesses'
  const client = newClient({
    name: 'Web app',
    type: 'confidential',
    secretHash: hashClientSecret(secret),
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'write'],
    redirectUris: [callback],
    ...given,
  })
  if (client.type === 'public') client.secretHash = undefined
  await test.app.storage.transaction((tx) => tx.clients.insert(client))
  const basic = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`
  return { id: client.id, basic: client.type === 'public' ? undefined : basic }
}

export function authorizeUrl(fields: Fields): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const text of value === undefined ? [] : [value].flat()) query.append(name, text)
  }
  return `/oauth/authorize?${query}`
}

/** A request of `client` with what most tests want; a field set to `undefined` is left out. */
export function authorize(
  browser: TestBrowser,
  client: { id: string },
  fields: Fields = {},
): Promise<JsonResponse> {
  return browser.get(
    authorizeUrl({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: callback,
      scope: 'read',
      state: 'the state',
      ...pkce,
      ...fields,
    }),
  )
}

export function hiddenField(page: string, name: string): string {
  const value = new RegExp(`<input[^>]* name="${name}"(?: [a-z]+(?:="[^"]*")?)*? value="([^"]*)"`).exec(
    page,
  )?.[1]
  assert.ok(value !== undefined, `the page has no field ${name}`)
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

/** Answers the consent page that `asked` is. */
export function decide(
  browser: TestBrowser,
  asked: JsonResponse,
  action: 'approve' | 'deny',
  fields: Fields = {},
): Promise<JsonResponse> {
  assert.equal(asked.status, 200, asked.text)
  return browser.submit('/oauth/authorize', {
    client_id: hiddenField(asked.text, 'client_id'),
    request_uri: hiddenField(asked.text, 'request_uri'),
    action,
    ...fields,
  })
}

/** What a redirect to a client says. */
export function redirected(answer: JsonResponse, to = callback): Record<string, string> {
  assert.equal(answer.status, 303, answer.text)
  const location = String(answer.headers.location)
  assert.ok(location.startsWith(to), location)
  const query = new URLSearchParams(location.slice(location.indexOf('?')))
  for (const name of new Set(query.keys())) assert.equal(query.getAll(name).length, 1)
  return Object.fromEntries(query)
}

/** From the request to the code, asked or not. */
export async function obtainCode(
  test: TestApp,
  client: { id: string },
  fields: Fields = {},
  browser?: TestBrowser,
): Promise<string> {
  const person = browser ?? (await test.signedIn())
  let answer = await authorize(person, client, fields)
  if (answer.status === 200) answer = await decide(person, answer, 'approve')
  const to = fields.redirect_uri === undefined ? callback : String(fields.redirect_uri)
  const { code } = redirected(answer, to)
  assert.ok(code !== undefined, String(answer.headers.location))
  return code
}

export function redeem(
  test: TestApp,
  client: WebClient,
  code: string,
  fields: Fields = {},
): Promise<JsonResponse> {
  return test.post(
    '/oauth/token',
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: callback,
      code_verifier: verifier,
      ...(client.basic === undefined ? { client_id: client.id } : {}),
      ...fields,
    },
    client.basic === undefined ? {} : { authorization: client.basic },
  )
}

export async function signInWeb(test: TestApp, client: WebClient, fields: Fields = {}): Promise<Tokens> {
  const answer = await redeem(test, client, await obtainCode(test, client, fields))
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}
