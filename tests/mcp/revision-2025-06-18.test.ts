/** MCP authorization 2025-06-18: resource servers with metadata of their own, and tokens for one of them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import {
  protectedResourceMetadata,
  protectedResourceMetadataUrl,
} from '../../src/oauth/resources/resource.ts'
import { authorize, obtainCode, redeem } from '../support/authorization.ts'
import { claimsOf, discoveredClient, loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { refresh } from '../support/oauth-client.ts'
import { encryptionKey, startTestApp, type TestApp } from '../support/test-app.ts'

describe('MCP 2025-06-18', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp()
    await openResource(test)
  })
  after(() => test.close())

  const asked = { redirect_uri: loopbackCallback, scope: undefined, resource: mcpServer }

  it('1: a resource’s own metadata names this server, at the path of the resource', async () => {
    const [resource] = await test.app.storage.read.resources.list()
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    const document = protectedResourceMetadata(resource!, body.issuer)
    assert.deepEqual(document, {
      resource: mcpServer,
      authorization_servers: [body.issuer],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    })
    for (const [identifier, url] of [
      [mcpServer, 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'],
      ['https://mcp.example.com', 'https://mcp.example.com/.well-known/oauth-protected-resource'],
      ['https://h/a/b?c', 'https://h/.well-known/oauth-protected-resource/a/b?c'],
    ] as const) {
      assert.equal(protectedResourceMetadataUrl(identifier), url)
    }
  })

  it('3: resource is taken in the authorization, the token and the refresh request', async () => {
    const agent = await discoveredClient(test)
    const code = await obtainCode(test, agent, asked)
    const first = await redeem(test, agent, code, { redirect_uri: loopbackCallback, resource: mcpServer })
    assert.equal(first.status, 200, first.text)
    const fields = { client_id: agent.id, resource: mcpServer }
    const second = await refresh(test, first.body.refresh_token, fields)
    assert.equal(second.status, 200, second.text)
    const third = await refresh(test, second.body.refresh_token, { ...fields, resource: 'https://x.example' })
    assert.equal(third.body.error, 'invalid_target')
  })

  it('4, 5: whatever the spelling, the audience is the registered one and nothing else', async () => {
    const agent = await discoveredClient(test)
    for (const resource of [
      'HTTPS://MCP.Example.com/mcp',
      'https://mcp.example.com:443/mcp',
      `${mcpServer}/`,
    ]) {
      const code = await obtainCode(test, agent, { ...asked, resource })
      const { body } = await redeem(test, agent, code, { redirect_uri: loopbackCallback, resource })
      assert.equal(claimsOf(body.access_token).aud, mcpServer)
    }
  })

  it('6, 7: access tokens are short, and refresh tokens of public clients rotate', async () => {
    const agent = await discoveredClient(test)
    const code = await obtainCode(test, agent, asked)
    const { body } = await redeem(test, agent, code, { redirect_uri: loopbackCallback })
    assert.ok(body.expires_in <= 10 * 3600 && body.expires_in >= 300, String(body.expires_in))
    const { body: next } = await refresh(test, body.refresh_token, { client_id: agent.id })
    assert.notEqual(next.refresh_token, body.refresh_token)
    test.clock.advance(700)
    const reused = await refresh(test, body.refresh_token, { client_id: agent.id })
    assert.equal(reused.body.error, 'invalid_grant')
    const family = await refresh(test, next.refresh_token, { client_id: agent.id })
    assert.equal(family.body.error, 'invalid_grant')
  })

  it('8: a server for others is reached over https', () => {
    const start = (BASE_URL: string) =>
      loadConfig({ BASE_URL, ENCRYPTION_KEY: encryptionKey, ENVIRONMENT: 'production' })
    assert.throws(() => start('http://auth.example.com'), /BASE_URL/)
    start('https://auth.example.com')
  })

  it('9: an unknown client or redirect URI is shown, and never redirected to', async () => {
    const agent = await discoveredClient(test)
    for (const fields of [
      { client_id: 'nobody', redirect_uri: loopbackCallback },
      { client_id: agent.id, redirect_uri: 'http://127.0.0.1/other' },
      { client_id: agent.id, redirect_uri: 'http://localhost/callback' },
    ]) {
      const answer = await authorize(test.browser(), { id: fields.client_id }, { ...asked, ...fields })
      assert.equal(answer.status, 400)
      assert.match(String(answer.headers['content-type']), /^text\/html/)
      assert.equal(answer.headers.location, undefined)
    }
  })

  it('10: consent is of one person for one client, and no other’s', async () => {
    const uri = 'https://agent.example/cb'
    const fields = { ...asked, redirect_uri: uri }
    const browser = await test.signedIn()
    const first = await discoveredClient(test, { redirectUris: [uri] })
    await obtainCode(test, first, fields, browser)
    assert.equal((await authorize(browser, first, fields)).status, 303)
    const second = await discoveredClient(test, { redirectUris: [uri] })
    assert.equal((await authorize(browser, second, fields)).status, 200)
  })
})
