/** docs/clients.md, done as it says: its commands on a database of their own, its JavaScript against a server with HTTPS. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { oauthErrors } from '../../src/oauth/errors.ts'
import { pkce } from '../support/authorization.ts'
import { createCommands, explainedErrors, snippet } from '../support/clients-page.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { loadShown } from '../support/shown-code.ts'
import { encryptionKey } from '../support/test-app.ts'

const bin = fileURLToPath(new URL('../../../bin/', import.meta.url))

interface Created {
  client_id: string
  client_secret?: string
  grant_types: string[]
  redirect_uris: string[]
  scope: string
  allowed_resources: string[]
}

describe('docs/clients.md', () => {
  let server: Listening
  before(async () => {
    server = await startListening({}, { tls: true })
  })
  after(() => server.close())

  /** Runs a command of the page in a shell, as people do. */
  const create = (command: string): Created => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', `${command} --json`], {
      encoding: 'utf8',
      env: {
        PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: server.test.folder,
        DATA_DIR: server.test.folder,
        DATABASE_DSN: server.test.dsn,
        ENCRYPTION_KEY: encryptionKey,
      },
    })
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }

  it('explains every error there is, and no other', () => {
    assert.deepEqual(explainedErrors().sort(), Object.keys(oauthErrors).sort())
  })

  for (const { heading, command } of createCommands()) {
    it(`${heading}: ${/--name "([^"]+)"/.exec(command)?.[1]} works`, async () => {
      const client = create(command)
      if (command.startsWith('authgate resource')) return
      const secret = client.client_secret !== undefined
      assert.equal(secret, command.includes('--type confidential'))
      const browser = await server.test.signedIn()
      for (const uri of client.redirect_uris) {
        // A program on the person's own computer may listen on another port (RFC 8252 §7.3).
        const used = /^http:\/\/(?:localhost|127\.0\.0\.1)/.test(uri)
          ? [uri, uri.replace(/^(http:\/\/[^:/]+)(?::\d+)?/, '$1:49152')]
          : [uri]
        for (const redirectUri of used) {
          const query = new URLSearchParams({
            response_type: 'code',
            client_id: client.client_id,
            redirect_uri: redirectUri,
            scope: client.scope,
            ...pkce,
          })
          for (const resource of client.allowed_resources) query.append('resource', resource)
          const asked = await browser.get(`/oauth/authorize?${query}`)
          assert.equal(asked.status, 200, `${redirectUri}: ${asked.text}`)
        }
      }
      if (client.grant_types.includes('device_code')) {
        const { client_id, client_secret } = client
        const fields = { client_id, client_secret, scope: client.scope }
        const device = await server.test.post('/oauth/device/code', fields)
        assert.equal(device.status, 200, device.text)
      }
      if (client.grant_types.includes('client_credentials')) {
        const { client_id, client_secret } = client
        const fields = { grant_type: 'client_credentials', client_id, client_secret }
        const answer = await server.test.post('/oauth/token', fields)
        assert.equal(answer.status, 200, answer.text)
      }
    })
  }

  for (const heading of ['openid-client', 'oauth4webapi']) {
    it(`${heading}: the code signs a person in`, async (t) => {
      const { command } = createCommands().find((each) => each.heading === heading)!
      const { client_id: clientId, client_secret: clientSecret = '' } = create(command)
      const code = snippet(heading, { issuer: server.url, clientId, clientSecret })
      server.synchronize()
      const module = await loadShown(t, code)
      const { url, checks } = await module.startSignIn!()
      const answer = await module.finishSignIn!(await server.allow(url), checks)
      const tokens = answer.tokens ?? answer
      assert.equal(typeof tokens.id_token, 'string')
      assert.equal(tokens.scope, 'openid profile email offline_access')
      if (heading !== 'openid-client') return
      assert.equal(answer.person.preferred_username, 'admin')
      const refreshed = await module.refresh!(tokens.refresh_token)
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
      const goodbye: URL = await module.signOutUrl!(refreshed.id_token)
      const signedOut = await server.test.browser().get(goodbye.pathname + goodbye.search)
      assert.equal(signedOut.headers.location, 'https://app.example.com/')
    })
  }
})
