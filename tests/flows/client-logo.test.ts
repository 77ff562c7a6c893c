/** The logo of a client on its way from the client's server to the sign-in page. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { webClient } from '../support/authorization.ts'
import { type Provider, startProvider } from '../support/conformance.ts'

const logoUri = 'https://app.example.com/logo.png'
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

suite('the logo of a client', () => {
  let server: Provider
  before(async () => {
    server = await startProvider({ environment: { BASE_URL: 'https://op.example.com/auth' } })
    server.network.files.set(logoUri, png)
  })
  after(() => server.close())

  const loginPage = async (client: { id: string }): Promise<string> => {
    const browser = server.browser()
    const path = `/auth/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: 'https://app.example/callback',
      scope: 'read',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })}`
    const sent = await browser.get(path)
    assert.equal(sent.status, 303, sent.text)
    return (await browser.get(String(sent.headers.location))).text
  }

  test('is a file of this server, which can do nothing', async () => {
    const client = await webClient(server, { metadata: { logoUri } })
    const page = await loginPage(client)
    assert.match(page, new RegExp(`<img class="app-logo" src="/auth/client-logos/${client.id}" alt`))
    assert.doesNotMatch(page, /app\.example\.com\/logo/)
    const { statusCode, headers, rawPayload } = await server.request({
      method: 'GET',
      url: `/auth/client-logos/${client.id}`,
    })
    assert.equal(statusCode, 200)
    assert.deepEqual(rawPayload, png)
    assert.equal(headers['content-type'], 'image/png')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox; frame-ancestors 'none'")
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['cache-control'], 'private, max-age=3600')
  })

  test('that cannot be had is no logo, and the page is whole', async () => {
    const client = await webClient(server, { metadata: { logoUri: `${logoUri}/missing` } })
    assert.match(await loginPage(client), /<h1>Sign in<\/h1>/)
    for (const id of [client.id, 'nobody']) {
      assert.equal((await server.get(`/auth/client-logos/${id}`)).status, 404)
    }
  })

  test('of a client that registered itself is not shown unless an operator wants it', async () => {
    const answer = await server.request({
      method: 'POST',
      url: '/auth/oauth/register',
      payload: { redirect_uris: ['https://app.example/callback'], logo_uri: logoUri },
    })
    const { client_id: id } = answer.json()
    assert.doesNotMatch(await loginPage({ id }), /app-logo/)
    assert.equal((await server.get(`/auth/client-logos/${id}`)).status, 404)
  })
})
