/**
 * The official TypeScript client of the Model Context Protocol against a listening server and the example MCP server:
 * it finds its own way from the first 401 to a tool that answers.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { createResourceServer } from '../../examples/mcp-resource-server/server.ts'
import { protectedResourceMetadata } from '../../src/oauth/resources/resource.ts'
import { obtainCode, redeem, webClient } from '../support/authorization.ts'
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts'
import { freePort } from '../support/free-port.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { claimsOf, openResource } from '../support/mcp.ts'

const redirectUrl = 'http://127.0.0.1:33418/callback'
const metadata = {
  client_name: 'Notes agent',
  redirect_uris: [redirectUrl],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

/** A person's client: what it remembers, and where it last sent the browser. */
class Provider implements OAuthClientProvider {
  readonly redirectUrl = redirectUrl
  readonly clientMetadata = metadata
  client: StoredOAuthClientInformation | undefined
  saved: StoredOAuthTokens | undefined
  sent: URL | undefined
  clientMetadataUrl?: string
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined

  constructor(options: { client?: StoredOAuthClientInformation; clientMetadataUrl?: string } = {}) {
    this.client = options.client
    if (options.clientMetadataUrl !== undefined) this.clientMetadataUrl = options.clientMetadataUrl
  }
  clientInformation() {
    return this.client
  }
  saveClientInformation(client: StoredOAuthClientInformation) {
    this.client = client
  }
  tokens() {
    return this.saved
  }
  saveTokens(tokens: StoredOAuthTokens) {
    this.saved = tokens
  }
  redirectToAuthorization(url: URL) {
    this.sent = url
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }
  codeVerifier() {
    return this.#verifier
  }
  saveDiscoveryState(state: OAuthDiscoveryState) {
    this.#discovered = state
  }
  discoveryState() {
    return this.#discovered
  }
}

for (const registration of [true, false]) {
  describe(`the MCP client, ${registration ? 'with' : 'without'} dynamic registration`, () => {
    let host: DocumentHost
    let server: Listening
    let mcp: Server
    let resource: string
    before(async () => {
      host = await startDocumentHost()
      server = await startListening(
        // By default it is on, since a resource is open.
        { ...host.environment, ...(registration ? {} : { ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'false' }) },
        { outbound: host.outbound },
      )
      const port = await freePort()
      resource = `http://127.0.0.1:${port}/mcp`
      mcp = createResourceServer({ resource, issuer: server.url })
      await once(mcp.listen(port, '127.0.0.1'), 'listening')
      await openResource(server.test, { identifier: resource })
    })
    after(async () => {
      mcp.closeAllConnections()
      mcp.close()
      await server.close()
      host.close()
    })

    const connect = async (provider: Provider): Promise<Client> => {
      const client = new Client({ name: 'agent', version: '1.0.0' })
      await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider }))
      return client
    }
    /** What a person does with the page the client sent them to. */
    const allow = async (provider: Provider): Promise<void> => {
      const answer = await server.allow(provider.sent!)
      const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider })
      await transport.finishAuth(answer.searchParams)
    }
    const signIn = async (provider: Provider): Promise<Client> => {
      await assert.rejects(connect(provider), UnauthorizedError)
      await allow(provider)
      return connect(provider)
    }
    const call = async (client: Client, name: string, text?: string): Promise<unknown> => {
      const result = await client.callTool({ name, ...(text === undefined ? {} : { arguments: { text } }) })
      return (result.content as { text: string }[])[0]!.text
    }

    /** The whole way: sign in, use a tool, refresh, and be allowed more. */
    const story = async (provider: Provider): Promise<void> => {
      const client = await signIn(provider)
      assert.equal(provider.sent!.searchParams.get('resource'), resource)
      const { saved } = provider
      const claims = claimsOf(saved!.access_token)
      // The client adds offline_access by itself, since this server lists it.
      assert.deepEqual([claims.aud, claims.scope], [resource, 'notes:read offline_access'])
      assert.deepEqual(
        (await client.listTools()).tools.map(({ name }) => name),
        ['list_notes', 'add_note'],
      )
      assert.equal(typeof (await call(client, 'list_notes')), 'string')

      // The resource server no longer takes the access token: the client refreshes by itself.
      provider.saved = { ...saved!, access_token: `${saved!.access_token}x` }
      assert.equal(typeof (await call(client, 'list_notes')), 'string')
      assert.notEqual(provider.saved.refresh_token, saved!.refresh_token)

      // A tool that needs more: the client asks for the union of what it has and what it is told.
      provider.sent = undefined
      await assert.rejects(call(client, 'add_note', 'from a test'), UnauthorizedError)
      const asked = provider.sent!.searchParams.get('scope')!.split(' ')
      assert.deepEqual(asked.sort(), ['notes:read', 'notes:write', 'offline_access'])
      await allow(provider)
      assert.equal(await call(client, 'add_note', 'from a test'), 'added')
      assert.match(String(await call(client, 'list_notes')), /from a test/)
      const granted = provider.saved.scope!.split(' ')
      assert.deepEqual(granted.sort(), ['notes:read', 'notes:write', 'offline_access'])
      await client.close()
    }

    it('a client that is registered beforehand', async () => {
      const { id } = await webClient(server.test, {
        type: 'public',
        redirectUris: [redirectUrl],
        scopes: ['notes:read', 'notes:write', 'offline_access'],
        allowedResources: [resource],
      })
      await story(new Provider({ client: { client_id: id, issuer: server.url } }))
    })

    it('a client that describes itself, with registration on and off', async () => {
      const clientMetadataUrl = host.at(`/agent-${registration}.json`)
      host.serve(`/agent-${registration}.json`, { ...metadata, client_id: clientMetadataUrl })
      const provider = new Provider({ clientMetadataUrl })
      await story(provider)
      assert.equal(provider.client!.client_id, clientMetadataUrl)
      assert.equal(claimsOf(provider.saved!.access_token).client_id, clientMetadataUrl)
    })

    it('a client that registers itself, where that is possible', async () => {
      const provider = new Provider()
      if (!registration) {
        await assert.rejects(connect(provider), /registration/i)
        return
      }
      await story(provider)
      assert.match(provider.client!.client_id, /^[0-9a-f-]{36}$/)
    })

    it('a client without this resource is told so, and a token for another is refused', async () => {
      const other = 'http://127.0.0.1:1/mcp'
      const client = await webClient(server.test, {
        type: 'public',
        redirectUris: [redirectUrl],
        scopes: ['notes:read', 'offline_access'],
        allowedResources: [other],
      })
      const provider = new Provider({ client: { client_id: client.id, issuer: server.url } })
      await assert.rejects(connect(provider), UnauthorizedError)
      const answer = await server.allow(provider.sent!)
      assert.deepEqual(
        [answer.searchParams.get('error'), answer.searchParams.get('iss')],
        ['invalid_target', server.url],
      )
      const asked = { redirect_uri: redirectUrl, resource: other, scope: 'notes:read' }
      const code = await obtainCode(server.test, client, asked)
      const { body } = await redeem(server.test, client, code, { redirect_uri: redirectUrl })
      const refused = await fetch(resource, {
        method: 'POST',
        headers: { authorization: `Bearer ${body.access_token}` },
      })
      assert.equal(refused.status, 401)
      assert.match(refused.headers.get('www-authenticate')!, /^Bearer error="invalid_token"/)
    })
  })
}

describe('the example MCP server', () => {
  it('publishes what the resource command prints, and challenges as clients read it', async (t) => {
    const resource = 'http://127.0.0.1:65000/mcp'
    const mcp = createResourceServer({ resource, issuer: 'http://127.0.0.1:1' })
    await once(mcp.listen(0, '127.0.0.1'), 'listening')
    t.after(() => {
      mcp.closeAllConnections()
      mcp.close()
    })
    const { port } = mcp.address() as { port: number }
    const at = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, init)
    const document = await (await at('/.well-known/oauth-protected-resource/mcp')).json()
    const registered = protectedResourceMetadata(
      {
        identifier: resource,
        name: 'Notes',
        scopes: [{ name: 'notes:read', description: 'x', byDefault: true, forDiscovered: true }],
      },
      'http://127.0.0.1:1',
    )
    assert.deepEqual(document, registered)
    const metadataUrl = 'resource_metadata="http://127.0.0.1:65000/.well-known/oauth-protected-resource/mcp"'
    const without = await at('/mcp', { method: 'POST' })
    assert.equal(without.status, 401)
    assert.equal(without.headers.get('www-authenticate'), `Bearer scope="notes:read", ${metadataUrl}`)
    const broken = await at('/mcp', { method: 'POST', headers: { authorization: 'Bearer a.b.c' } })
    assert.equal(broken.status, 401)
    assert.equal(
      broken.headers.get('www-authenticate'),
      `Bearer error="invalid_token", scope="notes:read", ${metadataUrl}`,
    )
    assert.equal((await at('/mcp', { method: 'OPTIONS' })).status, 204)
    assert.equal((await at('/')).status, 404)
  })
})
