/** Clients that register themselves, as the tests make them. */
import type { JsonResponse, TestApp } from './test-app.ts'

export const registrationOn = { ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'true' }

async function send(
  test: TestApp,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body: unknown,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<JsonResponse> {
  const response = await test.request({
    method,
    url,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const json = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode,
    headers: response.headers,
    body: json ? response.json() : undefined,
    text: response.body,
  }
}

export const redirectUri = 'https://app.example.com/cb'

/** `POST /oauth/register`; a string is sent as it is. */
export function register(
  test: TestApp,
  document: unknown = { redirect_uris: [redirectUri] },
  token?: string,
  headers?: Record<string, string>,
): Promise<JsonResponse> {
  return send(test, 'POST', '/oauth/register', document, token, headers)
}

/** A request to the registration's own address. */
export function manage(
  test: TestApp,
  method: 'GET' | 'PUT' | 'DELETE',
  clientId: string,
  token?: string,
  document?: unknown,
): Promise<JsonResponse> {
  return send(test, method, `/oauth/register/${clientId}`, document, token)
}
