/** MCP authorization 2025-03-26, still spoken by old clients: OAuth 2.1, metadata or fallback paths, no resource. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { authorize, decide, obtainCode, redeem, redirected } from '../support/authorization.ts'
import { claimsOf, discoveredClient, loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('MCP 2025-03-26', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp({ environment: { ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'true' } })
    await openResource(test)
  })
  after(() => test.close())

  const asked = { redirect_uri: loopbackCallback, scope: undefined, resource: mcpServer }

  it('1: a code needs S256 and its verifier; nothing else gives a person’s token', async () => {
    const agent = await discoveredClient(test)
    const browser = await test.signedIn()
    for (const fields of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: 'plain' },
      { response_type: 'token' },
    ]) {
      const answer = redirected(await authorize(browser, agent, { ...asked, ...fields }), loopbackCallback)
      assert.match(answer.error!, /^(invalid_request|unsupported_response_type)$/)
    }
    const code = await obtainCode(test, agent, asked, browser)
    const wrong = await redeem(test, agent, code, {
      redirect_uri: loopbackCallback,
      code_verifier: 'x'.repeat(43),
    })
    assert.equal(wrong.body.error, 'invalid_grant')
    const password = await test.post('/oauth/token', { grant_type: 'password', client_id: agent.id })
    assert.equal(password.body.error, 'unsupported_grant_type')
  })

  it('2: metadata at the well-known path; the fallback paths of old clients are not ours', async () => {
    const metadata = await test.get('/.well-known/oauth-authorization-server')
    assert.equal(metadata.status, 200)
    for (const path of ['/authorize', '/token', '/register']) assert.equal((await test.get(path)).status, 404)
    const other = await test.get('/.well-known/oauth-protected-resource')
    assert.equal(other.status, 404)
    assert.match(String(other.headers['content-type']), /^application\/json/)
  })

  it('3: a client that registers itself gets a token', async () => {
    const registered = await test.request({
      method: 'POST',
      url: '/oauth/register',
      payload: { redirect_uris: [loopbackCallback], token_endpoint_auth_method: 'none' },
    })
    assert.equal(registered.statusCode, 201, registered.body)
    const id = registered.json().client_id
    const code = await obtainCode(test, { id }, asked)
    const { status } = await redeem(test, { id, basic: undefined }, code, { redirect_uri: loopbackCallback })
    assert.equal(status, 200)
  })

  it('4: MCP-Protocol-Version is taken and means nothing, from other origins as well', async () => {
    const headers = { 'mcp-protocol-version': '2025-03-26', origin: 'https://inspector.example' }
    for (const url of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
      const answer = await test.get(url, headers)
      assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [200, '*'])
      const preflight = await test.request({
        method: 'OPTIONS',
        url,
        headers: {
          origin: 'https://inspector.example',
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'mcp-protocol-version',
        },
      })
      assert.equal(preflight.statusCode, 204)
      assert.match(String(preflight.headers['access-control-allow-headers']), /mcp-protocol-version/i)
    }
  })

  it('5: redirect URIs are https, or on this computer', async () => {
    for (const [uri, status] of [
      ['https://app.example/cb', 201],
      ['http://localhost:3000/cb', 201],
      ['http://[::1]/cb', 201],
      ['cursor://anysphere.cursor-mcp/oauth/callback', 201],
      ['http://app.example/cb', 400],
      ['javascript:alert(1)', 400],
      ['unknown://app/cb', 400],
    ] as const) {
      const answer = await test.request({
        method: 'POST',
        url: '/oauth/register',
        payload: { redirect_uris: [uri], token_endpoint_auth_method: 'none' },
      })
      assert.equal(answer.statusCode, status, uri)
    }
  })

  it('6: a request without a resource gets a token for this server, never one for some resource', async () => {
    const agent = await discoveredClient(test)
    const browser = await test.signedIn()
    const page = await authorize(browser, agent, { ...asked, resource: undefined, scope: 'openid' })
    const { code } = redirected(await decide(browser, page, 'approve'), loopbackCallback)
    const { body } = await redeem(test, agent, code!, { redirect_uri: loopbackCallback })
    assert.equal(claimsOf(body.access_token).aud, 'http://localhost:8080')
  })
})
