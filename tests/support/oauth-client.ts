/** Requests an OAuth client makes, as the tests make them. */
import assert from 'node:assert/strict'
import type { Fields, JsonResponse, TestApp } from './test-app.ts'

export const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export function requestDeviceCode(test: TestApp, fields: Fields = {}): Promise<JsonResponse> {
  return test.post('/oauth/device/code', { client_id: test.clientId, ...fields })
}

export function poll(test: TestApp, deviceCode: string, fields: Fields = {}): Promise<JsonResponse> {
  return test.post('/oauth/token', {
    grant_type: deviceCodeGrant,
    device_code: deviceCode,
    client_id: test.clientId,
    ...fields,
  })
}

export function refresh(test: TestApp, refreshToken: string, fields: Fields = {}): Promise<JsonResponse> {
  return test.post('/oauth/token', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: test.clientId,
    ...fields,
  })
}

export interface Tokens {
  access_token: string
  refresh_token: string
  scope: string
  expires_in: number
}

/** Takes a device through the whole flow: asks, has the administrator allow it, fetches the tokens. */
export async function signInDevice(test: TestApp, fields: Fields = {}): Promise<Tokens> {
  const device = await requestDeviceCode(test, fields)
  assert.equal(device.status, 200, device.text)
  const browser = await test.signedIn()
  const approved = await browser.decide(device.body.user_code, 'approve')
  assert.equal(approved.status, 303)
  const tokens = await poll(test, device.body.device_code)
  assert.equal(tokens.status, 200, tokens.text)
  return tokens.body
}

/** A client credentials token of a confidential client. */
export async function machineToken(test: TestApp, basic: string, fields: Fields = {}): Promise<string> {
  const answer = await test.post(
    '/oauth/token',
    { grant_type: 'client_credentials', ...fields },
    { authorization: basic },
  )
  assert.equal(answer.status, 200, answer.text)
  return answer.body.access_token
}

/** Status, error code and `Cache-Control` of an error answer. */
export function errorOf(answer: JsonResponse): [number, string] {
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  // RFC 6749 §5.2: printable ASCII without " and \.
  if (answer.body.error_description !== undefined) {
    assert.match(answer.body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  }
  return [answer.status, answer.body.error]
}
