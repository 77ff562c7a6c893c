/** Protected resources as clients nobody vouches for meet them: what they may ask for, and what their tokens say. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  authorize,
  decide,
  hiddenField,
  obtainCode,
  redeem,
  redirected,
  type WebClient,
  webClient,
} from '../support/authorization.ts'
import { claimsOf, discoveredClient, loopbackCallback, mcpServer, openResource } from '../support/mcp.ts'
import { refresh } from '../support/oauth-client.ts'
import { drivers, type Fields, startTestApp, type TestApp } from '../support/test-app.ts'

const other = 'https://mcp.example.com/other'

for (const { driver, skip } of drivers) {
  describe(`resources, ${driver}`, { skip }, () => {
    let test: TestApp
    let agent: WebClient
    before(async () => {
      test = await startTestApp({ driver })
      agent = await discoveredClient(test)
      await openResource(test)
      await openResource(test, {
        identifier: other,
        name: 'Calendar',
        scopes: [
          { name: 'calendar:read', description: 'Read your calendar', byDefault: true, forDiscovered: true },
          { name: 'notes:read', description: 'Read notes on dates', byDefault: false, forDiscovered: true },
        ],
      })
      await openResource(test, { identifier: 'https://closed.example.com', openToDiscovered: false })
      await openResource(test, { identifier: 'https://bare.example.com', name: 'Bare', scopes: [] })
    })
    after(() => test.close())

    const ask = (fields: Fields): Fields => ({
      redirect_uri: loopbackCallback,
      scope: undefined,
      resource: mcpServer,
      ...fields,
    })
    const tokens = async (fields: Fields, redeemFields: Fields = {}) => {
      const code = await obtainCode(test, agent, ask(fields))
      return redeem(test, agent, code, { redirect_uri: loopbackCallback, ...redeemFields })
    }

    it('a token carries the registered spelling, and the scopes of its resource', async () => {
      const { body } = await tokens({
        resource: 'HTTPS://MCP.Example.com:443/%6Dcp/',
        scope: 'claudeai notes:read openid offline_access notes:purge',
      })
      assert.equal(body.scope, 'notes:read openid offline_access')
      const claims = claimsOf(body.access_token)
      assert.deepEqual(
        [claims.aud, claims.scope, claims.iss],
        [mcpServer, body.scope, 'http://localhost:8080'],
      )
    })

    it('who names no scope, or none the resource has, gets its default', async () => {
      for (const scope of [undefined, 'claudeai', 'openid']) {
        const { body } = await tokens({ scope })
        assert.ok(body.scope.split(' ').includes('notes:read'), String(scope))
      }
    })

    it('a resource may have no scopes', async () => {
      const { body } = await tokens({ resource: 'https://bare.example.com/', scope: 'claudeai' })
      assert.deepEqual([body.scope, claimsOf(body.access_token).aud], ['', 'https://bare.example.com'])
    })

    it('an unknown or closed resource is refused before anybody signs in', async () => {
      for (const resource of [
        'https://mcp.example.com/mcp/deeper',
        'https://mcp.example.com',
        'https://closed.example.com/',
      ]) {
        const answer = redirected(await authorize(test.browser(), agent, ask({ resource })), loopbackCallback)
        assert.deepEqual(
          [answer.error, answer.iss, answer.state],
          ['invalid_target', 'http://localhost:8080', 'the state'],
        )
      }
    })

    it('an untrusted site is not redirected to, and says where the way back leads', async () => {
      const web = await discoveredClient(test, { redirectUris: ['https://agent.example/cb'] })
      const answer = await authorize(
        test.browser(),
        web,
        ask({ resource: 'https://unknown.example', redirect_uri: 'https://agent.example/cb' }),
      )
      assert.equal(answer.status, 400)
      assert.equal(answer.headers.location, undefined)
      assert.match(answer.text, /invalid_target/)
    })

    it('several resources are all shown; a token is for the first unless it is asked for another', async () => {
      const browser = await test.signedIn()
      const fields = ask({ resource: [mcpServer, other], scope: 'notes:read notes:write calendar:read' })
      const page = await authorize(browser, agent, fields)
      for (const text of ['Notes', 'Calendar', mcpServer, other, 'Read your calendar', 'Change your notes']) {
        assert.ok(page.text.includes(text), text)
      }
      const { code } = redirected(await decide(browser, page, 'approve'), loopbackCallback)
      const first = await redeem(test, agent, code!, { redirect_uri: loopbackCallback })
      assert.equal(claimsOf(first.body.access_token).aud, mcpServer)
      assert.equal(first.body.scope, 'notes:read notes:write')
      const second = await refresh(test, first.body.refresh_token, { client_id: agent.id, resource: other })
      assert.equal(claimsOf(second.body.access_token).aud, other)
      assert.equal(second.body.scope, 'notes:read calendar:read')
      const beyond = await refresh(test, second.body.refresh_token, {
        client_id: agent.id,
        resource: 'https://bare.example.com',
      })
      assert.equal(beyond.body.error, 'invalid_target')
    })

    it('a resource that is named at the token endpoint only is refused', async () => {
      const answer = await tokens({ resource: undefined, scope: 'openid' }, { resource: mcpServer })
      assert.equal(answer.body.error, 'invalid_target')
    })

    it('without a resource and a default, a token is for this server only', async () => {
      const { body } = await tokens({ resource: undefined, scope: 'openid' })
      assert.equal(claimsOf(body.access_token).aud, 'http://localhost:8080')
    })

    it('a refresh ends with the resource it is for', async () => {
      const gone = await openResource(test, { identifier: 'https://gone.example.com/mcp' })
      const { body } = await tokens({ resource: gone.identifier })
      await test.app.storage.transaction((tx) => tx.resources.delete(gone.id))
      const answer = await refresh(test, body.refresh_token, { client_id: agent.id })
      assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
    })

    it('a client of an operator keeps to its own list', async () => {
      const client = await webClient(test, { allowedResources: [mcpServer] })
      const code = await obtainCode(test, client, { resource: `${mcpServer}/`, scope: 'read' })
      const { body } = await redeem(test, client, code)
      assert.deepEqual([claimsOf(body.access_token).aud, body.scope], [mcpServer, 'read'])
      const refused = redirected(await authorize(test.browser(), client, { resource: other }))
      assert.equal(refused.error, 'invalid_target')
    })

    it('a form can leave scopes of the resource out', async () => {
      const browser = await test.signedIn()
      const page = await authorize(browser, agent, ask({ scope: 'notes:read notes:write' }))
      assert.ok(hiddenField(page.text, 'request_uri'))
      const answer = await decide(browser, page, 'approve', { choose: '1', 'scope:notes:read': '1' })
      const { code } = redirected(answer, loopbackCallback)
      const { body } = await redeem(test, agent, code!, { redirect_uri: loopbackCallback })
      assert.equal(body.scope, 'notes:read')
    })
  })
}

describe('DEFAULT_RESOURCE', () => {
  it('stands in for an absent resource, and is on the consent page', async (t) => {
    const test = await startTestApp({ environment: { DEFAULT_RESOURCE: `${mcpServer}/` } })
    t.after(() => test.close())
    await openResource(test)
    const agent = await discoveredClient(test)
    const browser = await test.signedIn()
    const fields = { redirect_uri: loopbackCallback, scope: undefined }
    const page = await authorize(browser, agent, fields)
    assert.ok(page.text.includes(mcpServer))
    const { code } = redirected(await decide(browser, page, 'approve'), loopbackCallback)
    const { body } = await redeem(test, agent, code!, {
      redirect_uri: loopbackCallback,
      resource: mcpServer,
    })
    assert.equal(claimsOf(body.access_token).aud, mcpServer)
  })
})
