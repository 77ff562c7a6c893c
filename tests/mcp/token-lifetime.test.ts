/** How long access tokens for a resource live, whichever grant they come from. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { obtainCode, redeem, signInWeb, type WebClient, webClient } from '../support/authorization.ts'
import { claimsOf, discoveredClient, loopbackCallback, openResource } from '../support/mcp.ts'
import { poll, refresh, requestDeviceCode } from '../support/oauth-client.ts'
import { drivers, type Fields, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

const brief = 'https://brief.example.com/mcp'
const briefer = 'https://briefer.example.com/mcp'
const plain = 'https://plain.example.com/mcp'
const long = 'https://long.example.com/mcp'
const hour = 3600

for (const { driver, skip } of drivers) {
  describe(`token lifetimes of resources, ${driver}`, { skip }, () => {
    let test: TestApp
    let client: WebClient
    before(async () => {
      // Without jitter, so that lifetimes are exact.
      const environment = { JWT_EXPIRATION: '1h', JWT_EXPIRATION_JITTER: '0s', JWT_EXPIRATION_MAX: '24h' }
      test = await startTestApp({ driver, environment })
      await openResource(test, { identifier: brief, tokenLifetimeSeconds: 300 })
      await openResource(test, { identifier: briefer, tokenLifetimeSeconds: 120 })
      await openResource(test, { identifier: plain })
      await openResource(test, { identifier: long, tokenLifetimeSeconds: 12 * hour })
      client = await webClient(test, {
        grants: ['authorization_code', 'refresh_token', 'device_code', 'client_credentials'],
        allowedResources: [brief, briefer, plain, long],
      })
    })
    after(() => test.close())

    /** What the answer says and what the token says, which are the same. */
    const lifetime = ({ status, text, body }: JsonResponse): number => {
      assert.equal(status, 200, text)
      const { iat, exp } = claimsOf(body.access_token) as { iat: number; exp: number }
      assert.ok(exp - iat - body.expires_in <= 1)
      return exp - iat
    }
    const withCode = async (fields: Fields, more: Fields = {}): Promise<JsonResponse> =>
      redeem(test, client, await obtainCode(test, client, fields), more)

    it('a code: the shorter of the client’s and the resource’s, never a longer one', async () => {
      const asked = (resource: string | undefined) => withCode({ resource, scope: 'read' })
      assert.equal(lifetime(await asked(brief)), 300)
      assert.equal(lifetime(await asked(plain)), hour)
      assert.equal(lifetime(await asked(long)), hour)
      assert.equal(lifetime(await asked(undefined)), hour)
    })

    it('several resources: the shortest', async () => {
      assert.equal(lifetime(await withCode({ resource: [plain, brief, briefer], scope: 'read' })), 120)
      const answer = await withCode({ resource: [plain, brief, briefer], scope: 'read' }, { resource: plain })
      assert.equal(lifetime(answer), hour)
    })

    it('a refresh, as the resource is at that time', async () => {
      const changing = 'https://changing.example.com/mcp'
      const resource = await openResource(test, { identifier: changing, tokenLifetimeSeconds: 600 })
      const agent = await discoveredClient(test)
      const fields = { redirect_uri: loopbackCallback, resource: changing, scope: 'notes:read' }
      const code = await obtainCode(test, agent, fields)
      const first = await redeem(test, agent, code, { redirect_uri: loopbackCallback })
      assert.equal(lifetime(first), 600)
      const updated = { ...resource, tokenLifetimeSeconds: 60 }
      await test.app.storage.transaction((tx) => tx.resources.update(updated))
      const second = await refresh(test, first.body.refresh_token, { client_id: agent.id })
      assert.equal(lifetime(second), 60)
    })

    it('a device, a client for itself, and an exchange', async () => {
      const basic = { authorization: client.basic! }
      const device = await webClient(test, {
        type: 'public',
        grants: ['device_code'],
        allowedResources: [brief],
      })
      const fields = { client_id: device.id, resource: brief, scope: 'read' }
      const { body } = await requestDeviceCode(test, fields)
      const person = await test.signedIn()
      await person.decide(body.user_code, 'approve')
      assert.equal(lifetime(await poll(test, body.device_code, { client_id: device.id })), 300)

      const machine = { grant_type: 'client_credentials', scope: 'read' }
      assert.equal(lifetime(await test.post('/oauth/token', { ...machine, resource: briefer }, basic)), 120)
      assert.equal(lifetime(await test.post('/oauth/token', machine, basic)), hour)

      const service = await webClient(test, {
        grants: ['token_exchange'],
        allowedResources: [briefer, plain],
        metadata: { tokenExchangeSubjects: [client.id] },
      })
      const { access_token } = await signInWeb(test, client, { scope: 'read' })
      const exchange = (resource: string): Promise<JsonResponse> =>
        test.post(
          '/oauth/token',
          {
            grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
            subject_token: access_token,
            subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
            resource,
          },
          { authorization: service.basic! },
        )
      assert.equal(lifetime(await exchange(briefer)), 120)
      assert.ok(lifetime(await exchange(plain)) > hour - 60)
    })
  })
}
