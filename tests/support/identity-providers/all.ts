/** Every kind of provider, behind one face: what the stories that hold for all of them are told with. */
import type { ServerResponse } from 'node:http'
import type { IdentityProviderName } from '../../../src/events/catalogue.ts'
import type { JsonResponse, TestBrowser } from '../test-app.ts'
import { startGitea } from './gitea.ts'
import { startGithub } from './github.ts'
import { startGitlab } from './gitlab.ts'
import { startMicrosoft } from './microsoft.ts'
import { startOpenidProvider } from './openid.ts'

export interface AnyProvider {
  readonly name: IdentityProviderName
  readonly label: string
  /** What a server under test at `http://localhost:8080` is started with. */
  readonly settings: Record<string, string>
  /** Who comes from there: what becomes of them here. */
  readonly person: { username: string; email: string; fullName: string }
  /** Whether it is believed about the address. */
  readonly believed: boolean
  /** Takes the address of the person away, or gives another one. */
  setEmail(email: string | undefined): void
  decide(authorizationUrl: string, decision?: 'allow' | 'cancel'): Promise<URL>
  /** From now on nobody gets an answer. */
  breakDown(): void
  /** From now on codes are refused. */
  refuseCodes(): void
  close(): Promise<void>
}

export const startProviders: Readonly<Record<IdentityProviderName, () => Promise<AnyProvider>>> = {
  async github() {
    const standIn = await startGithub()
    return {
      ...standIn,
      name: 'github',
      label: 'GitHub',
      person: { username: 'octo-cat', email: 'octo@example.com', fullName: 'Mona Lisa Octocat' },
      believed: true,
      setEmail(email) {
        standIn.user.emails = email === undefined ? [] : [{ email, primary: true, verified: true }]
      },
      breakDown: () =>
        standIn.override('/login/oauth/access_token', (request) => void request.socket.destroy()),
      refuseCodes: () =>
        standIn.override('/login/oauth/access_token', (_request, response) =>
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(
              '{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}',
            ),
        ),
    }
  },
  async gitlab() {
    const standIn = await startGitlab()
    return {
      ...standIn,
      name: 'gitlab',
      label: 'GitLab',
      person: { username: 'tanuki', email: 'tanuki@example.com', fullName: 'Tanuki Fox' },
      believed: false,
      setEmail(email) {
        standIn.user.email = email ?? null
      },
      breakDown: () => standIn.override('/oauth/token', (request) => void request.socket.destroy()),
      refuseCodes: () => standIn.override('/oauth/token', refusal),
    }
  },
  async gitea() {
    const standIn = await startGitea()
    return {
      ...standIn,
      name: 'gitea',
      label: 'Gitea',
      person: { username: 'teapot', email: 'tea@example.com', fullName: 'Tea Pot' },
      believed: false,
      setEmail(email) {
        standIn.user.email = email ?? ''
      },
      breakDown: () =>
        standIn.override('/login/oauth/access_token', (request) => void request.socket.destroy()),
      refuseCodes: () => standIn.override('/login/oauth/access_token', refusal),
    }
  },
  async microsoft() {
    const standIn = await startMicrosoft()
    const path = `/${standIn.tenant}/oauth2/v2.0/token`
    return {
      ...standIn,
      name: 'microsoft',
      label: 'Microsoft',
      person: { username: 'adelev', email: 'AdeleV@example.com', fullName: 'Adele Vance' },
      believed: true,
      setEmail(email) {
        standIn.user.mail = email ?? null
        standIn.user.userPrincipalName = email ?? 'not-an-address'
      },
      breakDown: () => standIn.override(path, (request) => void request.socket.destroy()),
      refuseCodes: () => standIn.override(path, refusal),
    }
  },
  async oidc() {
    const provider = await startOpenidProvider('http://localhost:8080')
    return {
      name: 'oidc',
      label: 'Example ID',
      settings: provider.settings,
      person: { username: 'ida', email: 'ida@example.com', fullName: 'Ida Known' },
      believed: true,
      setEmail(email) {
        const { user } = provider
        if (email === undefined) Reflect.deleteProperty(user, 'email')
        else user.email = email
      },
      decide: provider.decide,
      breakDown() {
        provider.down = true
      },
      refuseCodes() {
        provider.refusing = true
      },
      close: provider.close,
    }
  },
}

const refusal = (_request: unknown, response: ServerResponse): void => {
  response
    .writeHead(400, { 'content-type': 'application/json' })
    .end('{"error":"invalid_grant","error_description":"The code is invalid."}')
}

export const providerNames = Object.keys(startProviders) as IdentityProviderName[]

/** Follows a browser to a provider and back. @returns the address of the callback, for the browser to open. */
export async function throughProvider(
  provider: Pick<AnyProvider, 'name' | 'decide'>,
  browser: TestBrowser,
  options: { query?: string; decision?: 'allow' | 'cancel' } = {},
): Promise<string> {
  const left = await browser.get(`/auth/login/${provider.name}${options.query ?? ''}`)
  if (left.status !== 303)
    throw new Error(`leaving for ${provider.name} answered ${left.status}: ${left.text}`)
  const { pathname, search } = await provider.decide(String(left.headers.location), options.decision)
  return pathname + search
}

/** All of it: to the provider, back, and what this server answers to that. */
export async function signInThrough(
  provider: Pick<AnyProvider, 'name' | 'decide'>,
  browser: TestBrowser,
  options: { query?: string; decision?: 'allow' | 'cancel' } = {},
): Promise<JsonResponse> {
  return browser.get(await throughProvider(provider, browser, options))
}
