/**
 * The ledger: known numbers of everything that is counted, and afterwards every sample of the 27 metrics of the
 * founding document compared with what it must be. The clock is moved by hand, so sums and buckets are exact too.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DatabaseLook, lookAtDatabase } from '../support/database-look.ts'
import {
  deviceCodeGrant,
  errorOf,
  machineToken,
  poll,
  refresh,
  requestDeviceCode,
  type Tokens,
} from '../support/oauth-client.ts'
import {
  drivers,
  type Fields,
  type JsonResponse,
  type Metrics,
  startTestApp,
  type TestApp,
  type TestBrowser,
} from '../support/test-app.ts'
import {
  type FoundingName,
  foundingMetrics,
  isFounding,
  metricsByRoute,
  observed,
  samplesOf,
} from './founding-metrics.ts'
import { createHttpTally } from './http-tally.ts'

const environment = {
  ENABLE_RATE_LIMIT: 'true',
  LOGIN_RATE_LIMIT: '3',
  // As many as the story asks for, so that the next ones are turned away.
  DEVICE_CODE_RATE_LIMIT: '22',
  TOKEN_RATE_LIMIT: '150',
}

for (const { driver, skip } of drivers) {
  describe(`the ledger on ${driver}`, { skip }, () => {
    it('every metric moves by exactly what happened', async () => {
      const tally = createHttpTally()
      const test = await startTestApp({ driver, environment, onAnswered: tally.onAnswered })
      const look = await lookAtDatabase(test.dsn)
      try {
        const atStart = await test.metrics()
        assertEverySeriesAtZero(atStart)
        await tellTheStory(test, async () => assertGauges(await test.metrics(), test, look))
        assert.deepEqual(
          sorted((await test.metrics()).since(atStart, foundingNames)),
          sorted(expected(tally)),
        )
      } finally {
        await look.close()
        await test.close()
      }
    })
  })
}

const foundingNames = Object.keys(foundingMetrics) as FoundingName[]

/** Every series of closed labels is there from the start, and none besides. */
function assertEverySeriesAtZero(metrics: Metrics): void {
  const closed = foundingNames.filter((name) => !metricsByRoute.includes(name)).flatMap(samplesOf)
  const shown = [...metrics.samples.keys()].filter(
    (sample) => isFounding(sample) && !sample.startsWith('http_requests_total{'),
  )
  assert.deepEqual(shown.sort(), closed.sort())
  for (const [sample, value] of metrics.samples) {
    if (!sample.startsWith('http_requests_total{')) continue
    assert.match(sample, /^http_requests_total\{method="[A-Z]+",path="\/[^"]*",status="500"\}$/)
    assert.equal(value, 0, sample)
  }
  for (const sample of closed) assert.equal(metrics.get(sample), 0, sample)
}

/** The gauges are what the tables say, and nothing is below zero. */
async function assertGauges(metrics: Metrics, test: TestApp, look: DatabaseLook): Promise<void> {
  const count = async (sql: string): Promise<number> =>
    Number((await look.rows(`select count(*) as n from ${sql}`, test.clock.now()))[0]!.n)
  assert.deepEqual(
    {
      active: metrics.get('oauth_device_codes_active'),
      pending: metrics.get('oauth_device_codes_pending_authorization'),
      access: metrics.get('oauth_tokens_active{token_type="access"}'),
      refresh: metrics.get('oauth_tokens_active{token_type="refresh"}'),
      sessions: metrics.get('sessions_active'),
      inFlight: metrics.get('http_requests_in_flight'),
    },
    {
      active: await count(
        `device_grants where state <> 'denied' and state <> 'redeemed' and expires_at > :now`,
      ),
      pending: await count(`device_grants where state = 'pending' and expires_at > :now`),
      // Usable: of a client and a person that are there, in a grant that has not ended.
      access: await count(
        `access_tokens t where state = 'active' and expires_at > :now
          and exists (select 1 from clients c where c.id = t.client_id and c.status = 'active')
          and (account_id is null or exists
            (select 1 from accounts a where a.id = t.account_id and a.status = 'active'))
          and (grant_id is null or exists
            (select 1 from grants g where g.id = t.grant_id and g.ended_at is null))`,
      ),
      refresh: await count(
        `refresh_tokens t where state = 'active' and expires_at > :now
          and exists (select 1 from clients c where c.id = t.client_id and c.status = 'active')
          and exists (select 1 from accounts a where a.id = t.account_id and a.status = 'active')
          and exists (select 1 from grants g where g.id = t.grant_id and g.ended_at is null)`,
      ),
      sessions: await count(
        `sessions where ended_at is null and expires_at > :now
          and (idle_timeout_seconds = 0 or last_seen_at + idle_timeout_seconds * 1000 > :now)`,
      ),
      inFlight: 0,
    },
  )
  for (const [sample, value] of metrics.samples) assert.ok(value >= 0, `${sample} is ${value}`)
}

function sorted(samples: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(samples).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the story below amounts to. */
function expected(tally: ReturnType<typeof createHttpTally>): Record<string, number> {
  const instantly = (times: number): number[] => Array<number>(times).fill(0)
  return {
    'oauth_device_codes_total{result="success"}': 12,
    'oauth_device_codes_total{result="error"}': 11,
    oauth_device_codes_authorized_total: 9,
    ...observed('oauth_device_code_authorization_duration_seconds', [4, 4, 4, 4, 4, 5, 5, 47, 1799]),
    'oauth_device_code_validation_total{result="success"}': 8,
    'oauth_device_code_validation_total{result="pending"}': 3,
    'oauth_device_code_validation_total{result="denied"}': 3,
    'oauth_device_code_validation_total{result="expired"}': 2,
    'oauth_device_code_validation_total{result="invalid"}': 5,

    'oauth_tokens_issued_total{token_type="access",grant_type="device_code"}': 8,
    'oauth_tokens_issued_total{token_type="refresh",grant_type="device_code"}': 8,
    'oauth_tokens_issued_total{token_type="access",grant_type="refresh_token"}': 8,
    'oauth_tokens_issued_total{token_type="refresh",grant_type="refresh_token"}': 8,
    'oauth_tokens_issued_total{token_type="access",grant_type="client_credentials"}': 5,
    ...observed('oauth_token_generation_duration_seconds', instantly(8 + 8 + 5), { provider: 'local' }),
    'oauth_tokens_refreshed_total{result="success"}': 8,
    'oauth_tokens_refreshed_total{result="error"}': 9,
    // One access token, a family of 6 and 5, one app, all apps.
    'oauth_tokens_revoked_total{reason="user_request"}': 1 + 11 + 2 + 2,
    // The client's two tokens of its own and two of a device; the disabled person's two.
    'oauth_tokens_revoked_total{reason="admin"}': 4 + 2,
    'oauth_tokens_revoked_total{reason="rotation"}': 3,
    // The family of the token that came back, and what the reset password ended.
    'oauth_tokens_revoked_total{reason="security"}': 6 + 2,
    'oauth_token_validation_total{result="valid"}': 4 + 2,
    'oauth_token_validation_total{result="invalid"}': 6 + 3,
    'oauth_token_validation_total{result="expired"}': 3 + 1,
    ...observed('oauth_token_validation_duration_seconds', instantly(6 + 9 + 4), { provider: 'local' }),

    'auth_attempts_total{method="local",result="success"}': 18,
    'auth_attempts_total{method="local",result="failure"}': 37,
    'auth_login_total{auth_source="local",result="success"}': 18,
    'auth_login_total{auth_source="local",result="failure"}': 37,
    ...observed('auth_login_duration_seconds', instantly(18 + 37), { method: 'local' }),
    auth_logout_total: 3,

    sessions_created_total: 18,
    'sessions_expired_total{reason="timeout"}': 2,
    'sessions_expired_total{reason="idle_timeout"}': 5,
    'sessions_expired_total{reason="logout"}': 7,
    'sessions_expired_total{reason="fingerprint_mismatch"}': 1,
    'sessions_invalidated_total{reason="security"}': 2,
    'sessions_invalidated_total{reason="admin"}': 1,
    ...observed('session_duration_seconds', [
      ...[2_592_000, 2_592_000],
      ...[1800, 1800, 1800, 1800, 3599],
      ...[4, 5, 5, 47, 47, 47, 0],
      ...[47],
      ...[78, 78],
      ...[78],
    ]),
    // The gauges are back at nothing: everything has ended or run out.
    ...tally.samples(),
  }
}

/** @param check called after each act. */
async function tellTheStory(test: TestApp, check: () => Promise<void>): Promise<void> {
  const startedAt = test.clock.now()
  /** Moves the clock to so many seconds after the start. */
  const at = (seconds: number): void => test.clock.advance(seconds - (test.clock.now() - startedAt) / 1000)
  const told = async <T>(act: () => Promise<T>): Promise<T> => {
    const result = await act()
    await check()
    return result
  }

  // People and clients. Making them moves nothing.
  const [ana, ben, cy, dora, eve] = await Promise.all(
    ['ana', 'ben', 'cy', 'dora', 'eve'].map((name) => test.account(name)),
  )
  const accountOf = async (username: string) =>
    (await test.app.storage.read.accounts.findByUsername(username))!
  const api = await test.confidentialClient({ introspectAny: true })
  const doomed = await test.confidentialClient()
  const machine = await test.confidentialClient({ grants: ['client_credentials'] })
  await check()

  let lastHost = 0
  const addresses = new Map<TestBrowser, string>()
  const newBrowser = (): TestBrowser => {
    const ip = `192.0.2.${++lastHost}`
    const browser = test.browser({ ip })
    addresses.set(browser, ip)
    return browser
  }
  const signIn = async (
    person: { username: string; password: string },
    fields: Fields = {},
  ): Promise<TestBrowser> => {
    const browser = newBrowser()
    const answer = await browser.signIn(person.username, person.password, fields)
    assert.equal(answer.status, 303, answer.text)
    return browser
  }
  const sessionIdOf = async (browser: TestBrowser, username: string): Promise<string> => {
    const { id } = await accountOf(username)
    const live = await test.app.storage.read.sessions.listLive(id, test.clock.now(), 100)
    return live.find(({ ip }) => ip === addresses.get(browser))!.id
  }

  // 0 s: sixteen sign-ins, and all but one of the 37 failures there will be.
  const anaHere = await signIn(ana!)
  const anaThere = await signIn(ana!)
  await signIn(ana!)
  await signIn(ana!)
  const benHere = await signIn(ben!)
  const benLeaves = await signIn(ben!)
  const benEndsThisOne = await signIn(ben!)
  const benAgain = await signIn(ben!)
  const cyHere = await signIn(cy!)
  await signIn(cy!)
  const doraHere = await signIn(dora!)
  const eveStolen = await signIn(eve!)
  const eveIdle = await signIn(eve!)
  await signIn(eve!)
  const eveRemembered = await signIn(eve!, { remember_me: '1' })
  await signIn(eve!, { remember_me: '1' })
  await check()
  await told(async () => {
    const browser = newBrowser()
    assert.equal((await browser.signIn('nobody', 'a password of nobody')).status, 401)
    assert.equal((await browser.signIn('ana', 'a wrong password')).status, 401)
    assert.equal((await browser.signIn('ana', 'another wrong password')).status, 401)
  })
  await told(async () => {
    // Neither what is missing nor what is forged is an attempt.
    const browser = newBrowser()
    await browser.get('/login')
    assert.equal((await browser.submit('/login', { username: 'ana' })).status, 400)
    assert.equal(
      (await browser.post('/login', { username: ana!.username, password: ana!.password })).status,
      403,
    )
  })
  await told(async () => {
    // Nor is what the limit of an address stops, even with the right password.
    const browser = newBrowser()
    for (const name of ['one', 'two', 'three']) {
      assert.equal((await browser.signIn(name, 'a password of nobody')).status, 401)
    }
    assert.equal((await browser.submit('/login', { ...ana! })).status, 429)
  })
  await told(async () => {
    // Nor what comes too soon after thirty failures of one name from everywhere.
    for (let failure = 1; failure <= 30; failure++) {
      assert.equal((await newBrowser().signIn('guessed', `guess ${failure}`)).status, 401)
    }
    assert.equal((await newBrowser().signIn('guessed', 'guess 31')).status, 429)
  })

  // Twelve codes, eleven refusals, two requests over the limit.
  const code = async (fields: Fields = {}, headers: Record<string, string> = {}): Promise<DeviceCode> => {
    const answer = await test.post('/oauth/device/code', { client_id: test.clientId, ...fields }, headers)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
  const asApi = { client_id: undefined }
  const a = await code()
  const b = await code()
  const c = await code({ scope: 'read' })
  const d = await code()
  const e = await code()
  const f = await code()
  const g = await code(asApi, { authorization: api.basic })
  const h = await code()
  const i = await code()
  const j = await code(asApi, { authorization: doomed.basic })
  const k = await code()
  const l = await code()
  await check()
  await told(async () => {
    const refusals: [Fields, Record<string, string>, [number, string]][] = [
      [{ client_id: 'nobody' }, {}, [401, 'invalid_client']],
      [{ client_id: undefined }, {}, [401, 'invalid_client']],
      [{ client_id: api.id, client_secret: 'wrong' }, {}, [401, 'invalid_client']],
      [asApi, { authorization: machine.basic }, [400, 'unauthorized_client']],
      [{ scope: 'admin' }, {}, [400, 'invalid_scope']],
      [{ resource: 'https://elsewhere.example' }, {}, [400, 'invalid_target']],
      [{ scope: ['read', 'write'] }, {}, [400, 'invalid_request']],
      [{}, { 'content-type': 'text/csv' }, [400, 'invalid_request']],
    ]
    for (const [fields, headers, refusal] of refusals) {
      assert.deepEqual(errorOf(await requestDeviceCodeWith(test, fields, headers)), refusal)
    }
    for (const payload of ['{"client_id":', '["client_id"]']) {
      const answer = await test.request({
        method: 'POST',
        url: '/oauth/device/code',
        headers: { 'content-type': 'application/json' },
        payload,
      })
      assert.equal(answer.statusCode, 400)
    }
    const large = await test.post('/oauth/device/code', {
      client_id: test.clientId,
      scope: 'x'.repeat(70_000),
    })
    assert.deepEqual(errorOf(large), [413, 'invalid_request'])
  })
  await told(async () => {
    assert.equal((await requestDeviceCode(test)).status, 429)
    assert.equal((await requestDeviceCode(test, { client_id: 'nobody' })).status, 429)
  })
  await told(async () => {
    assert.deepEqual(errorOf(await poll(test, a.device_code)), [400, 'authorization_pending'])
    assert.deepEqual(errorOf(await poll(test, a.device_code)), [400, 'slow_down'])
  })

  // 4 s, 5 s: decisions, and sessions that a person ends from the account page.
  const decide = (browser: TestBrowser, device: DeviceCode, action: 'approve' | 'deny' = 'approve') =>
    told(async () => assert.equal((await browser.decide(device.user_code, action)).status, 303))
  at(4)
  await decide(anaHere, a)
  await decide(anaHere, i)
  await decide(benHere, j)
  await decide(doraHere, k)
  await decide(cyHere, l)
  await told(async () => {
    const id = await sessionIdOf(anaThere, 'ana')
    await anaHere.get('/account/sessions')
    assert.equal((await anaHere.submit(`/account/sessions/${id}/end`)).status, 303)
    assert.equal((await anaHere.submit(`/account/sessions/${id}/end`)).status, 303)
    // Somebody else's session is nobody's.
    const strange = await sessionIdOf(benHere, 'ben')
    assert.equal((await anaHere.submit(`/account/sessions/${strange}/end`)).status, 404)
  })
  at(5)
  await decide(anaHere, b)
  await decide(anaHere, h)
  await decide(anaHere, d, 'deny')
  await told(async () => {
    await anaHere.get('/account/sessions')
    assert.equal((await anaHere.submit('/account/sessions/end-others')).status, 303)
  })

  // 47 s: a code decided twice counts once; polls of every kind.
  at(47)
  await decide(benHere, c)
  await told(async () => assert.equal((await benHere.decide(c.user_code, 'approve')).status, 400))
  const fetchTokens = async (device: DeviceCode, headers: Record<string, string> = {}): Promise<Tokens> => {
    const answer = await test.post(
      '/oauth/token',
      {
        grant_type: deviceCodeGrant,
        device_code: device.device_code,
        client_id: headers.authorization === undefined ? test.clientId : undefined,
      },
      headers,
    )
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
  const foreign = await test.post(
    '/oauth/token',
    { grant_type: deviceCodeGrant, device_code: c.device_code },
    { authorization: api.basic },
  )
  assert.deepEqual(errorOf(foreign), [400, 'invalid_grant'])
  const tokensOfA = await told(() => fetchTokens(a))
  const tokensOfB = await told(() => fetchTokens(b))
  const tokensOfC = await told(() => fetchTokens(c))
  await told(() => fetchTokens(i))
  const tokensOfJ = await told(() => fetchTokens(j, { authorization: doomed.basic }))
  await told(() => fetchTokens(k))
  await told(() => fetchTokens(l))
  await told(async () => {
    assert.deepEqual(errorOf(await poll(test, c.device_code)), [400, 'invalid_grant'])
    assert.deepEqual(errorOf(await poll(test, d.device_code)), [400, 'access_denied'])
    assert.deepEqual(errorOf(await poll(test, d.device_code)), [400, 'access_denied'])
    assert.deepEqual(errorOf(await poll(test, 'no code at all')), [400, 'invalid_grant'])
    const unknown = a.device_code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    assert.deepEqual(errorOf(await poll(test, unknown)), [400, 'invalid_grant'])
    const wrongSecret = { client_id: api.id, client_secret: 'wrong' }
    assert.deepEqual(errorOf(await poll(test, g.device_code, wrongSecret)), [401, 'invalid_client'])
    // Without a code or without a client it is no attempt to redeem one.
    assert.deepEqual(errorOf(await poll(test, '')), [400, 'invalid_request'])
    assert.deepEqual(errorOf(await poll(test, a.device_code, { client_id: undefined })), [
      401,
      'invalid_client',
    ])
  })

  // Still 47 s: refreshes. The old token once more within the grace window gives a sibling and is superseded once.
  const refreshed = async (token: string): Promise<Tokens> => {
    const answer = await refresh(test, token)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
  const second = await told(() => refreshed(tokensOfA.refresh_token))
  await told(() => refreshed(tokensOfA.refresh_token))
  await told(() => refreshed(second.refresh_token))
  const siblings = await told(() =>
    Promise.all(Array.from({ length: 5 }, () => refreshed(tokensOfB.refresh_token))),
  )
  await told(async () => {
    const token = tokensOfC.refresh_token
    const unknown = token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    assert.deepEqual(errorOf(await refresh(test, unknown)), [400, 'invalid_grant'])
    const wrongSecret = { client_id: api.id, client_secret: 'wrong' }
    assert.deepEqual(errorOf(await refresh(test, token, wrongSecret)), [401, 'invalid_client'])
    const another = { client_id: api.id, client_secret: api.secret }
    assert.deepEqual(errorOf(await refresh(test, token, another)), [400, 'invalid_grant'])
    assert.deepEqual(errorOf(await refresh(test, token, { client_id: undefined })), [401, 'invalid_client'])
    assert.deepEqual(errorOf(await refresh(test, token, { scope: 'read write' })), [400, 'invalid_scope'])
    // Without a token it is no refresh.
    assert.deepEqual(errorOf(await refresh(test, '')), [400, 'invalid_request'])
  })
  const machineTokens = await told(() =>
    Promise.all([api, api, api, doomed, doomed].map(({ basic }) => machineToken(test, basic))),
  )
  await told(async () => {
    // What the limit of an address stops moves nothing but the count of requests.
    const elsewhere = { 'x-forwarded-for': '198.51.100.50' }
    const post = (fields: Fields, headers = {}): Promise<JsonResponse> =>
      test.post('/oauth/token', fields, { ...elsewhere, ...headers })
    for (let request = 0; request < 150; request++) {
      assert.deepEqual(errorOf(await post({ grant_type: 'password' })), [400, 'unsupported_grant_type'])
    }
    const { clientId: client_id } = test
    const refused = [
      await post({ grant_type: 'refresh_token', refresh_token: tokensOfC.refresh_token, client_id }),
      await post({ grant_type: 'client_credentials' }, { authorization: api.basic }),
      await post({ grant_type: deviceCodeGrant, device_code: 'no code at all', client_id }),
    ]
    assert.deepEqual(
      refused.map(({ status }) => status),
      [429, 429, 429],
    )
  })

  // Still 47 s: sign-outs, a sign-in over a live session, a stolen cookie.
  await told(async () => {
    await benLeaves.get('/logout')
    assert.equal((await benLeaves.submit('/logout')).status, 303)
    assert.equal((await benLeaves.submit('/logout')).status, 303)
  })
  await told(async () => {
    // At an app's request; asking for it ends nothing yet.
    const benComes = await signIn(ben!)
    assert.equal((await benComes.get('/oauth/end_session')).status, 200)
    await check()
    const answer = await benComes.submit('/oauth/end_session/confirm')
    assert.equal(answer.headers.location, '/oauth/end_session/done')
    assert.equal((await benComes.get('/oauth/end_session/done')).status, 200)
  })
  await told(async () => {
    const id = await sessionIdOf(benEndsThisOne, 'ben')
    await benEndsThisOne.get('/account/sessions')
    assert.equal((await benEndsThisOne.submit(`/account/sessions/${id}/end`)).status, 303)
  })
  await told(async () => assert.equal((await benAgain.submit('/login', { ...ben! })).status, 303))
  await told(async () => {
    const thief = test.browser({ userAgent: 'curl/8.5.0', ip: '203.0.113.66' })
    for (const [name, value] of eveStolen.cookies) thief.cookies.set(name, value)
    assert.match(String((await thief.get('/account/sessions')).headers.location), /session_invalid/)
    assert.equal((await eveStolen.get('/account/sessions')).status, 303)
  })

  // 78 s, past the grace window: the alarm, revocations, and acts of an administrator.
  at(78)
  await told(async () => {
    assert.deepEqual(errorOf(await refresh(test, second.refresh_token)), [400, 'invalid_grant'])
    assert.deepEqual(errorOf(await refresh(test, tokensOfA.refresh_token)), [400, 'invalid_grant'])
  })
  const revoke = async (token: string, expectedStatus = 200, fields: Fields = {}): Promise<void> => {
    const answer = await test.post('/oauth/revoke', { token, client_id: test.clientId, ...fields })
    assert.equal(answer.status, expectedStatus, answer.text)
  }
  await told(async () => {
    await revoke(tokensOfC.access_token)
    await revoke(tokensOfC.access_token)
    await revoke('no token at all')
    await revoke(tokensOfC.refresh_token, 400, { client_id: api.id, client_secret: api.secret })
  })
  await told(() => revoke(siblings[0]!.refresh_token))
  await told(async () => {
    await anaHere.get('/account/sessions')
    assert.equal((await anaHere.submit('/account/sessions/revoke-all')).status, 303)
  })
  // What was allowed and not yet fetched is gone with it.
  await told(async () => assert.deepEqual(errorOf(await poll(test, h.device_code)), [400, 'access_denied']))
  const { accounts, clients } = test.administration
  await told(async () => assert.equal(await clients.delete(doomed.id as never, { type: 'system' }), true))
  await told(async () => {
    const deleted = { client_id: doomed.id, client_secret: doomed.secret }
    assert.deepEqual(errorOf(await refresh(test, tokensOfJ.refresh_token, deleted)), [401, 'invalid_client'])
  })
  await told(async () =>
    assert.equal(await accounts.disable(await accountOf('dora'), { type: 'system' }), true),
  )
  await told(async () => assert.equal((await newBrowser().signIn('dora', dora!.password)).status, 401))
  await told(async () => {
    await accounts.resetPassword(await accountOf('cy'), { type: 'system' })
    assert.equal((await cyHere.get('/account/sessions')).status, 303)
  })
  await told(async () =>
    assert.deepEqual(errorOf(await poll(test, f.device_code)), [400, 'authorization_pending']),
  )

  // Still 78 s: tokens are looked at.
  const tokenInfo = async (authorization: string | undefined): Promise<number> =>
    (await test.get('/oauth/tokeninfo', authorization === undefined ? {} : { authorization })).status
  const introspect = async (token: string | undefined, basic = api.basic): Promise<JsonResponse> =>
    test.post('/oauth/introspect', { token }, { authorization: basic })
  await told(async () => {
    assert.equal(await tokenInfo(`Bearer ${machineTokens[0]}`), 200)
    assert.equal(await tokenInfo(machineTokens[1]), 200)
    assert.equal(await tokenInfo('Bearer no-token-at-all'), 401)
    assert.equal(await tokenInfo(`Bearer ${tokensOfC.access_token}`), 401)
    assert.equal(await tokenInfo(`Bearer ${tokensOfC.refresh_token}`), 401)
    // No token, no validation.
    assert.equal(await tokenInfo(undefined), 401)
  })
  const userinfo = async (token: string): Promise<number> =>
    (await test.get('/oauth/userinfo', { authorization: `Bearer ${token}` })).status
  await told(async () => {
    // A token that speaks about nobody is a good one, in the wrong place.
    assert.equal(await userinfo(machineTokens[0]!), 403)
    assert.equal(await userinfo(tokensOfC.access_token), 401)
    const inForm = await test.post('/oauth/userinfo', { access_token: tokensOfC.access_token })
    assert.equal(inForm.status, 401)
    assert.equal((await test.get('/oauth/userinfo')).status, 401)
  })
  await told(async () => {
    const [head, payload, signature] = machineTokens[0]!.split('.') as [string, string, string]
    const tampered = `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    const tokens = [
      machineTokens[0],
      tokensOfC.refresh_token,
      'no token at all',
      tokensOfA.refresh_token,
      tampered,
    ]
    const active: boolean[] = []
    for (const token of tokens) active.push((await introspect(token)).body.active)
    assert.deepEqual(active, [true, true, false, false, false])
    // Whoever may not look validates nothing.
    assert.equal((await introspect(machineTokens[0], machine.basic)).body.active, false)
    const withoutSecret = { token: machineTokens[0], client_id: test.clientId }
    assert.equal((await test.post('/oauth/introspect', withoutSecret)).status, 400)
    assert.equal((await introspect(machineTokens[0], api.basic.slice(0, -8))).status, 401)
    assert.equal((await introspect(undefined)).status, 400)
  })

  // Still 78 s: requests of every other kind.
  await told(async () => {
    const paths: [string, string, number][] = [
      ['GET', '/nowhere', 404],
      ['GET', '/account/sessions/not-an-id/end', 405],
      ['GET', '/%zz', 400],
      ['GET', '/oauth/token', 405],
      ['PUT', '/login', 405],
      ['PROPFIND', '/nowhere', 404],
      ['QUERY', '/nowhere', 400],
      ['HEAD', '/livez', 200],
      ['GET', '/health', 200],
      ['GET', '/readyz/', 200],
      ['GET', '/static/nothing.css', 404],
      ['GET', '/.well-known/jwks.json', 200],
      ['GET', '/', 303],
      ['GET', '/metrics', 200],
    ]
    for (const [method, url, status] of paths) {
      const answer = await test.request({ method: method as 'GET', url })
      assert.equal(answer.statusCode, status, `${method} ${url}`)
    }
    const large = { method: 'POST', url: '/nowhere', payload: 'x'.repeat(70_000) } as const
    assert.equal((await test.request(large)).statusCode, 413)
  })

  // 1799 s, 1800 s: the last moment of a code, and the moment after.
  at(1799)
  await decide(anaHere, f)
  const tokensOfF = await told(() => fetchTokens(f))
  await told(async () => {
    assert.equal(await userinfo(tokensOfF.access_token), 200)
    assert.equal(await userinfo(tokensOfF.refresh_token), 401)
  })
  at(1800)
  await told(async () => {
    assert.deepEqual(errorOf(await poll(test, e.device_code)), [400, 'expired_token'])
    const asItsClient = { client_id: api.id, client_secret: api.secret }
    assert.deepEqual(errorOf(await poll(test, g.device_code, asItsClient)), [400, 'expired_token'])
    assert.equal((await anaHere.decide(e.user_code, 'approve')).status, 400)
  })

  // 1830 s: sessions idle since the start, one found by a request and two by the sweep.
  at(1830)
  await told(async () => {
    const [grant] = await test.app.storage.read.grants.listLive(
      (await accountOf('ana')).id,
      test.clock.now(),
      {
        limit: 2,
      },
    )
    await anaHere.get('/account/sessions')
    assert.equal((await anaHere.submit(`/account/grants/${grant!.grant.id}/revoke`)).status, 303)
  })
  await told(async () => {
    assert.match(String((await eveIdle.get('/account/sessions')).headers.location), /session_timeout/)
  })
  await told(() => test.app.runJob('sweep_sessions'))

  // 3700 s: the machine's tokens have run out, and so have the last idle sessions.
  at(3700)
  await told(async () => {
    assert.equal((await introspect(machineTokens[0])).body.active, false)
    assert.equal(await tokenInfo(`Bearer ${machineTokens[0]}`), 401)
    assert.equal(await userinfo(machineTokens[0]!), 401)
  })
  await told(() => test.app.runJob('sweep_sessions'))
  await told(() => test.app.runJob('sweep_sessions'))

  // Thirty days: remembered sessions and unused refresh tokens are over.
  at(2_592_100)
  await told(async () => {
    assert.match(String((await eveRemembered.get('/device')).headers.location), /session_timeout/)
  })
  await told(() => test.app.runJob('sweep_sessions'))
  await told(async () => {
    assert.deepEqual(errorOf(await refresh(test, tokensOfC.refresh_token)), [400, 'invalid_grant'])
    assert.equal((await introspect(tokensOfC.refresh_token)).body.active, false)
  })
}

interface DeviceCode {
  device_code: string
  user_code: string
}

function requestDeviceCodeWith(
  test: TestApp,
  fields: Fields,
  headers: Record<string, string>,
): Promise<JsonResponse> {
  return test.post('/oauth/device/code', { client_id: test.clientId, ...fields }, headers)
}
