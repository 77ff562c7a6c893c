/**
 * Sign-in through the external API: who is asked about whom, what becomes of the person here, and that an API that is
 * slow, wrong, down or hostile never signs anybody in, and never has anybody believe that their password is wrong.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { afterEach, describe, it } from 'node:test'
import { answering, type HttpApi, startHttpApi } from '../support/http-api.ts'
import {
  adminPassword,
  drivers,
  type JsonResponse,
  type Metrics,
  startTestApp,
  type TestApp,
} from '../support/test-app.ts'

const watched = ['auth_attempts_total', 'auth_login_total', 'auth_external_api_duration_seconds_count']
const calls = 'auth_external_api_duration_seconds_count{provider="http_api"}'
const success = {
  'auth_attempts_total{method="http_api",result="success"}': 1,
  'auth_login_total{auth_source="http_api",result="success"}': 1,
}
const failure = {
  'auth_attempts_total{method="http_api",result="failure"}': 1,
  'auth_login_total{auth_source="http_api",result="failure"}': 1,
}

for (const { driver, skip } of drivers) {
  describe(`sign-in through the external API on ${driver}`, { skip }, () => {
    let api: HttpApi
    let test: TestApp
    let before: Metrics

    const start = async (environment: Record<string, string> = {}): Promise<void> => {
      api = await startHttpApi()
      api.people.set('ana', {
        password: 'ana at work',
        user_id: '1001',
        email: 'ana@corp.example',
        full_name: 'Ana Ng',
      })
      test = await startTestApp({ driver, environment: { ...api.settings, ...environment } })
      before = await test.metrics()
    }
    afterEach(async () => {
      await test.close()
      await api.close()
    })
    const signIn = (username: string, password: string): Promise<JsonResponse> =>
      test.browser().signIn(username, password)
    const moved = async () => (await test.metrics()).since(before, watched)
    const accountNamed = (username: string) => test.app.storage.read.accounts.findByUsername(username)

    it('makes an account the first time, and brings it up to date after', async () => {
      await start()
      assert.equal((await signIn(' Ana ', 'ana at work')).status, 303)
      assert.deepEqual(await moved(), { ...success, [calls]: 1 })
      assert.deepEqual(JSON.parse(api.seen[0]!.body), { username: 'ana', password: 'ana at work' })
      const made = (await accountNamed('ana'))!
      assert.deepEqual(
        [made.email, made.fullName, made.role, made.authSource, made.passwordHash, made.emailVerified],
        ['ana@corp.example', 'Ana Ng', 'user', 'http_api', undefined, false],
      )

      // She marries, and her name, address and login change there.
      const person = api.people.get('ana')!
      api.people.delete('ana')
      api.people.set('ana.lee', { ...person, email: 'lee@corp.example', full_name: '' })
      assert.equal((await signIn('ana.lee', 'ana at work')).status, 303)
      const renamed = (await accountNamed('ana.lee'))!
      assert.deepEqual([renamed.id, renamed.email, renamed.fullName], [made.id, 'lee@corp.example', 'Ana Ng'])
      assert.equal(await accountNamed('ana'), undefined)
    })

    it('a wrong password and an unknown name are answered alike', async () => {
      await start()
      const wrong = await signIn('ana', 'guess')
      const unknown = await signIn('nobody', 'guess')
      assert.deepEqual([wrong.status, unknown.status], [401, 401])
      for (const { text } of [wrong, unknown]) assert.match(text, /That username and password do not match/)
      const counts = await moved()
      assert.equal(counts['auth_attempts_total{method="http_api",result="failure"}'], 2)
      assert.equal(counts[calls], 2)
      assert.equal(await accountNamed('ana'), undefined)
    })

    it('the accounts of this server go on signing in here, and the API is not asked about them', async () => {
      await start()
      await test.account('local')
      assert.equal((await signIn('admin', adminPassword)).status, 303)
      assert.equal((await signIn('local', 'password of local')).status, 303)
      assert.equal((await signIn('local', 'wrong')).status, 401)
      assert.equal(api.seen.length, 0)
      assert.deepEqual(await moved(), {
        'auth_attempts_total{method="local",result="success"}': 2,
        'auth_attempts_total{method="local",result="failure"}': 1,
        'auth_login_total{auth_source="local",result="success"}': 2,
        'auth_login_total{auth_source="local",result="failure"}': 1,
      })
    })

    it('a name that the API has given to somebody else does not open the old account', async () => {
      await start()
      await signIn('ana', 'ana at work')
      api.people.set('ana', { password: 'the next ana', user_id: '2002', email: 'ana2@corp.example' })
      const answer = await signIn('ana', 'the next ana')
      assert.equal(answer.status, 403)
      assert.match(answer.text, /could not be set up/)
      assert.equal((await accountNamed('ana'))!.email, 'ana@corp.example')
    })

    it('an address that somebody has here already, or none, makes no account', async () => {
      await start()
      await test.account('owner')
      api.people.set('late', { password: 'p', user_id: '3', email: 'OWNER@example.com' })
      api.people.set('silent', { password: 'p', user_id: '4' })
      for (const name of ['late', 'silent']) {
        const answer = await signIn(name, 'p')
        assert.equal(answer.status, 403)
        assert.match(answer.text, /could not be set up/)
        assert.equal(await accountNamed(name), undefined)
      }
    })

    it('an address that somebody has here already is not taken over later either', async () => {
      await start()
      await test.account('owner')
      await signIn('ana', 'ana at work')
      api.people.get('ana')!.email = 'owner@example.com'
      assert.equal((await signIn('ana', 'ana at work')).status, 303)
      assert.equal((await accountNamed('ana'))!.email, 'ana@corp.example')
    })

    it('a disabled account stays shut to whoever the API vouches for', async () => {
      await start()
      await signIn('ana', 'ana at work')
      await test.administration.accounts.disable((await accountNamed('ana'))!, { type: 'system' })
      assert.match((await signIn('ana', 'ana at work')).text, /This account is switched off/)
      assert.match((await signIn('ana', 'guess')).text, /do not match/)
    })

    it('many who come for the first time at once are one account each', async () => {
      await start()
      const answers = await Promise.all(Array.from({ length: 5 }, () => signIn('ana', 'ana at work')))
      assert.deepEqual(
        answers.map(({ status }) => status),
        [303, 303, 303, 303, 303],
      )
      assert.equal((await test.app.storage.read.accounts.list({ limit: 10 })).length, 2)
    })
  })
}

describe('an external API', () => {
  let api: HttpApi
  let test: TestApp
  let before: Metrics

  const start = async (environment: Record<string, string> = {}): Promise<void> => {
    api = await startHttpApi()
    api.people.set('ana', { password: 'p', user_id: '1', email: 'ana@corp.example' })
    test = await startTestApp({ environment: { ...api.settings, ...environment } })
    before = await test.metrics()
  }
  afterEach(async () => {
    await test.close()
    await api.close()
  })
  const signIn = (): Promise<JsonResponse> => test.browser().signIn('ana', 'p')
  const moved = async () => (await test.metrics()).since(before, watched)

  const yes = { success: true, user_id: '1', email: 'ana@corp.example' }
  const endless: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 5)
    response.on('close', () => clearInterval(timer))
  }
  const noAnswers: Record<string, RequestListener> = {
    'that cuts the connection': (request) => void request.socket.destroy(),
    'that never answers': () => undefined,
    'that never stops answering': endless,
    'that sends a huge body': answering(200, `"${'x'.repeat(70_000)}"`),
    'that sends a redirect': answering(302, '', { location: 'http://127.0.0.1:1/elsewhere' }),
    'that sends no JSON': answering(200, '<html>success</html>'),
    'that sends a list': answering(200, [yes]),
    'that says yes in words': answering(200, { ...yes, success: 'true' }),
    'that says yes to nobody': answering(200, { success: true, email: 'ana@corp.example' }),
    'that numbers its people': answering(200, { ...yes, user_id: 1 }),
    'with what no database takes in an id': answering(200, { ...yes, user_id: '1\u0000' }),
    'with what no database takes in a name': answering(200, { ...yes, full_name: 'A\u0000na' }),
    'that sends an address of another type': answering(200, { ...yes, email: ['ana@corp.example'] }),
    'that says yes with an error': answering(403, yes),
    'that refuses this server without a word': answering(401, ''),
    'that is broken': answering(500, { success: false, message: 'database' }),
    'that is too busy': answering(429, { message: 'slow down' }),
  }
  for (const [title, listener] of Object.entries(noAnswers)) {
    it(`${title} signs nobody in, and nobody is told that their password is wrong`, async () => {
      await start()
      api.instead.push(listener)
      const answer = await signIn()
      assert.equal(answer.status, 503)
      assert.match(answer.text, /Signing in does not work right now/)
      assert.doesNotMatch(answer.text, /do not match/)
      assert.deepEqual(await moved(), { ...failure, [calls]: 1 })
      assert.equal(await test.app.storage.read.accounts.findByUsername('ana'), undefined)
    })
  }

  it('may refuse with a status and a message', async () => {
    await start()
    api.instead.push(answering(401, { message: 'wrong password' }), answering(403, { success: false }))
    for (let attempt = 1; attempt <= 2; attempt++) assert.equal((await signIn()).status, 401)
  })

  it('is asked again when it is not well, as often as set, and each exchange is measured', async () => {
    await start({ HTTP_API_MAX_RETRIES: '3' })
    api.instead.push(answering(503, ''), (request) => void request.socket.destroy(), answering(429, ''))
    assert.equal((await signIn()).status, 303)
    assert.deepEqual(await moved(), { ...success, [calls]: 4 })
    api.instead.push(...Array.from({ length: 4 }, () => answering(502, '')))
    assert.equal((await signIn()).status, 503)
    assert.equal((await moved())[calls], 8)
  })

  it('that asks to be left alone for longer than a sign-in may take is not asked again', async () => {
    await start({ HTTP_API_MAX_RETRIES: '3', HTTP_API_MAX_RETRY_DELAY: '10s' })
    api.instead.push(answering(503, '', { 'retry-after': '5' }))
    assert.equal((await signIn()).status, 503)
    assert.equal((await moved())[calls], 1)
  })

  it('that is dead is left alone after five failures, and asked again when it is up', async () => {
    await start()
    for (let attempt = 1; attempt <= 5; attempt++) {
      api.instead.push((request) => void request.socket.destroy())
      assert.equal((await signIn()).status, 503)
    }
    assert.equal((await signIn()).status, 503)
    assert.equal((await moved())[calls], 5, 'nothing was sent')
    test.clock.advance(15)
    assert.equal((await signIn()).status, 303)
  })

  it('is told who asks by a secret in a header', async () => {
    await start({
      HTTP_API_AUTH_MODE: 'simple',
      HTTP_API_AUTH_HEADER: 'X-Directory-Key',
      HTTP_API_AUTH_SECRET: 'a-shared-secret',
    })
    await signIn()
    assert.equal(api.seen[0]!.headers['x-directory-key'], 'a-shared-secret')
    assert.equal(api.seen[0]!.headers['content-type'], 'application/json')
  })

  it('is told who asks by a signature over time, method, path, query and body', async () => {
    const secret = 'a-shared-secret'
    await start({ HTTP_API_AUTH_MODE: 'hmac', HTTP_API_AUTH_SECRET: secret })
    await signIn()
    await signIn()
    const nonces = api.seen.map(({ headers, body }) => {
      const timestamp = headers['x-timestamp']
      assert.equal(timestamp, String(Math.floor(test.clock.now() / 1000)))
      const signed = `${timestamp}POST/authenticate?realm=staff${body}`
      assert.equal(headers['x-signature'], createHmac('sha256', secret).update(signed).digest('hex'))
      assert.match(String(headers['x-nonce']), /^[0-9a-f-]{36}$/)
      return headers['x-nonce']
    })
    assert.equal(new Set(nonces).size, 2)
  })
})
