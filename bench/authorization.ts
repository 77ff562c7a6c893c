/**
 * Authorization codes before a measured window: somebody signs in once and allows the client, then every request with
 * their cookies gives a code at once, with AuthGate and with oidc-provider.
 */
import { hash } from 'node:crypto'
import { type Client, type RunningServer, redirectUri } from './servers.ts'

export const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** The parameters of a request that gives an ID token. */
export function authorizationRequest(clientId: string): URLSearchParams {
  return new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid',
    state: 'benchmark',
    code_challenge: hash('sha256', codeVerifier, 'base64url'),
    code_challenge_method: 'S256',
  })
}

/** @returns `count` codes that nobody has exchanged. */
export async function obtainCodes(
  server: RunningServer,
  client: Client,
  count: number,
): Promise<readonly string[]> {
  const browser = new Browser(server.url)
  const path = `${server.kind.paths.authorization}?${authorizationRequest(client.id)}`
  const codes = [await browser.signInAndAllow(server, path)]
  const fetchCodes = async () => {
    while (codes.length < count) codes.push(await browser.code(path))
  }
  await Promise.all(Array.from({ length: 16 }, fetchCodes))
  return codes.slice(0, count)
}

interface Answer {
  readonly location: string | undefined
  readonly text: string
}

class Browser {
  readonly #url: string
  readonly #cookies = new Map<string, string>()

  constructor(url: string) {
    this.#url = url
  }

  async code(path: string): Promise<string> {
    const { location = '', text } = await this.#send(path)
    const code = location.startsWith(redirectUri) ? new URL(location).searchParams.get('code') : null
    if (code === null) throw new Error(`no code: ${location || text.slice(0, 500)}`)
    return code
  }

  /** Follows redirects and answers forms until the code comes. */
  async signInAndAllow(server: RunningServer, path: string): Promise<string> {
    const people = server.kind.account === undefined ? undefined : await server.accounts(1)
    const person = people?.[0] ?? { username: 'bench', password: 'any' }
    let { location, text } = await this.#send(path)
    for (let step = 0; step < 12; step += 1) {
      if (location?.startsWith(redirectUri)) return new URL(location).searchParams.get('code')!
      if (location !== undefined) {
        ;({ location, text } = await this.#send(location))
        continue
      }
      // The last form of a page is the one its question is about, but for a switch of accounts below it.
      const form = formsOf(text).find(
        ({ fields }) => 'password' in fields || 'action' in fields || 'prompt' in fields,
      )
      if (form === undefined) throw new Error(`no form to answer: ${text.slice(0, 500)}`)
      const { username, password } = person
      const answers = { username, login: username, password, action: 'approve' }
      const fields = Object.fromEntries(
        Object.entries(form.fields).map(([name, value]) => [
          name,
          (answers as Readonly<Record<string, string>>)[name] ?? value,
        ]),
      )
      ;({ location, text } = await this.#send(form.action, new URLSearchParams(fields)))
    }
    throw new Error('signing in took too many steps')
  }

  async #send(path: string, form?: URLSearchParams): Promise<Answer> {
    const response = await fetch(new URL(path, this.#url), {
      redirect: 'manual',
      headers: { Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';', 1)
      const equals = pair.indexOf('=')
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
    }
    return { location: response.headers.get('location') ?? undefined, text: await response.text() }
  }
}

/** The forms of a page: where each goes, and its named fields and buttons with the values they have. */
function formsOf(html: string): { action: string; fields: Record<string, string> }[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, attributes = '', content = '']) => ({
    action: attribute(attributes, 'action') ?? '',
    fields: Object.fromEntries(
      [...content.matchAll(/<(?:input|button)\b([^>]*)>/g)].flatMap(([, field = '']) => {
        const name = attribute(field, 'name')
        return name === undefined ? [] : [[name, attribute(field, 'value') ?? '']]
      }),
    ),
  }))
}

function attribute(attributes: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]?.replaceAll('&amp;', '&')
}
