/** MCP authorization 2025-11-25: documents that describe clients, both discovery documents, step-up. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { authorize, decide, redeem, redirected } from '../support/authorization.ts'
import { type DocumentHost, startDocumentHost } from '../support/document-host.ts'
import { loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { startTestApp, type TestApp } from '../support/test-app.ts'

describe('MCP 2025-11-25', () => {
  let test: TestApp
  let host: DocumentHost
  let id: string
  before(async () => {
    host = await startDocumentHost()
    test = await startTestApp({ outbound: host.outbound, environment: host.environment })
    await openResource(test)
    id = host.at('/agent.json')
    host.serve('/agent.json', { client_id: id, client_name: 'Agent', redirect_uris: [loopbackCallback] })
  })
  after(async () => {
    await test.close()
    host.close()
  })

  const asked = { redirect_uri: loopbackCallback, scope: 'notes:read', resource: mcpServer }

  it('1, 2: both discovery documents say the same, with S256', async (t) => {
    const nested = await startTestApp({ environment: { BASE_URL: 'http://localhost:8080/tenant1' } })
    t.after(() => nested.close())
    const cases: [TestApp, string, string[]][] = [
      [
        test,
        'http://localhost:8080',
        ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
      ],
      [
        nested,
        'http://localhost:8080/tenant1',
        [
          '/.well-known/oauth-authorization-server/tenant1',
          '/.well-known/openid-configuration/tenant1',
          '/tenant1/.well-known/openid-configuration',
          '/tenant1/.well-known/oauth-authorization-server',
        ],
      ],
    ]
    for (const [app, issuer, paths] of cases) {
      for (const path of paths) {
        const { status, body } = await app.get(path)
        assert.equal(status, 200, path)
        assert.deepEqual([body.issuer, body.code_challenge_methods_supported], [issuer, ['S256']], path)
        assert.equal(body.token_endpoint, `${issuer}/oauth/token`)
      }
    }
  })

  it('3, 4: an https client_id never seen before gets a code, its document checked', async () => {
    const browser = await test.signedIn()
    const page = await authorize(browser, { id }, asked)
    const { code } = redirected(await decide(browser, page, 'approve'), loopbackCallback)
    assert.ok(code !== undefined)
    const other = host.at('/other.json')
    host.serve('/other.json', { client_id: id, redirect_uris: [loopbackCallback] })
    assert.equal((await authorize(browser, { id: other }, asked)).status, 400)
    const elsewhere = { ...asked, redirect_uri: 'http://127.0.0.1/elsewhere' }
    assert.equal((await authorize(browser, { id }, elsewhere)).status, 400)
  })

  it('6: the page says where the answer goes, and warns of a client on this computer', async () => {
    const page = await authorize(await test.signedIn(), { id }, asked)
    assert.match(page.text, /Your answer goes to <strong>a program on this computer/)
    assert.match(page.text, /Any program on this device could use this name/)
  })

  it('7: the metadata offers what is on, and nothing else', async (t) => {
    const { body } = await test.get('/.well-known/oauth-authorization-server')
    assert.equal(body.client_id_metadata_document_supported, true)
    // On by itself once a resource is open; and each can be switched off.
    assert.equal(body.registration_endpoint, 'http://localhost:8080/oauth/register')
    const closed = await startTestApp({ environment: { ENABLE_DYNAMIC_CLIENT_REGISTRATION: 'false' } })
    t.after(() => closed.close())
    await openResource(closed)
    const { body: without } = await closed.get('/.well-known/oauth-authorization-server')
    assert.equal(without.registration_endpoint, undefined)
    assert.equal(without.client_id_metadata_document_supported, true)
    const other = await startTestApp({ environment: { CIMD_MODE: 'off' } })
    t.after(() => other.close())
    await openResource(other)
    const { body: said } = await other.get('/.well-known/oauth-authorization-server')
    assert.equal(said.client_id_metadata_document_supported, undefined)
    assert.equal(said.registration_endpoint, 'http://localhost:8080/oauth/register')
  })

  it('8: a client that needs more asks for all of it, and one consent gives it', async () => {
    const browser = await test.signedIn()
    const page = await authorize(browser, { id }, { ...asked, scope: 'notes:read notes:write' })
    const { code } = redirected(await decide(browser, page, 'approve'), loopbackCallback)
    const { body } = await redeem(test, { id: id as never, basic: undefined }, code!, {
      redirect_uri: loopbackCallback,
    })
    assert.equal(body.scope, 'notes:read notes:write')
  })
})
