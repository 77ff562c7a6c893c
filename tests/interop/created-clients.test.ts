/** What the pages say about a client that was just made, done as they say: each kind works with openid-client. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import * as library from 'openid-client'
import { fillIn, locationOf, secretOn } from '../support/client-form.ts'
import { type Listening, startListening } from '../support/listening.ts'
import type { Fields, TestBrowser } from '../support/test-app.ts'

interface Made {
  id: string
  secret: string | undefined
  snippets: readonly string[]
}

describe('a client made on a page', () => {
  let server: Listening
  let admin: TestBrowser
  before(async () => {
    server = await startListening()
    admin = await server.test.signedIn()
  })
  after(() => server.close())

  const make = async (list: string, kind: string, fields: Fields): Promise<Made> => {
    const made = await fillIn(admin, `${list}/new?kind=${kind}`, list, fields)
    const { text } = await admin.get(locationOf(made))
    const snippets = [...text.matchAll(/<pre[^>]*><code[^>]*>(.*?)<\/code><\/pre>/gs)].map(([, code = '']) =>
      code
        .replaceAll('&quot;', '"')
        .replaceAll('&lt;', '<')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&'),
    )
    return { id: locationOf(made).split('/').at(-2)!, secret: secretOn(text), snippets }
  }
  const insecure = { execute: [library.allowInsecureRequests] }
  const configure = ({ id, secret }: Made): Promise<library.Configuration> =>
    library.discovery(new URL(server.url), id, secret, undefined, insecure)

  for (const [kind, list] of [
    ['web', '/admin/clients'],
    ['spa', '/admin/clients'],
    ['spa', '/apps'],
  ] as const) {
    it(`${kind} at ${list}: the program shown signs a person in`, async (t) => {
      const redirectUri = 'https://app.example.com/callback'
      const { secret, snippets } = await make(list, kind, { client_name: kind, redirect_uris: redirectUri })
      assert.equal(secret !== undefined, kind === 'web')
      // The comment stands where the person is away.
      const [begin = '', end = ''] = snippets[0]!.split(/^\/\/ .*$/m)
      const [imports = '', ...rest] = begin.split('\n')
      const folder = mkdtempSync(join(import.meta.dirname, 'shown-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const file = join(folder, 'shown.mjs')
      writeFileSync(
        file,
        `${imports}
export async function run(away, process) {
${rest.join('\n')}
const currentUrl = await away(signIn)
${end}
return tokens
}`,
      )
      server.synchronize()
      const { run } = await import(pathToFileURL(file).href)
      const tokens = await run(server.allow, { env: { CLIENT_SECRET: secret } })
      assert.equal(typeof tokens.id_token, 'string')
      assert.equal(typeof tokens.refresh_token, 'string')
    })
  }

  it('cli: a device signs in', async () => {
    const made = await make('/admin/clients', 'cli', { client_name: 'CLI' })
    assert.deepEqual(made.snippets[0], `authgate login --server ${server.url} --client-id ${made.id}`)
    const config = await configure(made)
    const device = await library.initiateDeviceAuthorization(config, { scope: 'openid profile' })
    await server.allowDevice(device.user_code)
    server.synchronize()
    const tokens = await library.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.01 })
    assert.equal(tokens.scope, 'openid profile')
  })

  it('service: gets a token for itself', async () => {
    const made = await make('/admin/clients', 'service', { client_name: 'Service', scopes: 'read' })
    assert.match(made.snippets[0]!, /^curl http:.*\/oauth\/token/)
    const tokens = await library.clientCredentialsGrant(await configure(made))
    assert.equal(tokens.scope, 'read')
  })
})
