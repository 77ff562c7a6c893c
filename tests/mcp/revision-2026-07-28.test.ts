/** MCP authorization 2026-07-28: the issuer in every answer, one string everywhere, scopes that grow. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { protectedResourceMetadata } from '../../src/oauth/resources/resource.ts'
import { newResource } from '../../src/storage/conformance/fixtures.ts'
import { authorize, decide, obtainCode, redeem, redirected } from '../support/authorization.ts'
import { claimsOf, discoveredClient, loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('MCP 2026-07-28', () => {
  let test: TestApp
  let issuer: string
  before(async () => {
    test = await startTestApp()
    await openResource(test)
    issuer = (await test.get('/.well-known/oauth-authorization-server')).body.issuer
  })
  after(() => test.close())

  const asked = { redirect_uri: loopbackCallback, scope: 'notes:read', resource: mcpServer }

  it('1, 2: every answer to a client carries the issuer, and the metadata says so', async () => {
    const agent = await discoveredClient(test)
    const browser = await test.signedIn()
    const answers = [
      await decide(browser, await authorize(browser, agent, asked), 'approve'),
      await decide(browser, await authorize(browser, agent, asked), 'deny'),
      await authorize(browser, agent, { ...asked, resource: 'https://unknown.example' }),
      await authorize(browser, agent, { ...asked, response_type: 'token' }),
      await authorize(test.browser(), agent, { ...asked, prompt: 'none' }),
    ].map((answer) => redirected(answer, loopbackCallback))
    assert.deepEqual(
      answers.map(({ error }) => error),
      [undefined, 'access_denied', 'invalid_target', 'unsupported_response_type', 'login_required'],
    )
    for (const { iss } of answers) assert.equal(iss, issuer)
    for (const path of ['oauth-authorization-server', 'openid-configuration']) {
      const { body } = await test.get(`/.well-known/${path}`)
      assert.equal(body.authorization_response_iss_parameter_supported, true)
    }
  })

  it('3: one string in the documents, the answers, the tokens and the resource’s metadata', async () => {
    const agent = await discoveredClient(test)
    const code = await obtainCode(test, agent, asked)
    const { body } = await redeem(test, agent, code, { redirect_uri: loopbackCallback })
    assert.equal(claimsOf(body.access_token).iss, issuer)
    assert.equal((await test.get('/.well-known/openid-configuration')).body.issuer, issuer)
    assert.deepEqual(protectedResourceMetadata(newResource(), issuer).authorization_servers, [issuer])
    assert.ok(!issuer.endsWith('/'))
  })

  it('7: refresh tokens come with and without offline_access, which is listed', async () => {
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    assert.ok(body.scopes_supported.includes('offline_access'))
    const agent = await discoveredClient(test)
    for (const scope of ['notes:read', 'notes:read offline_access']) {
      const code = await obtainCode(test, agent, { ...asked, scope })
      const { body: tokens } = await redeem(test, agent, code, { redirect_uri: loopbackCallback })
      assert.equal(typeof tokens.refresh_token, 'string')
      assert.equal(tokens.scope, scope)
    }
  })

  it('8: a resource’s metadata never lists offline_access', () => {
    const scope = { description: 'x', byDefault: true, forDiscovered: true }
    const scopes = [
      { name: 'offline_access', ...scope },
      { name: 'notes:read', ...scope },
    ]
    const document = protectedResourceMetadata(newResource({ scopes }), issuer)
    assert.deepEqual(document.scopes_supported, ['notes:read'])
    const none = protectedResourceMetadata(newResource({ scopes: [] }), issuer)
    assert.ok(!('scopes_supported' in none))
  })

  it('9: what was allowed before is marked, and the union is granted', async () => {
    const uri = 'https://agent.example/cb'
    const agent = await discoveredClient(test, { redirectUris: [uri] })
    const browser = await test.signedIn()
    await obtainCode(test, agent, { ...asked, redirect_uri: uri }, browser)
    const page = await authorize(browser, agent, {
      ...asked,
      redirect_uri: uri,
      scope: 'notes:read notes:write',
    })
    assert.match(page.text, /Read your notes<\/bdi><span class="muted"> \(allowed before\)/)
    assert.doesNotMatch(page.text, /Change your notes<\/bdi><span class="muted"> \(allowed before\)/)
    const { code } = redirected(await decide(browser, page, 'approve'), uri)
    const { body } = await redeem(test, agent, code!, { redirect_uri: uri })
    assert.equal(body.scope, 'notes:read notes:write')
  })
})
