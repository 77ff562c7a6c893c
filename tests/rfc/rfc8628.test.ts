/** RFC 8628: OAuth 2.0 Device Authorization Grant. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { deviceCodeGrant, errorOf, poll, requestDeviceCode, signInDevice } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp } from '../support/test-app.ts'

for (const { driver, skip } of drivers) {
  describe(`RFC 8628 on ${driver}`, { skip }, () => {
    let test: TestApp
    before(async () => {
      test = await startTestApp({ driver })
    })
    after(() => test.close())

    describe('§3.1: device authorization request', () => {
      it('§3.1: an unknown client is invalid_client', async () => {
        const answer = await requestDeviceCode(test, { client_id: 'nobody' })
        assert.deepEqual(errorOf(answer), [401, 'invalid_client'])
        assert.match(String(answer.headers['www-authenticate']), /^Basic /)
      })

      it('§3.1: a request without a client is invalid_client', async () => {
        assert.deepEqual(errorOf(await test.post('/oauth/device/code', { scope: 'read' })), [
          401,
          'invalid_client',
        ])
      })

      it('§3.1: a client without the device grant is unauthorized_client', async () => {
        const client = await test.confidentialClient({ grants: ['client_credentials'] })
        const answer = await test.post('/oauth/device/code', {}, { authorization: client.basic })
        assert.deepEqual(errorOf(answer), [400, 'unauthorized_client'])
      })

      it('§3.1: a confidential client must authenticate', async () => {
        const client = await test.confidentialClient()
        assert.deepEqual(errorOf(await test.post('/oauth/device/code', { client_id: client.id })), [
          401,
          'invalid_client',
        ])
        const answer = await test.post('/oauth/device/code', {}, { authorization: client.basic })
        assert.equal(answer.status, 200)
      })

      it('§3.1: scope beyond the client’s is dropped, and refused when nothing remains', async () => {
        const device = await requestDeviceCode(test, { scope: 'read admin' })
        assert.equal(device.status, 200)
        const browser = await test.signedIn()
        await browser.decide(device.body.user_code, 'approve')
        assert.equal((await poll(test, device.body.device_code)).body.scope, 'read')
        assert.deepEqual(errorOf(await requestDeviceCode(test, { scope: 'admin' })), [400, 'invalid_scope'])
      })

      it('a JSON body is read as well', async () => {
        for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain']) {
          const answer = await test.request({
            method: 'POST',
            url: '/oauth/device/code',
            headers: { 'content-type': type },
            payload: JSON.stringify({ client_id: test.clientId, scope: 'read' }),
          })
          assert.equal(answer.statusCode, 200, type)
        }
      })
    })

    describe('§3.2: device authorization response', () => {
      it('§3.2: has every member, is never cached, and is JSON', async () => {
        const answer = await requestDeviceCode(test)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.match(String(answer.headers['content-type']), /^application\/json/)
        const { body } = answer
        assert.match(body.user_code, /^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/)
        assert.equal(body.verification_uri, 'http://localhost:8080/device')
        assert.equal(body.verification_uri_complete, `${body.verification_uri}?user_code=${body.user_code}`)
        assert.deepEqual([body.expires_in, body.interval], [1800, 5])
        assert.ok(Buffer.from(body.device_code).length >= 40)
      })

      it('§5.2, §6.1: codes are unpredictable: none comes twice', async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, () => requestDeviceCode(test)))
        assert.equal(new Set(answers.map(({ body }) => body.device_code)).size, 50)
        assert.equal(new Set(answers.map(({ body }) => body.user_code)).size, 50)
      })
    })

    describe('§3.3: the person decides', () => {
      it('§3.3: sees who asks, for what and from where, before anything is allowed', async () => {
        const device = await requestDeviceCode(test, { scope: 'read email' })
        const browser = await test.signedIn()
        await browser.get('/device')
        const page = await browser.submit('/device/verify', { user_code: device.body.user_code })
        assert.equal(page.status, 200)
        assert.match(page.text, /AuthGate CLI/)
        assert.match(page.text, /127\.0\.0\.1/)
        assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'authorization_pending'])
      })

      it('§3.3.1: opening verification_uri_complete alone allows nothing', async () => {
        const device = await requestDeviceCode(test)
        const browser = await test.signedIn()
        const page = await browser.get(`/device?user_code=${device.body.user_code}`)
        assert.equal(page.status, 200)
        assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'authorization_pending'])
      })

      it('§6.1: the code may be typed in any case, with spaces or dashes anywhere', async () => {
        const device = await requestDeviceCode(test)
        const typed = [...device.body.user_code.replace('-', '').toLowerCase()].join(' ').replace(' ', ' - ')
        const browser = await test.signedIn()
        assert.equal((await browser.decide(typed, 'approve')).status, 303)
        assert.equal((await poll(test, device.body.device_code)).status, 200)
      })

      it('§3.3: a code works for one decision', async () => {
        const device = await requestDeviceCode(test)
        const browser = await test.signedIn()
        assert.equal((await browser.decide(device.body.user_code, 'deny')).status, 303)
        assert.equal((await browser.decide(device.body.user_code, 'approve')).status, 400)
        assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'access_denied'])
      })

      it('the form may leave out the action once it is confirmed, and then allows', async () => {
        const device = await requestDeviceCode(test)
        const browser = await test.signedIn()
        await browser.get('/device')
        const done = await browser.submit('/device/verify', {
          user_code: device.body.user_code,
          confirmed: 'true',
        })
        assert.equal(done.status, 303)
        assert.equal((await poll(test, device.body.device_code)).status, 200)
      })
    })

    describe('§3.4, §3.5: the device polls', () => {
      it('§3.5: authorization_pending until the person decided, then tokens', async () => {
        const device = await requestDeviceCode(test, { scope: 'read' })
        assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'authorization_pending'])
        const browser = await test.signedIn()
        await browser.decide(device.body.user_code, 'approve')
        const tokens = await poll(test, device.body.device_code)
        assert.equal(tokens.status, 200)
        assert.equal(tokens.headers['cache-control'], 'no-store')
        assert.equal(tokens.headers.pragma, 'no-cache')
        assert.equal(tokens.body.token_type, 'Bearer')
        assert.equal(tokens.body.scope, 'read')
        assert.ok(Number.isInteger(tokens.body.expires_in) && tokens.body.expires_in > 3500)
        assert.ok(tokens.body.refresh_token.length > 40)
      })

      it('§3.5: slow_down adds five seconds, for this and all later polls', async () => {
        const device = await requestDeviceCode(test)
        const answers: string[] = []
        for (const wait of [0, 5, 4, 3.9, 9, 8.9, 14, 15]) {
          test.clock.advance(wait)
          answers.push((await poll(test, device.body.device_code)).body.error)
        }
        // After the first slow_down the interval is 10 s, after the second 15 s; a second early is forgiven.
        assert.deepEqual(answers, [
          'authorization_pending',
          'authorization_pending',
          'authorization_pending',
          'slow_down',
          'authorization_pending',
          'slow_down',
          'authorization_pending',
          'authorization_pending',
        ])
      })

      it('§3.5: a decision wins over slow_down', async () => {
        const device = await requestDeviceCode(test)
        await poll(test, device.body.device_code)
        const browser = await test.signedIn()
        await browser.decide(device.body.user_code, 'approve')
        assert.equal((await poll(test, device.body.device_code)).status, 200)
      })

      it('§3.5: expired_token, as often as the device asks', async () => {
        const device = await requestDeviceCode(test)
        test.clock.advance(1801)
        for (let attempt = 0; attempt < 3; attempt++) {
          assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'expired_token'])
        }
      })

      it('§3.4: unknown, malformed and foreign codes are invalid_grant', async () => {
        const device = await requestDeviceCode(test)
        const code: string = device.body.device_code
        for (const wrong of [
          'nonsense',
          `${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`,
          '0'.repeat(40),
        ]) {
          assert.deepEqual(errorOf(await poll(test, wrong)), [400, 'invalid_grant'])
        }
        const other = await test.confidentialClient()
        const foreign = await test.post(
          '/oauth/token',
          { grant_type: deviceCodeGrant, device_code: code },
          { authorization: other.basic },
        )
        assert.deepEqual(errorOf(foreign), [400, 'invalid_grant'])
        // The foreign poll does not slow the owner down.
        assert.deepEqual(errorOf(await poll(test, code)), [400, 'authorization_pending'])
      })

      it('§3.4: device_code is required', async () => {
        const answer = await test.post('/oauth/token', {
          grant_type: deviceCodeGrant,
          client_id: test.clientId,
        })
        assert.deepEqual(errorOf(answer), [400, 'invalid_request'])
      })

      it('§3.5: a code gives tokens once', async () => {
        const device = await requestDeviceCode(test)
        const browser = await test.signedIn()
        await browser.decide(device.body.user_code, 'approve')
        assert.equal((await poll(test, device.body.device_code)).status, 200)
        assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'invalid_grant'])
      })

      it('§3.5: 100 parallel polls of an approved code give exactly one token', async () => {
        const device = await requestDeviceCode(test)
        const browser = await test.signedIn()
        await browser.decide(device.body.user_code, 'approve')
        const answers = await Promise.all(
          Array.from({ length: 100 }, () => poll(test, device.body.device_code)),
        )
        assert.equal(answers.filter(({ status }) => status === 200).length, 1)
        assert.ok(answers.every(({ status, body }) => status === 200 || body.error === 'invalid_grant'))
      })

      it('a person disabled after allowing gives no tokens', async () => {
        const { username, password } = await test.account(`late-${driver}`)
        const device = await requestDeviceCode(test)
        const browser = test.browser()
        await browser.signIn(username, password)
        await browser.decide(device.body.user_code, 'approve')
        const account = await test.app.storage.read.accounts.findByUsername(username)
        await test.administration.accounts.disable(account!, { type: 'system' })
        assert.deepEqual(errorOf(await poll(test, device.body.device_code)), [400, 'access_denied'])
      })
    })

    it('RFC 8707 §2: a resource is allowed for the client, bound to the code, and becomes the audience', async () => {
      const client = await test.confidentialClient({ resources: ['https://api.example.com'] })
      const authorization = { authorization: client.basic }
      const refused = await test.post(
        '/oauth/device/code',
        { resource: 'https://other.example' },
        authorization,
      )
      assert.deepEqual(errorOf(refused), [400, 'invalid_target'])
      const device = await test.post(
        '/oauth/device/code',
        { resource: 'HTTPS://api.example.com/' },
        authorization,
      )
      const browser = await test.signedIn()
      await browser.decide(device.body.user_code, 'approve')
      const fields = { grant_type: deviceCodeGrant, device_code: device.body.device_code }
      const wider = await test.post(
        '/oauth/token',
        { ...fields, resource: 'https://other.example' },
        authorization,
      )
      assert.deepEqual(errorOf(wider), [400, 'invalid_target'])
      const tokens = await test.post('/oauth/token', fields, authorization)
      assert.equal(tokens.status, 200)
      const claims = JSON.parse(Buffer.from(tokens.body.access_token.split('.')[1], 'base64url').toString())
      assert.equal(claims.aud, 'https://api.example.com')
    })

    it('without the refresh grant there is no refresh token', async () => {
      const client = await test.confidentialClient({ grants: ['device_code'] })
      const authorization = { authorization: client.basic }
      const device = await test.post('/oauth/device/code', {}, authorization)
      const browser = await test.signedIn()
      await browser.decide(device.body.user_code, 'approve')
      const fields = { grant_type: deviceCodeGrant, device_code: device.body.device_code }
      const tokens = await test.post('/oauth/token', fields, authorization)
      assert.equal(tokens.status, 200)
      assert.equal('refresh_token' in tokens.body, false)
    })

    it('the whole flow gives tokens that work', async () => {
      const tokens = await signInDevice(test)
      const info = await test.get('/oauth/tokeninfo', { authorization: `Bearer ${tokens.access_token}` })
      assert.equal(info.status, 200)
      assert.equal(info.body.subject_type, 'user')
    })
  })
}
