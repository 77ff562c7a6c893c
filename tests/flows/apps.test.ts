/** `/apps` through HTTP: what people do to clients of their own, and what they may not. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ClientId } from '../../src/shared/ids.ts'
import { fieldsOf, fillIn, locationOf, secretOn } from '../support/client-form.ts'
import { poll, requestDeviceCode } from '../support/oauth-client.ts'
import { drivers, type Fields, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

async function personAt(test: TestApp, name: string): Promise<TestBrowser> {
  const { username, password } = await test.account(name)
  const person = test.browser()
  await person.signIn(username, password)
  return person
}

/** Fills in the form of a new app. @returns its id. */
async function makeApp(person: TestBrowser, kind: string, changes: Fields): Promise<string> {
  const made = await fillIn(person, `/apps/new?kind=${kind}`, '/apps', changes)
  return /^\/apps\/([^/]+)\/created$/.exec(locationOf(made))?.[1] ?? ''
}

for (const { driver, skip } of drivers) {
  describe(`/apps on ${driver}`, { skip }, () => {
    let test: TestApp
    let admin: TestBrowser
    let ana: TestBrowser
    before(async () => {
      test = await startTestApp({ driver })
      admin = await test.signedIn()
      ana = await personAt(test, 'ana')
    })
    after(() => test.close())

    const find = (id: string) => test.app.storage.read.clients.find(id as ClientId)
    const edit = (id: string, changes: Fields) => fillIn(ana, `/apps/${id}/edit`, `/apps/${id}`, changes)
    const approve = async (id: string): Promise<void> => {
      await admin.get(`/admin/clients/${id}`)
      assert.match(locationOf(await admin.submit(`/admin/clients/${id}/approve`)), /notice=approved$/)
    }
    const userinfoOf = async (id: string): Promise<() => Promise<number>> => {
      const device = (await requestDeviceCode(test, { client_id: id })).body
      await ana.decide(device.user_code, 'approve')
      const { access_token: token } = (await poll(test, device.device_code, { client_id: id })).body
      return async () => (await test.get('/oauth/userinfo', { authorization: `Bearer ${token}` })).status
    }

    it('an app waits for an administrator, works once approved, and waits again when it changes', async () => {
      assert.match((await ana.get('/apps/new?kind=cli')).text, /An administrator approves it first/)
      const id = await makeApp(ana, 'cli', { client_name: 'Ana’s CLI' })
      assert.match((await ana.get(`/apps/${id}/created`)).text, /waits for approval/)
      assert.equal((await requestDeviceCode(test, { client_id: id })).status, 401)
      assert.match((await admin.get('/admin/clients')).text, /1 waits for approval/)
      await approve(id)
      const userinfo = await userinfoOf(id)
      assert.equal(await userinfo(), 200)

      // A note changes nothing that anybody relies on.
      locationOf(await edit(id, { description: 'A note' }))
      assert.equal((await find(id))?.status, 'active')
      assert.equal(await userinfo(), 200)

      for (const changes of [
        { client_name: 'Something else' },
        { scopes: 'openid' },
        { redirect_uris: 'http://127.0.0.1/callback' },
        { enable_auth_code_flow: 'true' },
        { project: 'apollo' },
        { service_account: 'deploy' },
        { client_type: 'confidential' },
        { logo_uri: 'https://app.example/logo.png' },
      ]) {
        assert.match((await ana.get(`/apps/${id}/edit`)).text, /Saving makes it wait for approval/)
        locationOf(await edit(id, changes))
        assert.equal((await find(id))?.status, 'pending', JSON.stringify(changes))
        assert.equal(await userinfo(), 401)
        await approve(id)
      }
      // What ended does not come back with the approval.
      assert.equal(await userinfo(), 401)
    })

    it('people give an app what is about themselves, and nothing else', async () => {
      const open = fieldsOf((await ana.get('/apps/new?kind=custom')).text)
      for (const field of [
        'introspect_any',
        'allowed_resources',
        'token_profile',
        'extra_claims',
        'security_profile',
      ]) {
        assert.equal(open[field], undefined, field)
      }
      const refused = await ana.post('/apps', {
        ...open,
        client_name: 'Greedy',
        enable_device_flow: 'true',
        scopes: 'openid read',
      })
      assert.equal(refused.status, 400)
      assert.match(refused.text, /id="scopes-error"[^>]*>Scopes “read” is for administrators to give/)
      assert.equal(fieldsOf(refused.text).scopes, 'openid read')
      const exchange = await ana.post('/apps', {
        ...open,
        client_name: 'Greedy',
        enable_token_exchange: 'true',
      })
      assert.match(exchange.text, /“token_exchange” is for administrators to give/)
      const id = await makeApp(ana, 'service', {
        client_name: 'Sneaky',
        scopes: 'email',
        introspect_any: 'true',
        extra_claims: 'true',
        id_token_claims: 'true',
        allowed_resources: 'https://api.example/',
        token_profile: 'long',
        token_exchange_subjects: '*',
        security_profile: 'fapi2',
        backchannel_logout_uri: 'http://10.0.0.1/',
      })
      const client = await find(id)
      assert.deepEqual(
        [
          client?.introspectAny,
          client?.allowedResources,
          client?.tokenProfile,
          client?.metadata,
          client?.origin,
        ],
        [false, [], 'standard', {}, 'self_service'],
      )
    })

    it('what an administrator set stays when its owner changes the rest', async () => {
      const id = await makeApp(ana, 'cli', { client_name: 'Extended' })
      await approve(id)
      const changes = {
        scopes: 'openid read',
        allowed_resources: 'https://api.example/',
        token_profile: 'long',
      }
      locationOf(await fillIn(admin, `/admin/clients/${id}/edit`, `/admin/clients/${id}`, changes))
      assert.equal((await find(id))?.status, 'active')
      locationOf(await edit(id, { client_name: 'Extended further' }))
      const client = await find(id)
      assert.deepEqual(
        [client?.scopes, client?.allowedResources, client?.tokenProfile],
        [['openid', 'read'], ['https://api.example/'], 'long'],
      )
    })

    it('somebody else’s app is not there', async () => {
      const id = await makeApp(ana, 'cli', { client_name: 'Ana’s own' })
      const bea = await personAt(test, 'bea')
      assert.doesNotMatch((await bea.get('/apps')).text, /Ana’s own/)
      const nobodys = await bea.get('/apps/019b9c2e-5a41-7d52-8f3e-6f6f0c3d2b1a')
      for (const rest of ['', '/edit', '/created', '/secret']) {
        assert.equal((await bea.get(`/apps/${id}${rest}`)).status, nobodys.status)
      }
      assert.equal(nobodys.status, 404)
      await bea.get('/apps')
      for (const rest of ['', '/delete', '/regenerate-secret']) {
        await bea.get('/account/sessions')
        assert.equal((await bea.submit(`/apps/${id}${rest}`, { client_name: 'Bea’s' })).status, 404, rest)
        assert.equal((await ana.post(`/apps/${id}${rest}`, { csrf_token: 'x' })).status, 403, rest)
      }
      assert.equal((await find(id))?.name, 'Ana’s own')
      assert.match(locationOf(await test.browser().get('/apps')), /^\/login\?redirect=%2Fapps/)
    })

    it('a lost race shows both, a new secret ends the old one, and deleting ends tokens', async () => {
      const id = await makeApp(ana, 'web', { client_name: 'Web', redirect_uris: 'https://app.example/' })
      const opened = fieldsOf((await ana.get(`/apps/${id}/edit`)).text)
      locationOf(await ana.post(`/apps/${id}`, { ...opened, description: 'first' }))
      const lost = await ana.post(`/apps/${id}`, { ...opened, description: 'second' })
      assert.equal(lost.status, 409)
      assert.match(lost.text, /Somebody else changed this client meanwhile/)

      const before = (await find(id))?.secretHash
      await ana.get(`/apps/${id}`)
      const made = await ana.submit(`/apps/${id}/regenerate-secret`)
      assert.match(secretOn((await ana.get(locationOf(made))).text) ?? '', /^ago_/)
      assert.notEqual((await find(id))?.secretHash, before)

      const cli = await makeApp(ana, 'cli', { client_name: 'Short-lived' })
      await approve(cli)
      const userinfo = await userinfoOf(cli)
      await ana.get(`/apps/${cli}`)
      assert.equal(locationOf(await ana.submit(`/apps/${cli}/delete`)), '/apps?notice=deleted')
      assert.equal(await userinfo(), 401)
      assert.equal(await find(cli), undefined)
    })

    it('an administrator’s own app needs nobody', async () => {
      const id = await makeApp(admin, 'cli', { client_name: 'Admin’s own' })
      assert.equal((await find(id))?.status, 'active')
      assert.equal((await requestDeviceCode(test, { client_id: id })).status, 200)
    })
  })
}

describe('/apps by its settings', () => {
  const withApp = async (environment: Record<string, string>, body: (test: TestApp) => Promise<void>) => {
    const test = await startTestApp({ environment })
    try {
      await body(test)
    } finally {
      await test.close()
    }
  }

  it('SELF_SERVICE_APPS_APPROVAL=false lets apps work at once, without claims that nobody looked at', () =>
    withApp({ SELF_SERVICE_APPS_APPROVAL: 'false' }, async (test) => {
      const ana = await personAt(test, 'ana')
      assert.doesNotMatch((await ana.get('/apps/new?kind=cli')).text, /approves it first|name="project"/)
      const id = await makeApp(ana, 'cli', { client_name: 'At once' })
      assert.equal((await requestDeviceCode(test, { client_id: id })).status, 200)
      const refused = await fillIn(ana, `/apps/${id}/edit`, `/apps/${id}`, { project: 'apollo' })
      assert.match(refused.text, /Project is for administrators to set/)
      locationOf(await fillIn(ana, `/apps/${id}/edit`, `/apps/${id}`, { client_name: 'Still' }))
      assert.equal((await requestDeviceCode(test, { client_id: id })).status, 200)
    }))

  it('SELF_SERVICE_APPS_PER_PERSON limits each person', () =>
    withApp({ SELF_SERVICE_APPS_PER_PERSON: '1' }, async (test) => {
      const [ana, bea] = [await personAt(test, 'ana'), await personAt(test, 'bea')]
      await makeApp(ana, 'cli', { client_name: 'First' })
      const second = await fillIn(ana, '/apps/new?kind=cli', '/apps', { client_name: 'Second' })
      assert.equal(second.status, 403)
      assert.match(second.text, /You have as many apps as one person may have/)
      await makeApp(bea, 'cli', { client_name: 'Bea’s' })
    }))

  it('ENABLE_SELF_SERVICE_APPS=false takes the pages away', () =>
    withApp({ ENABLE_SELF_SERVICE_APPS: 'false' }, async (test) => {
      const admin = await test.signedIn()
      assert.equal((await admin.get('/apps')).status, 404)
      assert.doesNotMatch((await admin.get('/account/sessions')).text, /My apps/)
    }))
})
