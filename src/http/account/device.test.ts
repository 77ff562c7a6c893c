import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { startPages, type TestBrowser, type TestPages } from '../../../tests/support/pages.ts'
import type { Client } from '../../oauth/client.ts'

describe('device pages', () => {
  let pages: TestPages
  let client: Client
  let browser: TestBrowser

  async function start(environment: Record<string, string> = {}): Promise<void> {
    pages = await startPages(environment)
    await pages.account('ada')
    client = await pages.client('Backup tool', { allowedResources: ['https://api.example.com'] })
    browser = pages.browser()
    await browser.signIn('ada')
    pages.events.length = 0
  }
  beforeEach(() => start())
  afterEach(() => pages.close())

  const stateOf = async (id: Parameters<TestPages['storage']['read']['deviceGrants']['find']>[0]) =>
    (await pages.storage.read.deviceGrants.find(id))?.state

  it('ask for a code', async () => {
    const { status, text } = await browser.get('/device')
    assert.equal(status, 200)
    assert.match(text, /Enter the code that your device or terminal shows/)
    assert.deepEqual(pages.events, [])
  })

  it('show who asks for what and from where, before anything is decided', async () => {
    const { userCode, grant } = await pages.deviceGrant(client, {
      scopes: ['read', 'tape:rewind'],
      resources: ['https://api.example.com'],
    })
    await browser.get('/device')
    const answers = [
      await browser.get(`/device?user_code=${userCode}`),
      await browser.submit('/device/verify', { user_code: userCode.toLowerCase().replace('-', ' ') }),
      await browser.submit('/device/verify', { user_code: userCode, action: 'approve' }),
      await browser.submit('/device/verify', { user_code: userCode, confirmed: 'false' }),
    ]
    for (const { status, text } of answers) {
      assert.equal(status, 200)
      for (const shown of [userCode, 'Backup tool', '198.51.100.7', 'curl', 'Read data', 'tape:rewind']) {
        assert.ok(text.includes(shown), shown)
      }
      assert.match(text, /https:\/\/api\.example\.com/)
      assert.match(text, /name="confirmed" value="true"/)
    }
    assert.equal(await stateOf(grant.id), 'pending')
    assert.deepEqual(pages.events, [])
  })

  for (const [name, fields] of [
    ['with the button', { action: 'approve' }],
    ['without an action, as existing pages do', {}],
  ] as const) {
    it(`approve ${name}`, async () => {
      const { userCode, grant } = await pages.deviceGrant(client)
      await browser.get(`/device?user_code=${userCode}`)
      const answer = await browser.submit('/device/verify', {
        user_code: userCode,
        confirmed: 'true',
        ...fields,
      })
      assert.deepEqual([answer.status, answer.location], [303, `/device/done?grant=${grant.id}`])
      assert.equal(await stateOf(grant.id), 'approved')
      assert.deepEqual(
        pages.events.map(({ type }) => type),
        ['device_authorization.approved'],
      )
    })
  }

  it('deny', async () => {
    const { userCode, grant } = await pages.deviceGrant(client)
    await browser.get(`/device?user_code=${userCode}`)
    const fields = { user_code: userCode, confirmed: 'true', action: 'deny' }
    const answer = await browser.submit('/device/verify', fields)
    assert.deepEqual([answer.status, answer.location], [303, `/device/done?grant=${grant.id}`])
    assert.equal(await stateOf(grant.id), 'denied')
    assert.deepEqual(
      pages.events.map(({ type }) => type),
      ['device_authorization.denied'],
    )
  })

  it('tell the person what they decided, as often as they look, and nobody else', async () => {
    await pages.account('ben')
    const other = pages.browser()
    await other.signIn('ben')
    for (const [action, words] of [
      ['approve', /You allowed <bdi>Backup tool</],
      ['deny', /You denied <bdi>Backup tool</],
    ] as const) {
      const { userCode, grant } = await pages.deviceGrant(client)
      const done = `/device/done?grant=${grant.id}`
      assert.equal((await browser.get(done)).location, '/device')
      await browser.get(`/device?user_code=${userCode}`)
      await browser.submit('/device/verify', { user_code: userCode, confirmed: 'true', action })
      pages.events.length = 0
      for (let time = 0; time < 2; time++) {
        const { status, text } = await browser.get(done)
        assert.equal(status, 200)
        assert.match(text, words)
      }
      // The device takes what it was allowed; that changes nothing for the person.
      await pages.storage.transaction((tx) => tx.deviceGrants.redeem(grant.id, pages.clock.now()))
      assert.match((await browser.get(done)).text, words)
      assert.equal((await other.get(done)).location, '/device')
      assert.equal(
        (await pages.browser().get(done)).location,
        `/login?${new URLSearchParams({ redirect: done })}`,
      )
      assert.deepEqual(pages.events, [])
    }
    for (const grant of ['', 'x', '018f0000-0000-7000-8000-000000000000']) {
      assert.equal((await browser.get(`/device/done?grant=${grant}`)).location, '/device')
    }
    assert.equal((await browser.get('/device/done')).location, '/device')
  })

  it('do not guess what another action means', async () => {
    const { userCode, grant } = await pages.deviceGrant(client)
    await browser.get('/device')
    const answer = await browser.submit('/device/verify', {
      user_code: userCode,
      confirmed: 'true',
      action: 'Deny',
    })
    assert.equal(answer.status, 400)
    assert.equal(await stateOf(grant.id), 'pending')
  })

  it('say what is wrong with a code, and keep it', async () => {
    const inactive = await pages.client('Old tool', { status: 'inactive' })
    const old = await pages.deviceGrant(inactive)
    const late = await pages.deviceGrant(client, { expiresAt: pages.clock.now() })
    const cases: [string, RegExp][] = [
      ['', /No code was entered/],
      ['WDJB-MJHT', /No device is waiting with this code/],
      ['"><script>', /No device is waiting with this code/],
      [late.userCode, /This code is too old/],
      [old.userCode, /The app behind this code is switched off/],
    ]
    await browser.get('/device')
    for (const [typed, words] of cases) {
      const answer = await browser.submit('/device/verify', { user_code: typed, confirmed: 'true' })
      assert.equal(answer.status, 400)
      assert.match(answer.text, words)
      assert.equal(answer.text.includes('<script>'), false)
      const shown = await browser.get(`/device?user_code=${encodeURIComponent(typed)}`)
      assert.equal(shown.status, 200)
      if (typed !== '') assert.match(shown.text, words)
    }
    assert.deepEqual(pages.events, [])
  })

  it('give one answer to two people who decide at the same time', async () => {
    const { userCode } = await pages.deviceGrant(client)
    await browser.get(`/device?user_code=${userCode}`)
    const answers = await Promise.all(
      ['approve', 'deny', 'approve'].map((action) =>
        browser.submit('/device/verify', { user_code: userCode, confirmed: 'true', action }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 400, 400])
    assert.equal(pages.events.length, 1)
  })

  it('throttle guessing the same on both pages', async () => {
    const { userCode } = await pages.deviceGrant(client)
    for (let time = 0; time < 20; time++) {
      assert.match((await browser.get(`/device?user_code=${userCode}`)).text, /Backup tool/)
    }
    for (let time = 0; time < 5; time++) {
      assert.equal((await browser.get('/device?user_code=WDJB-MJHT')).status, 200)
      assert.equal((await browser.submit('/device/verify', { user_code: 'WDJB-MJHT' })).status, 400)
    }
    for (const answer of [
      await browser.get(`/device?user_code=${userCode}`),
      await browser.submit('/device/verify', { user_code: userCode }),
    ]) {
      assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '60'])
      assert.match(answer.text, /Too many attempts/)
      assert.equal(answer.text.includes('Backup tool'), false)
    }
    assert.equal((await browser.get('/device')).status, 200)
    assert.deepEqual(
      pages.eventsOf('rate_limit.exceeded').map(({ policy }) => policy),
      ['device_verify', 'device_verify'],
    )
    pages.clock.advance(60)
    assert.match((await browser.get(`/device?user_code=${userCode}`)).text, /Backup tool/)
  })

  it('count only wrong codes against the limit for everybody', async () => {
    await pages.close()
    await start({ DEVICE_VERIFY_FAILURE_LIMIT: '2', DEVICE_VERIFY_RATE_LIMIT: '1000' })
    const { userCode } = await pages.deviceGrant(client)
    for (let time = 0; time < 10; time++) {
      assert.match((await browser.get(`/device?user_code=${userCode}`)).text, /Backup tool/)
    }
    for (let time = 0; time < 2; time++) await browser.get('/device?user_code=WDJB-MJHT')
    assert.equal((await browser.get(`/device?user_code=${userCode}`)).status, 429)
  })

  it('sign out a person who was disabled a moment ago', async () => {
    const { userCode, grant } = await pages.deviceGrant(client)
    await browser.get(`/device?user_code=${userCode}`)
    const account = await pages.storage.read.accounts.findByUsername('ada')
    await pages.storage.transaction((tx) => tx.accounts.setStatus(account!.id, 'disabled', pages.clock.now()))
    const answer = await browser.submit('/device/verify', { user_code: userCode, confirmed: 'true' })
    assert.match(answer.location ?? '', /^\/login\?redirect=%2Fdevice/)
    assert.equal(await stateOf(grant.id), 'pending')
  })
})
