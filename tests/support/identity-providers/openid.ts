/** Any OpenID provider: npm's certified oidc-provider, with a page of its own where its person signs in. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import Provider from 'oidc-provider'
import { freePort } from '../free-port.ts'
import { sendJson, settingsFor, standInClient } from './stand-in.ts'

export interface OpenidProvider {
  /** The issuer. */
  url: string
  user: { sub: string; name: string; preferred_username: string; email: string; email_verified: boolean }
  settings: Record<string, string>
  /** Every path that was asked for. */
  seen: string[]
  /** While true, nobody gets an answer. */
  down: boolean
  /** While true, codes are refused. */
  refusing: boolean
  /** What the person there does with an authorization request. @returns where their browser is sent. */
  decide(authorizationUrl: string, decision?: 'allow' | 'cancel'): Promise<URL>
  close(): Promise<void>
}

/** The settings with which a server under test signs people in at the provider at `url`. */
export function openidSettings(url: string): Record<string, string> {
  return settingsFor('OIDC', { OIDC_ISSUER_URL: url, OIDC_DISPLAY_NAME: 'Example ID' })
}

/** @param issuerOfClient the server under test. @param givenPort a free one unless a test knows better. */
export async function startOpenidProvider(
  issuerOfClient: string,
  givenPort?: number,
): Promise<OpenidProvider> {
  const port = givenPort ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const provider = new Provider(url, {
    clients: [
      {
        client_id: standInClient.id,
        client_secret: standInClient.secret,
        redirect_uris: [`${issuerOfClient}/auth/callback/oidc`],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    cookies: { keys: ['a key of a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...self.user }) }),
    async loadExistingGrant({ oidc }) {
      const grant = new provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.session!.accountId!,
      })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, url)
    self.seen.push(pathname)
    if (self.down) {
      request.socket.destroy()
      return
    }
    if (self.refusing && pathname === '/token') {
      sendJson(response, 400, { error: 'invalid_grant', error_description: 'grant request is invalid' })
      return
    }
    if (!pathname.startsWith('/interaction/')) {
      await answer(request, response)
      return
    }
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(signInPage(pathname))
      return
    }
    const decision = new URLSearchParams(await bodyOf(request)).get('decision')
    await provider.interactionFinished(
      request,
      response,
      decision === 'allow'
        ? { login: { accountId: self.user.sub } }
        : { error: 'access_denied', error_description: 'End-User aborted interaction' },
      { mergeWithLastSubmission: false },
    )
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const self: OpenidProvider = {
    url,
    user: {
      sub: 'person-1',
      name: 'Ida Known',
      preferred_username: 'ida',
      email: 'ida@example.com',
      email_verified: true,
    },
    settings: openidSettings(url),
    seen: [],
    down: false,
    refusing: false,
    async decide(authorizationUrl, decision = 'allow') {
      const cookies = new Map<string, string>()
      let next = new URL(authorizationUrl)
      let form: string | undefined
      for (let step = 1; next.origin === url; step++) {
        if (step > 10) throw new Error(`the provider leads in circles at ${next}`)
        const response = await fetch(next, {
          redirect: 'manual',
          headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
          ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams({ decision: form }) }),
        })
        form = undefined
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          cookies.set(name, value)
        }
        const location = response.headers.get('location')
        const text = await response.text()
        if (location !== null) next = new URL(location, next)
        else if (response.status === 200) form = decision
        else throw new Error(`the provider answered ${response.status}: ${text}`)
      }
      return next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return self
}

function signInPage(path: string): string {
  return `<!doctype html><html lang="en"><title>Example ID</title><link rel="icon" href="data:,"><h1>Example ID</h1>
<form method="post" action="${path}">
<button name="decision" value="allow">Continue as Ida</button> <button name="decision" value="cancel">Cancel</button>
</form></html>`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
