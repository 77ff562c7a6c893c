/** Signing keys and settings as administrators see them, on both databases. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { settings } from '../../src/config/schema.ts'
import type { AuditRecord } from '../../src/observability/audit-record.ts'
import { machineToken } from '../support/oauth-client.ts'
import { drivers, startTestApp, type TestApp, type TestBrowser } from '../support/test-app.ts'

/** A value for every secret setting that the loader accepts, by which it would be known again. */
const secrets = {
  METRICS_TOKEN: 'Kq7-metrics-7hVw2xLr9sTn4bYc8dFg1jM',
  DEFAULT_ADMIN_PASSWORD: 'correct horse battery staple',
  DYNAMIC_CLIENT_REGISTRATION_TOKEN: 'Kq7-registration-7hVw2xLr9sTn4bYc8dFg1jM',
  ENCRYPTION_KEY: 'bm90IGEgcmVhbCBrZXksIG9ubHkgZm9yIHRlc3RzISE=',
}

for (const { driver, skip } of drivers) {
  describe(`signing keys of a server on ${driver}`, { skip, timeout: 60_000 }, () => {
    let test: TestApp
    let admin: TestBrowser
    before(async () => {
      test = await startTestApp({ driver })
      admin = await test.signedIn()
    })
    after(() => test?.close())

    const keys = () => test.app.storage.read.signingKeys.list()
    const submit = async (path: string, fields = {}): Promise<string> => {
      await admin.get('/admin/keys')
      const answer = await admin.submit(path, fields)
      assert.equal(answer.status, 303, answer.text)
      return String(answer.headers.location)
    }
    const recorded = async (eventType: string, count: number): Promise<readonly AuditRecord[]> => {
      for (;;) {
        const { entries } = await test.app.storage.read.audit.search({ eventType }, { limit: 50 })
        const ours = entries.filter(({ actorName }) => actorName === 'admin')
        if (ours.length >= count) return ours
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }

    it('are rotated: a next key of each algorithm is published, and it is on record by whom', async () => {
      assert.equal(await submit('/admin/keys/rotate'), '/admin/keys?notice=published')
      const states = (await keys()).map(({ algorithm, state }) => `${algorithm} ${state}`).sort()
      assert.deepEqual(states, [
        'ES256 current',
        'ES256 next',
        'PS256 current',
        'PS256 next',
        'RS256 current',
        'RS256 next',
      ])
      const published = (await test.get('/.well-known/jwks.json')).body.keys
      assert.equal(published.length, 6, 'this server publishes them at once')
      const [row] = await recorded('SIGNING_KEY_CREATED', 3)
      assert.deepEqual([row?.requestPath, row?.actorIp], ['/admin/keys/rotate', '192.0.2.10'])
      // Asked again there is nothing left to make.
      await submit('/admin/keys/rotate')
      assert.equal((await keys()).length, 6)
    })

    it('are shown with what becomes of them', async () => {
      const { text } = await admin.get('/admin/keys?notice=published')
      assert.match(text, /The next keys are published/)
      for (const { kid } of await keys()) assert.ok(text.includes(kid))
      assert.equal(text.match(/>Signs</g)?.length, 3)
      assert.equal(text.match(/>Next</g)?.length, 3)
      assert.ok(!(await admin.get('/admin/keys?notice=%3Cb%3E')).text.includes('<b>'))
    })

    it('are replaced at once when asked to, and the former one stays while its tokens are good', async () => {
      const machine = await test.confidentialClient()
      await machineToken(test, machine.basic)
      const before = (await keys()).find(
        ({ algorithm, state }) => algorithm === 'ES256' && state === 'current',
      )!
      assert.equal(await submit('/admin/keys/rotate', { immediately: 'true' }), '/admin/keys?notice=replaced')
      await recorded('SIGNING_KEY_ACTIVATED', 3)
      assert.equal((await keys()).find(({ kid }) => kid === before.kid)?.state, 'previous')
      assert.equal(await submit(`/admin/keys/${before.kid}/retire`), '/admin/keys?notice=in_use')
      const row = (await admin.get('/admin/keys?notice=in_use')).text
        .split('<tr ')
        .find((text) => text.includes(before.kid) && text.includes('Verifies'))!
      assert.match(row, /data-label="Tokens in use">1</)
      test.clock.advance(86_400)
      admin = await test.signedIn()
      assert.equal(await submit(`/admin/keys/${before.kid}/retire`), '/admin/keys?notice=retired')
      const [retired] = await recorded('SIGNING_KEY_RETIRED', 1)
      assert.equal(retired?.resourceId, before.kid)
      const { text } = await admin.get('/admin/keys')
      assert.match(text, /Retired keys/)
      assert.equal(await submit(`/admin/keys/${before.kid}/retire`), '/admin/keys?notice=unavailable')
    })

    it('that sign, or that nobody knows, are not retired', async () => {
      const current = (await keys()).find(({ state }) => state === 'current')!
      assert.equal(await submit(`/admin/keys/${current.kid}/retire`), '/admin/keys?notice=unavailable')
      await admin.get('/admin/keys')
      assert.equal((await admin.submit('/admin/keys/nobody-knows/retire')).status, 404)
      assert.equal((await admin.post('/admin/keys/rotate', {})).status, 403, 'without the form’s token')
    })
  })
}

describe('settings', () => {
  let test: TestApp
  let admin: TestBrowser
  before(async () => {
    test = await startTestApp({ environment: { ...secrets, JWT_AUDIENCE: '<i>https://api.example.com</i>' } })
    admin = await test.signedIn()
  })
  after(() => test?.close())

  it('are all shown, by name', async () => {
    const { status, text } = await admin.get('/admin/settings')
    assert.equal(status, 200)
    for (const group of Object.values(settings)) {
      for (const { name } of Object.values(group)) assert.ok(text.includes(`>${name}</code>`), name)
    }
  })

  it('never show a secret', async () => {
    const { text } = await admin.get('/admin/settings')
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(!text.includes(secret), name)
      const row = text.split('<tr ').find((part) => part.includes(`class="name">${name}</code>`))!
      assert.match(row, /Set \(secret\)/, name)
      assert.match(row, /Environment/, name)
    }
    const unset = text.split('<tr ').find((part) => part.includes('class="name">JWT_SECRET</code>'))!
    assert.match(unset, /Not set/)
  })

  it('are found by name and description', async () => {
    const rowsOf = async (search: string) => {
      const { text } = await admin.get(`/admin/settings?${new URLSearchParams({ search })}`)
      return [...text.matchAll(/<code class="name">(\w+)</g)].map(([, name]) => name)
    }
    assert.deepEqual(await rowsOf('metrics_addr'), ['METRICS_ADDR'])
    assert.ok((await rowsOf('PKCE')).includes('PKCE_REQUIRED'))
    assert.deepEqual(await rowsOf('<nothing>'), [])
    assert.ok(!(await admin.get('/admin/settings?search=jwt_audience')).text.includes('<i>'))
  })
})
