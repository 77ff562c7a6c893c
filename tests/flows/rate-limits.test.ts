/**
 * How much one address, one client and one name may do in a minute, and that every limit counts for itself. Limits
 * are counted in the process, whatever the database.
 */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { webClient } from '../support/authorization.ts'
import {
  deviceCodeGrant,
  errorOf,
  machineToken,
  poll,
  requestDeviceCode,
  signInDevice,
} from '../support/oauth-client.ts'
import {
  adminPassword,
  type Fields,
  type JsonResponse,
  startTestApp,
  type TestApp,
} from '../support/test-app.ts'

const here = '203.0.113.7'
const elsewhere = '203.0.113.8'
const from = (ip: string): Record<string, string> => ({ 'x-forwarded-for': ip })

/** The defaults: nothing is raised and nothing is off. */
const defaults = { ENABLE_RATE_LIMIT: 'true', DEVICE_VERIFY_RATE_LIMIT: '10' }

function assertLimited(answer: JsonResponse, seconds: number): void {
  assert.equal(answer.status, 429, answer.text)
  assert.equal(answer.headers['retry-after'], String(seconds))
}

async function times(
  count: number,
  act: (turn: number) => Promise<JsonResponse>,
  status: number,
): Promise<void> {
  for (let turn = 1; turn <= count; turn++) {
    const answer = await act(turn)
    assert.equal(answer.status, status, `request ${turn}: ${answer.text}`)
  }
}

describe('limits', () => {
  let test: TestApp
  afterEach(() => test.close())
  const start = async (environment: Record<string, string> = {}): Promise<void> => {
    test = await startTestApp({ environment: { ...defaults, ...environment } })
  }
  const token = (fields: Fields, headers: Record<string, string> = from(here)) =>
    test.post('/oauth/token', fields, headers)
  const askForCode = (ip = here) => test.post('/oauth/device/code', { client_id: test.clientId }, from(ip))

  it('device codes: 60 a minute and address', async () => {
    await start()
    await times(60, () => askForCode(), 200)
    test.clock.advance(20)
    const refused = await askForCode()
    assertLimited(refused, 40)
    assert.deepEqual(errorOf(refused), [429, 'rate_limit_exceeded'])
    assert.equal((await askForCode(elsewhere)).status, 200)
    test.clock.advance(39)
    assertLimited(await askForCode(), 1)
    test.clock.advance(1)
    assert.equal((await askForCode()).status, 200)
  })

  it('token requests: 600 a minute and address; polls of a known device code never count', async () => {
    await start()
    const device = await askForCode()
    const pollIt = () =>
      token({ grant_type: deviceCodeGrant, device_code: device.body.device_code, client_id: test.clientId })
    await times(700, pollIt, 400)
    await times(600, () => token({ grant_type: 'nonsense' }), 400)
    assertLimited(await token({ grant_type: 'nonsense' }), 60)
    const { basic } = await test.confidentialClient()
    assertLimited(
      await token({ grant_type: 'client_credentials' }, { ...from(here), authorization: basic }),
      60,
    )
    // Neither does the limit of others stop a device that waits.
    assert.deepEqual(errorOf(await pollIt()), [400, 'slow_down'])
    // A code that is none counts, so that nobody tries them all.
    const guess = () => token({ grant_type: deviceCodeGrant, device_code: 'guess', client_id: test.clientId })
    assertLimited(await guess(), 60)
    assert.equal(await machineToken(test, basic).then(() => 200), 200, 'another address goes on')
  })

  it('guessed device codes: 600 a minute and address', async () => {
    await start()
    const guess = () => token({ grant_type: deviceCodeGrant, device_code: 'guess', client_id: test.clientId })
    await times(600, guess, 400)
    assertLimited(await guess(), 60)
  })

  it('token requests that name no device code, or may not: 600 a minute and address', async () => {
    await start()
    const without = () => token({ grant_type: deviceCodeGrant, client_id: test.clientId })
    const { basic } = await test.confidentialClient({ grants: ['client_credentials'] })
    const notAllowed = () =>
      token({ grant_type: deviceCodeGrant, device_code: 'x' }, { ...from(here), authorization: basic })
    await times(300, without, 400)
    await times(300, notAllowed, 400)
    assertLimited(await without(), 60)
    assertLimited(await notAllowed(), 60)
  })

  it('failures of one client to authenticate: 60 a minute, wherever they come from', async () => {
    await start()
    const client = await test.confidentialClient()
    const wrong = (turn: number) =>
      token(
        { grant_type: 'client_credentials', client_id: client.id, client_secret: 'wrong' },
        from(`198.51.100.${turn}`),
      )
    await times(60, wrong, 401)
    assertLimited(await wrong(61), 60)
    // Who knows the secret is not locked out by those who do not.
    assert.equal(
      (await token({ grant_type: 'client_credentials' }, { authorization: client.basic })).status,
      200,
    )
  })

  it('failures in the name of clients that do not exist: 60 a minute and address, and nobody else pays', async () => {
    await start()
    const invented = (turn: number) =>
      test.post('/oauth/introspect', { client_id: `invented ${turn}`, client_secret: 'x' }, from(here))
    await times(60, invented, 401)
    assertLimited(await invented(61), 60)
    assert.equal(
      (await test.post('/oauth/revoke', { client_id: 'another', token: 'x' }, from(here))).status,
      429,
    )
    assert.equal(
      (await test.post('/oauth/revoke', { client_id: 'another', token: 'x' }, from(elsewhere))).status,
      401,
    )
    const client = await test.confidentialClient()
    const right = { ...from(here), authorization: client.basic }
    assert.equal((await test.post('/oauth/revoke', { token: 'x' }, right)).status, 200)
  })

  it('secrets kept under a slow hash: 60 wrong ones a minute and address are compared, and no client is locked out', async () => {
    await start()
    const { hash } = await import('@node-rs/bcrypt')
    const { id } = await webClient(test, { secretHash: await hash('the secret', { cost: 4 }) })
    const introspect = (secret: string, ip: string) =>
      test.post('/oauth/introspect', { token: 'x', client_id: id, client_secret: secret }, from(ip))
    await times(60, () => introspect('wrong', here), 401)
    // Not even the right one is looked at any more: that is what a comparison would cost.
    assertLimited(await introspect('the secret', here), 60)
    assert.equal((await introspect('the secret', elsewhere)).status, 200)
    // It is kept under a fast hash from now on, once the remembered client is read again.
    test.clock.advance(3)
    assert.equal((await introspect('the secret', here)).status, 200)
  })

  it('introspection: 6,000 a minute and client', async () => {
    await start()
    const [one, other] = [await test.confidentialClient(), await test.confidentialClient()]
    const introspect = (authorization: string) =>
      test.post('/oauth/introspect', { token: 'x' }, { authorization })
    for (let batch = 0; batch < 60; batch++) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => introspect(one.basic)))
      assert.ok(answers.every(({ status }) => status === 200))
    }
    assertLimited(await introspect(one.basic), 60)
    assert.equal((await introspect(other.basic)).status, 200)
  })

  it('sign-ins: 20 a minute and address, right ones too', async () => {
    await start()
    const browser = test.browser({ ip: here })
    await times(20, (turn) => browser.signIn(`nobody-${turn}`, 'wrong'), 401)
    assertLimited(await browser.submit('/login', { username: 'admin', password: adminPassword }), 60)
    assert.equal((await test.browser({ ip: elsewhere }).signIn('admin', adminPassword)).status, 303)
    test.clock.advance(60)
    assert.equal((await browser.signIn('admin', adminPassword)).status, 303)
  })

  it('sign-ins for one name: a delay from the sixth failure on that doubles, for the address they come from', async () => {
    // The limit of all sign-ins of an address would come first.
    await start({ LOGIN_RATE_LIMIT: '1000' })
    const attempt = (password: string) => test.browser({ ip: here }).signIn('admin', password)
    await times(6, () => attempt('wrong'), 401)
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      assertLimited(await attempt(adminPassword), seconds)
      test.clock.advance(seconds)
      assert.equal((await attempt('wrong')).status, 401)
    }
    assert.equal((await test.browser({ ip: elsewhere }).signIn('admin', adminPassword)).status, 303)
    test.clock.advance(60)
    assert.equal((await attempt(adminPassword)).status, 303)
    await times(6, () => attempt('wrong'), 401)
  })

  it('sign-ins for one name: thirty failures from everywhere, then one a minute', async () => {
    await start()
    let lastHost = 0
    const attempt = (password: string) =>
      test.browser({ ip: `198.51.100.${++lastHost}` }).signIn('admin', password)
    await times(30, () => attempt('wrong'), 401)
    assertLimited(await attempt(adminPassword), 60)
    test.clock.advance(60)
    assert.equal((await attempt(adminPassword)).status, 303)
  })

  it('wrong user codes: 10 a minute and person; the right one costs nothing', async () => {
    await start()
    const browser = await test.signedIn({ ip: here })
    const device = await requestDeviceCode(test)
    const enter = async (userCode: string): Promise<JsonResponse> => {
      await browser.get('/device')
      return browser.submit('/device/verify', { user_code: userCode })
    }
    await times(20, () => enter(device.body.user_code), 200)
    await times(10, () => enter('WDJB-MJHT'), 400)
    assertLimited(await enter('WDJB-MJHT'), 60)
    assertLimited(await enter(device.body.user_code), 60)
    // The same guesses in the address count alike.
    assertLimited(await browser.get('/device?user_code=WDJB-MJHT'), 60)
    test.clock.advance(60)
    assert.equal((await enter(device.body.user_code)).status, 200)
  })

  it('counters do not share: one limit that is used up leaves the others as they were', async () => {
    await start()
    await times(60, () => askForCode(), 200)
    assertLimited(await askForCode(), 60)
    assert.deepEqual(errorOf(await token({ grant_type: 'nonsense' })), [400, 'unsupported_grant_type'])
    assert.equal((await test.browser({ ip: here }).signIn('nobody', 'wrong')).status, 401)
  })

  it('ENABLE_RATE_LIMIT=false stops the limits of addresses, and only those', async () => {
    await start({ ENABLE_RATE_LIMIT: 'false' })
    await times(70, () => askForCode(), 200)
    await times(610, () => token({ grant_type: 'nonsense' }), 400)
    const browser = test.browser({ ip: here })
    await times(25, (turn) => browser.signIn(`nobody-${turn}`, 'wrong'), 401)
    await times(6, () => browser.signIn('admin', 'wrong'), 401)
    assertLimited(await browser.submit('/login', { username: 'admin', password: adminPassword }), 1)
    const client = await test.confidentialClient()
    const wrong = () =>
      token({ grant_type: 'client_credentials', client_id: client.id, client_secret: 'wrong' })
    await times(60, wrong, 401)
    assertLimited(await wrong(), 60)
  })

  it('a client address is believed only from a trusted proxy', async () => {
    const limited = { DEVICE_CODE_RATE_LIMIT: '2' }
    const ask = async (peer: string, forwardedFor: string): Promise<number> =>
      (
        await test.request({
          method: 'POST',
          url: '/oauth/device/code',
          remoteAddress: peer,
          headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': forwardedFor },
          payload: `client_id=${test.clientId}`,
        })
      ).statusCode
    await start({ ...limited, TRUSTED_PROXIES: '10.0.0.0/8' })
    // A stranger cannot shift its requests onto other addresses.
    const stranger = [await ask('192.0.2.1', '1.1.1.1'), await ask('192.0.2.1', '2.2.2.2')]
    assert.deepEqual([...stranger, await ask('192.0.2.1', '3.3.3.3')], [200, 200, 429])
    // A trusted proxy speaks for many; what stands left of the first stranger is hearsay.
    const proxied = [
      await ask('10.0.0.1', '5.5.5.5'),
      await ask('10.0.0.2', '9.9.9.9, 5.5.5.5'),
      await ask('10.0.0.3', '8.8.8.8, 5.5.5.5, 10.1.1.1'),
      await ask('10.0.0.3', '6.6.6.6'),
    ]
    assert.deepEqual(proxied, [200, 200, 429, 200])
    // Loopback is no proxy once others are named.
    const loopback = [await ask('127.0.0.1', '7.7.7.7'), await ask('127.0.0.1', '7.7.7.8')]
    assert.deepEqual([...loopback, await ask('127.0.0.1', '7.7.7.9')], [200, 200, 429])
    await test.close()

    await start(limited)
    const byDefault = [
      await ask('127.0.0.1', '7.7.7.7'),
      await ask('::1', '7.7.7.7'),
      await ask('::1', '7.7.7.7'),
    ]
    assert.deepEqual(byDefault, [200, 200, 429])
    // Every address of an IPv6 network belongs to one customer.
    const network = ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1:ffff::3', '2001:db8:0:2::1']
    const answers: number[] = []
    for (const address of network) answers.push(await ask('127.0.0.1', address))
    assert.deepEqual(answers, [200, 200, 429, 200])
  })

  it('a whole sign-in of a device stays far below every limit', async () => {
    await start()
    const tokens = await signInDevice(test)
    assert.ok(tokens.refresh_token)
    const device = await requestDeviceCode(test)
    assert.equal((await poll(test, device.body.device_code)).body.error, 'authorization_pending')
  })
})
