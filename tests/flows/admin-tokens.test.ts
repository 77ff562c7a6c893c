/** Single tokens, taken out of use and put back: by administrators and by the people they speak for. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { machineToken, poll, refresh, requestDeviceCode } from '../support/oauth-client.ts'
import { drivers, type Metrics, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

const counters = ['oauth_tokens_revoked_total']
const gauges = ['oauth_tokens_active']
const unknown = '01900000-0000-7000-8000-000000000000'

/** The `jti` of an access token, which is its id here. */
function idOf(accessToken: string): string {
  return JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).jti
}

for (const { driver, skip } of drivers) {
  describe(`tokens on ${driver}`, { skip }, () => {
    let test: TestApp
    let admin: TestBrowser
    let robot: Awaited<ReturnType<TestApp['confidentialClient']>>
    before(async () => {
      test = await startTestApp({ driver })
      admin = await test.signedIn()
      robot = await test.confidentialClient()
    })
    after(() => test.close())

    const signIn = async (username: string) => {
      const { password } = await test.account(username)
      const browser = test.browser()
      await browser.signIn(username, password)
      const device = await requestDeviceCode(test)
      await browser.decide(device.body.user_code, 'approve')
      const { body } = await poll(test, device.body.device_code)
      const { entries } = await test.app.storage.read.tokenLists.pageOfGrant(
        (await test.app.storage.read.accessTokens.find(idOf(body.access_token) as never))!.grantId!,
        test.clock.now(),
        { limit: 10 },
      )
      return {
        browser,
        access: body.access_token as string,
        refreshToken: body.refresh_token as string,
        accessId: idOf(body.access_token),
        refreshId: entries.find(({ kind }) => kind === 'refresh')!.id as string,
        grantId: entries[0]!.grantId!,
      }
    }
    const accepted = async (accessToken: string): Promise<boolean> =>
      (await test.get('/oauth/userinfo', { authorization: `Bearer ${accessToken}` })).status === 200
    const listed = async (query: string): Promise<string[]> =>
      [
        ...(await admin.get(`/admin/tokens?${query}`)).text.matchAll(
          /<code title="([0-9a-f-]{36})">[0-9a-f]{8}…/g,
        ),
      ].map(([, id]) => id!)
    const act = async (id: string, name: string, fields = {}) => {
      await admin.get('/admin/tokens')
      return admin.submit(`/admin/tokens/${id}/${name}`, fields)
    }
    const moved = async (earlier: Metrics, names = counters) => (await test.metrics()).since(earlier, names)

    it('are listed by kind, state, client, person and id', async () => {
      const ana = await signIn('list-ana')
      const own = idOf(await machineToken(test, robot.basic))
      assert.deepEqual(await listed('user=list-ana'), [ana.accessId])
      assert.deepEqual(await listed('user=LIST-ANA@example.com'), [ana.accessId])
      assert.deepEqual(await listed('user=list-ana&category=refresh'), [ana.refreshId])
      assert.deepEqual(await listed('user=list-ana&status=revoked'), [])
      assert.deepEqual(await listed(`client=${robot.id}`), [own])
      assert.deepEqual(await listed('client=confidential%20cl'), [own])
      assert.deepEqual(await listed(`client=${robot.id}&user=list-ana`), [])
      assert.deepEqual(await listed(`id=${own}`), [own])
      assert.deepEqual(await listed(`id=${unknown}`), [])
      for (const nothing of ['id=x', 'user=nobody', 'client=nothing', 'user=%25', 'client=%25']) {
        const page = await admin.get(`/admin/tokens?${nothing}`)
        assert.equal(page.status, 200)
        assert.match(page.text, /Nothing matches/)
      }
      assert.ok((await listed('status=active')).includes(own))
      for (const odd of [
        'after=x',
        'after=WyJhIiwiYiJd&status=active',
        'before=W251bGxd',
        'status=x&category=y',
      ]) {
        assert.equal((await admin.get(`/admin/tokens?${odd}`)).status, 200, odd)
      }
    })

    it('are disabled and enabled without moving a counter', async () => {
      const ben = await signIn('ben')
      const before = await test.metrics()
      const disabled = await act(ben.accessId, 'disable', { return_query: 'user=ben&status=active&evil=1' })
      assert.equal(disabled.headers.location, '/admin/tokens?status=active&user=ben&notice=disabled')
      assert.equal(await accepted(ben.access), false)
      assert.deepEqual(await listed('user=ben&status=disabled'), [ben.accessId])
      assert.deepEqual(await moved(before), {})
      assert.deepEqual(await moved(before, gauges), { 'oauth_tokens_active{token_type="access"}': -1 })
      assert.match(String((await act(ben.accessId, 'disable')).headers.location), /notice=unchanged/)
      await act(ben.accessId, 'enable')
      assert.equal(await accepted(ben.access), true)
      assert.deepEqual(await moved(before, [...counters, ...gauges]), {})

      await act(ben.refreshId, 'disable')
      assert.equal((await refresh(test, ben.refreshToken)).status, 400)
      assert.equal(await accepted(ben.access), true, 'the family is not ended by that')
      await act(ben.refreshId, 'enable')
      assert.equal((await refresh(test, ben.refreshToken)).status, 200)
    })

    it('are revoked and counted once; one that was disabled is not counted', async () => {
      const carla = await signIn('carla')
      const before = await test.metrics()
      await act(carla.accessId, 'revoke')
      assert.equal(await accepted(carla.access), false)
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="admin"}': 1 })
      for (const again of ['revoke', 'disable', 'enable']) {
        assert.match(String((await act(carla.accessId, again)).headers.location), /notice=unchanged/)
      }
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="admin"}': 1 })

      const own = idOf(await machineToken(test, robot.basic))
      await act(own, 'disable')
      await act(own, 'revoke')
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="admin"}': 1 })
      assert.deepEqual(await listed(`id=${own}&status=revoked`), [own])
    })

    it('a refresh token takes its family along, and nothing of that can be enabled again', async () => {
      const dan = await signIn('dan')
      await act(dan.accessId, 'disable')
      const before = await test.metrics()
      const page = await admin.get(`/admin/tokens/${dan.refreshId}`)
      assert.match(page.text, /This ends everything .* got with this sign-in of .*dan/)
      await act(dan.refreshId, 'revoke')
      // The access token was out of use before.
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="admin"}': 1 })
      assert.equal((await refresh(test, dan.refreshToken)).status, 400)
      assert.match(String((await act(dan.accessId, 'enable')).headers.location), /notice=unchanged/)
      assert.equal(await accepted(dan.access), false)
    })

    it('are revoked many at once, after a question, and the list comes back as it was', async () => {
      const eva = await signIn('eva')
      const own = [idOf(await machineToken(test, robot.basic)), idOf(await machineToken(test, robot.basic))]
      const query = `client=${robot.id}&page_size=50`
      await admin.get(`/admin/tokens?${query}`)
      const fields = Object.fromEntries([...own, eva.refreshId].map((id) => [`select_${id}`, '1']))
      const before = await test.metrics()
      const asked = await admin.submit('/admin/tokens/revoke', { ...fields, return_query: query })
      assert.equal(asked.status, 200)
      assert.match(asked.text, /This ends 3 tokens/)
      assert.match(asked.text, /eva/)
      assert.deepEqual(await moved(before), {}, 'nothing before it is confirmed')
      const done = await admin.submit('/admin/tokens/revoke', {
        ...fields,
        confirmed: 'true',
        return_query: query,
      })
      assert.equal(done.headers.location, `/admin/tokens?client=${robot.id}&page_size=50&notice=many_revoked`)
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="admin"}': 4 })
      assert.equal(await accepted(eva.access), false)
      const none = await admin.submit('/admin/tokens/revoke', { return_query: query })
      assert.match(String(none.headers.location), /notice=none_selected/)
      const many = Object.fromEntries(
        Array.from({ length: 50 }, (_, n) => [
          `select_${unknown.slice(0, -3)}${String(n).padStart(3, '0')}`,
          '1',
        ]),
      )
      const unchanged = await admin.submit('/admin/tokens/revoke', { ...many, confirmed: 'true' })
      assert.equal(unchanged.headers.location, '/admin/tokens?notice=unchanged')
    })

    it('forms lead back to the list and nowhere else', async () => {
      const own = idOf(await machineToken(test, robot.basic))
      for (const evil of [
        '//evil.example',
        'https://evil.example',
        'a=b&notice=revoked#x',
        '\u0000',
        'x'.repeat(9000),
      ]) {
        const answer = await act(own, 'enable', { return_query: evil })
        if (answer.status === 303) assert.equal(answer.headers.location, '/admin/tokens?notice=unchanged')
        else assert.equal(answer.status, 400)
      }
      assert.equal((await act(unknown, 'revoke')).status, 404)
      assert.equal((await admin.get(`/admin/tokens/${unknown}`)).status, 404)
      assert.equal((await admin.get('/admin/tokens/x')).status, 404)
    })

    it('people pause, resume and end their own, and nobody else’s', async () => {
      const fay = await signIn('fay')
      const gus = await signIn('gus')
      const { browser } = fay
      const page = await browser.get(`/account/grants/${fay.grantId}`)
      assert.equal(page.status, 200)
      for (const id of [fay.accessId, fay.refreshId]) {
        assert.match(page.text, new RegExp(`/account/sessions/${id}/disable`))
      }
      assert.match(page.text, /This ends 2 tokens/)
      const before = await test.metrics()
      const paused = await browser.submit(`/account/sessions/${fay.accessId}/disable`)
      assert.equal(paused.headers.location, `/account/grants/${fay.grantId}?notice=token_paused`)
      assert.equal(await accepted(fay.access), false)
      assert.deepEqual(await moved(before), {})
      await browser.submit(`/account/sessions/${fay.accessId}/enable`)
      assert.equal(await accepted(fay.access), true)
      await browser.submit(`/account/sessions/${fay.accessId}/revoke`)
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="user_request"}': 1 })
      const ended = await browser.submit(`/account/sessions/${fay.refreshId}/revoke`)
      assert.equal(ended.headers.location, '/account/sessions?notice=grant_revoked')
      assert.deepEqual(await moved(before), { 'oauth_tokens_revoked_total{reason="user_request"}': 2 })
      assert.equal((await browser.get(`/account/grants/${fay.grantId}`)).status, 404)

      for (const name of ['revoke', 'disable', 'enable']) {
        for (const id of [gus.accessId, gus.refreshId, unknown, 'x']) {
          await browser.get('/account/sessions')
          assert.equal((await browser.submit(`/account/sessions/${id}/${name}`)).status, 404, `${name} ${id}`)
        }
      }
      assert.equal((await browser.get(`/account/grants/${gus.grantId}`)).status, 404)
      assert.equal(await accepted(gus.access), true)
    })

    it('every act is in the audit log', async () => {
      const own = idOf(await machineToken(test, robot.basic))
      for (const name of ['disable', 'enable', 'disable', 'revoke']) await act(own, name)
      // Writes what waits.
      await test.app.observers.stop()
      const rows = await test.app.storage.read.audit.list({ limit: 20 })
      assert.deepEqual(
        rows
          .filter(({ resourceId, eventType }) => resourceId === own && !eventType.endsWith('ISSUED'))
          .map(({ eventType, actorName }) => [eventType, actorName])
          .toReversed(),
        [
          ['TOKEN_DISABLED', 'admin'],
          ['TOKEN_ENABLED', 'admin'],
          ['TOKEN_DISABLED', 'admin'],
          ['TOKEN_REVOKED', 'admin'],
        ],
      )
    })
  })
}
