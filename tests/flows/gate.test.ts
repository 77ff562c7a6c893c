/**
 * The one gate (`src/oauth/gate.ts`): whatever issues or honours a token asks whether client, person and grant still
 * stand. What ends them ends their tokens too; here each state changes alone, behind the server's back, so that only
 * the gate is between it and a token. Both tables know every way in, and fail when a new one is not among them.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { accessTokenIdOf } from '../../src/oauth/token/access-token.ts'
import type { AccountId, ClientId } from '../../src/shared/ids.ts'
import { obtainCode, redeem, signInWeb, type WebClient, webClient } from '../support/authorization.ts'
import { deviceCodeGrant, machineToken } from '../support/oauth-client.ts'
import { drivers, type JsonResponse, startTestApp, type TestApp } from '../support/test-app.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Prepared {
  /** The client that is about to be given a token. */
  client: WebClient
  /** Whose token it is going by, when that is another. */
  behind?: WebClient
  /** Grant whose end must end this. */
  grantOf?: string
  attempt(): Promise<JsonResponse>
}

const post = (test: TestApp, client: WebClient, fields: Record<string, string>) =>
  test.post('/oauth/token', fields, { authorization: client.basic! })

/** Up to the last request: what it takes with each grant. */
const grants: Record<string, (test: TestApp) => Promise<Prepared>> = {
  async authorization_code(test) {
    const client = await webClient(test)
    const code = await obtainCode(test, client)
    return { client, attempt: () => redeem(test, client, code) }
  },
  async [deviceCodeGrant](test) {
    const client = await webClient(test, { grants: ['device_code', 'refresh_token'] })
    const asked = await test.post('/oauth/device/code', { scope: 'read' }, { authorization: client.basic! })
    await (await test.signedIn()).decide(asked.body.user_code, 'approve')
    const fields = { grant_type: deviceCodeGrant, device_code: asked.body.device_code }
    return { client, attempt: () => post(test, client, fields) }
  },
  async refresh_token(test) {
    const client = await webClient(test)
    const tokens = await signInWeb(test, client)
    const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    return { client, grantOf: tokens.access_token, attempt: () => post(test, client, fields) }
  },
  async client_credentials(test) {
    const client = await webClient(test, { grants: ['client_credentials'] })
    return { client, attempt: () => post(test, client, { grant_type: 'client_credentials' }) }
  },
  async 'urn:ietf:params:oauth:grant-type:token-exchange'(test) {
    const behind = await webClient(test)
    const metadata = { tokenExchangeSubjects: [behind.id] }
    const client = await webClient(test, { grants: ['token_exchange'], metadata })
    const { access_token } = await signInWeb(test, behind)
    const fields = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    }
    return { client, behind, grantOf: access_token, attempt: () => post(test, client, fields) }
  },
}

/** Whether a token is honoured, by each that takes one. Keys are the files that do. */
const honouring: Record<
  string,
  (test: TestApp, token: { access_token: string; refresh_token: string }) => Promise<boolean>
> = {
  'src/oauth/openid/userinfo.ts': async (test, { access_token }) =>
    (await test.get('/oauth/userinfo', { authorization: `Bearer ${access_token}` })).status === 200,
  'src/administration/api-access.ts': async (test, { access_token }) =>
    (await test.get('/api/v1/clients', { authorization: `Bearer ${access_token}` })).status === 200,
  'src/oauth/token-info.ts': async (test, { access_token }) =>
    (await test.get('/oauth/tokeninfo', { authorization: `Bearer ${access_token}` })).status === 200,
  'src/oauth/introspection.ts': async (test, { access_token, refresh_token }) => {
    const { basic } = await test.confidentialClient({ introspectAny: true })
    const ask = async (token: string): Promise<boolean> =>
      (await test.post('/oauth/introspect', { token }, { authorization: basic })).body.active
    const answers = [await ask(access_token), await ask(refresh_token)]
    assert.equal(answers[0], answers[1])
    return answers[0]!
  },
  'src/oauth/token-exchange/grant.ts': async (test, { access_token }) => {
    const metadata = { tokenExchangeSubjects: ['*'] }
    const client = await webClient(test, { grants: ['token_exchange'], metadata })
    const answer = await post(test, client, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    return answer.status === 200
  },
}

/** Take tokens without giving anything for them. */
const harmless = new Set([
  // Ends them.
  'src/oauth/revocation.ts',
  // Reads them for userinfo and tokeninfo.
  'src/oauth/presented-token.ts',
])

/** Longer than clients are remembered. */
const cacheSeconds = 3

for (const { driver, skip } of drivers) {
  describe(`the gate on ${driver}`, { skip }, () => {
    let test: TestApp
    let admin: AccountId
    before(async () => {
      test = await startTestApp({ driver })
      admin = (await test.app.storage.read.accounts.findByUsername('admin'))!.id
    })
    after(() => test.close())

    const now = () => test.clock.now()
    const setClient = (id: ClientId, status: 'active' | 'inactive') =>
      test.app.storage.transaction((tx) => tx.clients.setStatus(id, status, now()))
    const setAccount = (status: 'active' | 'disabled') =>
      test.app.storage.transaction((tx) => tx.accounts.setStatus(admin, status, now()))
    const endGrantOf = async (accessToken: string) => {
      const token = await test.app.storage.read.accessTokens.find(accessTokenIdOf(accessToken)!)
      await test.app.storage.transaction((tx) => tx.grants.end(token!.grantId!, now()))
    }
    const isGood = async (accessToken: string) =>
      (await test.get('/oauth/tokeninfo', { authorization: `Bearer ${accessToken}` })).status === 200
    const refused = (answer: JsonResponse) => {
      assert.ok(answer.status === 400 || answer.status === 401, answer.text)
      assert.equal(answer.body.access_token, undefined)
    }
    const withdraw = async (client: WebClient) => {
      const browser = await test.signedIn()
      const consents = await test.app.storage.read.consents.listOf(admin, { limit: 100 })
      const consent = consents.find(({ consent: { clientId } }) => clientId === client.id)
      await browser.get('/account/authorizations')
      const answer = await browser.submit(`/account/authorizations/${consent!.consent.id}/revoke`)
      assert.equal(answer.status, 303)
    }

    it('is asked by every grant there is', async () => {
      const { body } = await test.get('/.well-known/oauth-authorization-server')
      assert.deepEqual(Object.keys(grants).sort(), [...body.grant_types_supported].sort())
    })

    for (const [grant, prepare] of Object.entries(grants)) {
      it(`${grant}: a client that was switched off gets nothing, at once and later`, async () => {
        const { client, attempt } = await prepare(test)
        await setClient(client.id, 'inactive')
        refused(await attempt())
        test.clock.advance(cacheSeconds)
        refused(await attempt())
        await setClient(client.id, 'active')
      })

      it(`${grant}: a client that is gone gets nothing, at once and later`, async () => {
        const { client, attempt } = await prepare(test)
        await test.app.storage.transaction((tx) => tx.clients.delete(client.id))
        refused(await attempt())
        test.clock.advance(cacheSeconds)
        refused(await attempt())
      })

      it(`${grant}: what came of another client ends with that client`, async () => {
        const { behind, attempt } = await prepare(test)
        if (behind === undefined) return
        await setClient(behind.id, 'inactive')
        refused(await attempt())
      })

      if (grant !== 'client_credentials') {
        it(`${grant}: a disabled account gets nothing`, async () => {
          const { attempt } = await prepare(test)
          await setAccount('disabled')
          try {
            refused(await attempt())
          } finally {
            await setAccount('active')
          }
        })

        it(`${grant}: consent that was taken back gives nothing`, async () => {
          const { client, behind, grantOf, attempt } = await prepare(test)
          // The device page asks each time, and remembers nothing.
          if (grant === deviceCodeGrant) {
            await test.app.storage.transaction((tx) =>
              tx.deviceGrants.denyApprovedBetween(admin, client.id, now()),
            )
          } else await withdraw(behind ?? client)
          refused(await attempt())
          if (grantOf !== undefined) assert.equal(await isGood(grantOf), false)
        })

        it(`${grant}: an ended grant gives nothing`, async () => {
          const { grantOf, attempt } = await prepare(test)
          if (grantOf === undefined) return
          await endGrantOf(grantOf)
          refused(await attempt())
        })
      }
    }

    for (const [file, isHonoured] of Object.entries(honouring)) {
      it(`${file} honours no token of whom is not there any more`, async () => {
        const scopes = ['openid', 'read', 'offline_access', 'authgate:read']
        const client = await webClient(test, { scopes })
        const tokens = await signInWeb(test, client, { scope: scopes.join(' ') })
        assert.equal(await isHonoured(test, tokens), true)

        await setAccount('disabled')
        assert.equal(await isHonoured(test, tokens), false)
        await setAccount('active')
        assert.equal(await isHonoured(test, tokens), true)

        await setClient(client.id, 'inactive')
        test.clock.advance(cacheSeconds)
        assert.equal(await isHonoured(test, tokens), false)
        await setClient(client.id, 'active')
        test.clock.advance(cacheSeconds)
        assert.equal(await isHonoured(test, tokens), true)

        await endGrantOf(tokens.access_token)
        assert.equal(await isHonoured(test, tokens), false)

        const other = await webClient(test, { scopes })
        const others = await signInWeb(test, other, { scope: scopes.join(' ') })
        await test.app.storage.transaction((tx) => tx.clients.delete(other.id))
        test.clock.advance(cacheSeconds)
        assert.equal(await isHonoured(test, others), false)
      })
    }

    it('holds for what clients do in their own name', async () => {
      const client = await webClient(test, { grants: ['client_credentials'] })
      const access_token = await machineToken(test, client.basic!)
      const isHonoured = honouring['src/oauth/token-info.ts']!
      assert.equal(await isHonoured(test, { access_token, refresh_token: '' }), true)
      await setClient(client.id, 'inactive')
      test.clock.advance(cacheSeconds)
      assert.equal(await isHonoured(test, { access_token, refresh_token: '' }), false)
    })
  })
}

describe('the ways to a token', () => {
  const sources = globSync('src/{oauth,http,accounts,administration}/**/*.ts', { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts'),
  )
  const withText = (pattern: RegExp) =>
    sources.filter((file) => pattern.test(readFileSync(root + file, 'utf8'))).sort()

  it('lead through the look-up, which asks the gate', () => {
    assert.deepEqual(withText(/\bread\.accessTokens\.find\(/), [
      // Takes tokens away, by their ids.
      'src/oauth/token/control.ts',
      'src/oauth/token/look-up.ts',
    ])
    assert.deepEqual(withText(/\bread\.refreshTokens\.find\(/), [
      // Held still in its own transaction, like every grant.
      'src/oauth/refresh-token/grant.ts',
      'src/oauth/token/control.ts',
      'src/oauth/token/look-up.ts',
    ])
  })

  it('are those that are tested here', () => {
    const takers = new Set([
      ...withText(/\bfind(?:Access|Refresh)?Token\(/),
      ...withText(/\bPresentedTokens\b/),
    ])
    takers.delete('src/oauth/token/look-up.ts')
    assert.deepEqual([...takers].sort(), [...Object.keys(honouring), ...harmless].sort())
  })

  it('are stored in transactions that hold client and person still', () => {
    const storing = withText(/\baccessTokens\.insert\(/)
    assert.equal(storing.length, Object.keys(grants).length)
    for (const file of storing) {
      assert.match(readFileSync(root + file, 'utf8'), /await holdStill\(tx, client\.id, /, file)
    }
  })
})
