/** `/admin/clients` through HTTP: what administrators do to clients, and what comes of it for tokens and records. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pendingApprovalsLifeSeconds } from '../../src/administration/pending-approvals.ts'
import type { ClientId } from '../../src/shared/ids.ts'
import { newClient } from '../../src/storage/conformance/fixtures.ts'
import { authorize, callback, decide, verifier, webClient } from '../support/authorization.ts'
import { fieldsOf, fillIn, locationOf, secretOn } from '../support/client-form.ts'
import {
  deviceCodeGrant,
  machineToken,
  poll,
  requestDeviceCode,
  type Tokens,
} from '../support/oauth-client.ts'
import { drivers, type Fields, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

const strange = `Zoë "O'Brien" <b>&amp;</b> עברית ${'x'.repeat(60)}`

for (const { driver, skip } of drivers) {
  describe(`/admin/clients on ${driver}`, { skip }, () => {
    let test: TestApp
    let admin: TestBrowser
    before(async () => {
      test = await startTestApp({ driver })
      admin = await test.signedIn()
    })
    after(() => test.close())

    const find = (id: string) => test.app.storage.read.clients.find(id as ClientId)
    const create = async (
      kind: string,
      changes: Fields,
    ): Promise<{ id: string; secret: string | undefined }> => {
      const made = await fillIn(admin, `/admin/clients/new?kind=${kind}`, '/admin/clients', changes)
      const id = /^\/admin\/clients\/([^/]+)\/created$/.exec(locationOf(made))?.[1] ?? ''
      return { id, secret: secretOn((await admin.get(locationOf(made))).text) }
    }
    const act = (id: string, name: string, fields: Fields = {}) =>
      admin.submit(`/admin/clients/${encodeURIComponent(id)}/${name}`, fields)
    const signIn = async (id: string): Promise<Tokens> => {
      const { device_code: code, user_code: userCode } = (await requestDeviceCode(test, { client_id: id }))
        .body
      await admin.decide(userCode, 'approve')
      const tokens = await poll(test, code, { client_id: id })
      assert.equal(tokens.status, 200, tokens.text)
      return tokens.body
    }
    const notice = async (id: string, name: string, fields: Fields = {}) => {
      await admin.get(`/admin/clients/${encodeURIComponent(id)}`)
      return new URLSearchParams(locationOf(await act(id, name, fields)).split('?')[1]).get('notice')
    }
    /** Rows about a client, newest first; the audit log is written behind the requests, in batches. */
    const auditOf = async (id: string, expected: string): Promise<string[]> => {
      for (;;) {
        const rows = (await test.app.storage.read.audit.list({ limit: 500 }))
          .filter(({ resourceId }) => resourceId === id)
          .map(({ eventType }) => eventType)
        if (rows.includes(expected)) return rows
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }

    it('makes a client of each kind, and shows a secret once', async () => {
      const page = (await admin.get('/admin/clients/new')).text
      for (const kind of ['cli', 'web', 'spa', 'service', 'custom']) assert.ok(page.includes(`kind=${kind}`))

      const cli = await create('cli', { client_name: 'CLI' })
      assert.equal(cli.secret, undefined)
      const web = await create('web', { client_name: 'Web', redirect_uris: 'https://app.example/callback' })
      const spa = await create('spa', { client_name: 'SPA', redirect_uris: 'https://spa.example/callback' })
      const service = await create('service', { client_name: 'Service', scopes: 'read' })
      const kinds = await Promise.all([cli, web, spa, service].map(({ id }) => find(id)))
      assert.deepEqual(
        kinds.map((client) => [client?.type, client?.grants, client?.status, client?.origin]),
        [
          ['public', ['device_code', 'refresh_token'], 'active', 'operator'],
          ['confidential', ['authorization_code', 'refresh_token'], 'active', 'operator'],
          ['public', ['authorization_code', 'refresh_token'], 'active', 'operator'],
          ['confidential', ['client_credentials'], 'active', 'operator'],
        ],
      )
      assert.ok(service.secret !== undefined && web.secret !== undefined)
      const basic = `Basic ${Buffer.from(`${service.id}:${service.secret}`).toString('base64')}`
      await machineToken(test, basic)

      // Reloading the page makes nothing again, and shows nothing again.
      const again = await admin.get(`/admin/clients/${service.id}/created`)
      assert.equal(secretOn(again.text), undefined)
      assert.match(again.text, /The secret was shown once/)
      assert.equal(again.headers['cache-control'], 'no-store')
      await auditOf(service.id, 'CLIENT_CREATED')
    })

    it('says what to change beside each field, and keeps what was typed', async () => {
      const refused = await fillIn(admin, '/admin/clients/new?kind=custom', '/admin/clients', {
        client_name: ' ',
        description: strange,
        client_type: 'public',
        enable_client_credentials_flow: 'true',
        redirect_uris: 'http://app.example/callback\nhttps://good.example/',
        scopes: 'a "b"',
        allowed_resources: 'https://api.example/#part',
        project: '-x',
        service_account: '!',
        jwks: '{',
      })
      assert.equal(refused.status, 400)
      assert.match(refused.text, /id="jwks-error"[^>]*>Public keys is no JSON/)
      const typed = fieldsOf(refused.text)
      assert.equal(typed.description, strange)
      assert.equal(typed.redirect_uris, 'http://app.example/callback\nhttps://good.example/')
      assert.equal(typed.enable_client_credentials_flow, 'true')
      const more = await admin.post('/admin/clients', { ...typed, jwks: '' })
      for (const field of [
        'client_name',
        'grants',
        'redirect_uris',
        'scopes',
        'allowed_resources',
        'project',
      ]) {
        assert.match(more.text, new RegExp(`href="#${field}"`), field)
        assert.match(more.text, new RegExp(`id="${field}-error"`), field)
      }
    })

    it('shows and changes everything a client is', async () => {
      const { id } = await create('web', {
        client_name: strange,
        description: strange,
        redirect_uris: 'https://app.example/callback, https://app.example/second',
        post_logout_redirect_uris: 'https://app.example/bye',
        allowed_resources: 'https://api.example/',
        token_profile: 'long',
        project: 'apollo',
        service_account: 'deploy@apollo',
        token_endpoint_auth_method: 'client_secret_post',
        client_uri: 'https://app.example/',
        policy_uri: 'https://app.example/privacy',
        backchannel_logout_uri: 'https://app.example/logout',
        backchannel_logout_session_required: 'true',
        introspect_any: 'true',
        id_token_claims: 'true',
      })
      const made = await find(id)
      assert.deepEqual(made?.redirectUris, ['https://app.example/callback', 'https://app.example/second'])
      assert.equal(made?.metadata.backchannelLogoutUri, 'https://app.example/logout')
      const page = (await admin.get(`/admin/clients/${id}`)).text
      assert.doesNotMatch(page, /<b>&amp;amp;<\/b>|<b>&amp;<\/b>/)
      for (const text of ['apollo', 'https://api.example/', 'https://app.example/bye', 'Long', 'admin']) {
        assert.ok(page.includes(text), text)
      }
      // An edit that changes nothing changes nothing: the form holds all of it.
      locationOf(await fillIn(admin, `/admin/clients/${id}/edit`, `/admin/clients/${id}`, {}))
      const same = await find(id)
      assert.deepEqual({ ...same, updatedAt: 0 }, { ...made, updatedAt: 0 })

      const changed = await fillIn(admin, `/admin/clients/${id}/edit`, `/admin/clients/${id}`, {
        client_name: 'Renamed',
        redirect_uris: 'https://app.example/third',
        introspect_any: undefined,
        backchannel_logout_uri: '',
        backchannel_logout_session_required: undefined,
      })
      assert.equal(locationOf(changed), `/admin/clients/${id}?notice=updated`)
      const now = await find(id)
      assert.deepEqual(
        [now?.name, now?.redirectUris, now?.introspectAny, now?.metadata.backchannelLogoutUri],
        ['Renamed', ['https://app.example/third'], false, undefined],
      )
      assert.equal(now?.secretHash, made?.secretHash)
      await auditOf(id, 'CLIENT_UPDATED')
    })

    it('of two changes at once keeps the first, and shows both to the second', async () => {
      const { id } = await create('cli', { client_name: 'Raced' })
      const opened = fieldsOf((await admin.get(`/admin/clients/${id}/edit`)).text)
      locationOf(await admin.post(`/admin/clients/${id}`, { ...opened, description: 'first' }))
      const lost = await admin.post(`/admin/clients/${id}`, { ...opened, description: 'second' })
      assert.equal(lost.status, 409)
      assert.equal((await find(id))?.description, 'first')
      assert.equal(fieldsOf(lost.text).description, 'second')
      assert.match(lost.text, /Description, now<\/dt><dd><bdi class="kept-lines">first</)
      locationOf(await admin.post(`/admin/clients/${id}`, fieldsOf(lost.text)))
      assert.equal((await find(id))?.description, 'second')
    })

    it('a new secret ends the old one at once', async () => {
      const { id, secret } = await create('service', { client_name: 'Rotated', scopes: 'read' })
      const basic = (plain: string | undefined) => `Basic ${Buffer.from(`${id}:${plain}`).toString('base64')}`
      await machineToken(test, basic(secret))
      await admin.get(`/admin/clients/${id}`)
      const answer = await act(id, 'regenerate-secret')
      assert.equal(locationOf(answer), `/admin/clients/${id}/secret`)
      const fresh = secretOn((await admin.get(locationOf(answer))).text)
      assert.notEqual(fresh, secret)
      await machineToken(test, basic(fresh))
      const old = await test.post(
        '/oauth/token',
        { grant_type: 'client_credentials' },
        { authorization: basic(secret) },
      )
      assert.deepEqual([old.status, old.body.error], [401, 'invalid_client'])
      await auditOf(id, 'CLIENT_SECRET_REGENERATED')
    })

    it('a secret is shown in the session that made it, and nowhere else', async () => {
      const { id } = await create('service', { client_name: 'Private', scopes: 'read' })
      await admin.get(`/admin/clients/${id}`)
      const answer = await act(id, 'regenerate-secret')
      const other = await test.signedIn()
      other.cookies.set('authgate_secret', admin.cookies.get('authgate_secret')!)
      assert.equal(secretOn((await other.get(locationOf(answer))).text), undefined)
      assert.notEqual(secretOn((await admin.get(locationOf(answer))).text), undefined)
    })

    it('switching off ends tokens for good; switching on lets it begin again', async () => {
      const { id } = await create('cli', { client_name: 'Switched' })
      const tokens = await signIn(id)
      const userinfo = () => test.get('/oauth/userinfo', { authorization: `Bearer ${tokens.access_token}` })
      assert.equal((await userinfo()).status, 200)
      const page = (await admin.get(`/admin/clients/${id}`)).text
      assert.match(page, /1 access token and 1 refresh token that work now/)
      assert.match(page, /This ends 1 access token and 1 refresh token and forgets what people allowed/)
      assert.equal(await notice(id, 'deactivate'), 'deactivated')
      assert.equal(await notice(id, 'deactivate'), 'gone')
      assert.equal((await userinfo()).status, 401)
      assert.equal((await requestDeviceCode(test, { client_id: id })).body.error, 'invalid_client')
      assert.equal(await notice(id, 'activate'), 'activated')
      assert.equal((await userinfo()).status, 401)
      await signIn(id)
      await auditOf(id, 'CLIENT_DEACTIVATED')
      await auditOf(id, 'CLIENT_ACTIVATED')
    })

    it('ending all access takes tokens, consents, codes and approved devices', async () => {
      const client = await webClient(test, { grants: ['authorization_code', 'refresh_token', 'device_code'] })
      const asked = await authorize(admin, client)
      const sent = await decide(admin, asked, 'approve')
      const code = new URL(String(sent.headers.location)).searchParams.get('code')!
      const proof = { authorization: client.basic! }
      const device = (await test.post('/oauth/device/code', {}, proof)).body
      await admin.decide(device.user_code, 'approve')
      assert.match((await admin.get(`/admin/clients/${client.id}/authorizations`)).text, /admin@/)
      assert.equal(await notice(client.id, 'revoke-all'), 'access_ended')
      const redeemed = await test.post(
        '/oauth/token',
        { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier },
        proof,
      )
      assert.equal(redeemed.body.error, 'invalid_grant')
      const polled = await test.post(
        '/oauth/token',
        { grant_type: deviceCodeGrant, device_code: device.device_code },
        { authorization: client.basic! },
      )
      assert.equal(polled.body.error, 'access_denied')
      // The person is asked again.
      assert.equal((await authorize(admin, client)).status, 200)
      await auditOf(client.id, 'CLIENT_TOKENS_REVOKED_ALL')
    })

    it('takes back what one person allowed', async () => {
      const client = await webClient(test)
      await decide(admin, await authorize(admin, client), 'approve')
      const page = (await admin.get(`/admin/clients/${client.id}/authorizations`)).text
      const path = /action="([^"]*\/authorizations\/[^"]*\/revoke)"/.exec(page)![1]!
      assert.equal(
        locationOf(await admin.submit(path)),
        `/admin/clients/${client.id}/authorizations?notice=revoked`,
      )
      assert.match(
        (await admin.get(`/admin/clients/${client.id}/authorizations`)).text,
        /Nobody has allowed it yet/,
      )
      assert.equal((await admin.submit(path)).status, 404)
    })

    it('approves and rejects what waits, once', async () => {
      const [first, second] = [newClient({ status: 'pending' }), newClient({ status: 'pending' })]
      await test.app.storage.transaction(async (tx) => {
        await tx.clients.insert({ ...first, origin: 'self_service' })
        await tx.clients.insert({ ...second, origin: 'self_service' })
      })
      // As when another process made them.
      test.clock.advance(pendingApprovalsLifeSeconds)
      const list = (await admin.get('/admin/clients?status=pending')).text
      assert.ok(list.includes(first.id) && list.includes(second.id))
      assert.match(list, /2 wait for approval/)
      assert.equal((await requestDeviceCode(test, { client_id: first.id })).body.error, 'invalid_client')
      assert.equal(await notice(first.id, 'approve'), 'approved')
      assert.equal(await notice(first.id, 'approve'), 'gone')
      assert.equal(await notice(second.id, 'reject'), 'rejected')
      assert.equal((await requestDeviceCode(test, { client_id: first.id })).status, 200)
      assert.deepEqual((await find(second.id))?.status, 'inactive')
      assert.doesNotMatch((await admin.get('/admin/clients')).text, /for approval/)
    })

    it('deletes a client with its tokens', async () => {
      const { id } = await create('cli', { client_name: 'Deleted' })
      const tokens = await signIn(id)
      await admin.get(`/admin/clients/${id}`)
      assert.equal(locationOf(await act(id, 'delete')), '/admin/clients?notice=deleted')
      const answer = await test.get('/oauth/userinfo', { authorization: `Bearer ${tokens.access_token}` })
      assert.equal(answer.status, 401)
      assert.equal((await admin.get(`/admin/clients/${id}`)).status, 404)
    })

    it('gives a client to somebody, who then finds it among their own', async () => {
      const { username, password } = await test.account('owner')
      const { id } = await create('cli', { client_name: 'Handed over' })
      await admin.get(`/admin/clients/${id}`)
      const wrong = await act(id, 'owner', { owner: 'nobody-here' })
      assert.equal(wrong.status, 400)
      assert.match(wrong.text, /There is nobody of that name/)
      assert.equal(await notice(id, 'owner', { owner: username }), 'owner')
      const person = test.browser()
      await person.signIn(username, password)
      assert.match((await person.get('/apps')).text, /Handed over/)
    })

    it('lists by state, type, origin and name, and keeps all of it on the way', async () => {
      await test.app.storage.transaction(async (tx) => {
        for (let index = 0; index < 45; index++) {
          await tx.clients.insert(
            newClient({ name: `Listed ${String(index).padStart(2, '0')}`, status: 'inactive' }),
          )
        }
      })
      const first = (await admin.get('/admin/clients?search=listed&status=inactive&type=public')).text
      assert.match(first, /45 entries in all/)
      assert.match(first, /href="\/admin\/clients\?search=listed&amp;type=public&amp;status=active"/)
      const next = /href="([^"]*after=[^"]*)"/.exec(first)![1]!.replaceAll('&amp;', '&')
      assert.match(next, /search=listed&status=inactive&type=public/)
      const second = (await admin.get(next)).text
      assert.match(second, /Listed 24/)
      assert.doesNotMatch(second, /Listed 44/)
      const previous = /href="([^"]*before=[^"]*)"/.exec(second)![1]!.replaceAll('&amp;', '&')
      assert.match((await admin.get(previous)).text, /Listed 44/)
      assert.match((await admin.get('/admin/clients?search=nothing-like-it')).text, /Nothing matches/)
      assert.match((await admin.get('/admin/clients?search=LISTED%2007')).text, /1 entry in all/)
      assert.match((await admin.get(`/admin/clients?search=${test.clientId}`)).text, /AuthGate CLI/)
    })

    it('copes with a client id that is an address', async () => {
      const id = `https://app.example/${'path/'.repeat(30)}client.json?a=b` as ClientId
      await test.app.storage.transaction((tx) =>
        tx.clients.insert(newClient({ id, name: 'Described', origin: 'metadata_document' })),
      )
      const path = `/admin/clients/${encodeURIComponent(id)}`
      const page = await admin.get(path)
      assert.equal(page.status, 200)
      assert.match(page.text, /It describes itself/)
      assert.equal(locationOf(await admin.get(`${path}/edit`)), path)
      assert.equal(await notice(id, 'deactivate'), 'deactivated')
      assert.equal(locationOf(await act(id, 'delete')), '/admin/clients?notice=deleted')
    })

    it('is for administrators, with a form of ours', async () => {
      const { username, password } = await test.account('not-an-admin')
      const person = test.browser()
      await person.signIn(username, password)
      await person.get('/account/sessions')
      const { id } = await create('cli', { client_name: 'Guarded' })
      const posts = [
        '',
        '/approve',
        '/reject',
        '/deactivate',
        '/activate',
        '/revoke-all',
        '/owner',
        '/delete',
        '/regenerate-secret',
      ]
      for (const path of [
        '/admin/clients',
        '/admin/clients/new',
        `/admin/clients/${id}`,
        `/admin/clients/${id}/edit`,
        `/admin/clients/${id}/created`,
        `/admin/clients/${id}/authorizations`,
      ]) {
        assert.equal((await person.get(path)).status, 403, path)
        assert.match(locationOf(await test.browser().get(path)), /^\/login\?redirect=/)
      }
      await person.get('/account/sessions')
      for (const rest of posts) {
        assert.equal((await person.submit(`/admin/clients/${id}${rest}`)).status, 403, rest)
        assert.equal((await admin.post(`/admin/clients/${id}${rest}`, { csrf_token: 'x' })).status, 403, rest)
      }
      assert.equal((await person.submit('/admin/clients')).status, 403)
      assert.equal((await find(id))?.status, 'active')
    })
  })
}
