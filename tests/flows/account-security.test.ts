/** What people see and change of how they sign in, beside passwords and codes: recent sign-ins, names of passkeys. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { newPasskey } from '../../src/storage/conformance/fixtures.ts'
import { firefox } from '../support/pages.ts'
import { drivers, startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.ts'

const path = '/account/security'
const curl = 'curl/8.5.0'

/** The rows of the list of sign-ins as people read them. */
function activityOf(html: string): string[] {
  const section = html.slice(html.indexOf('id="activity-heading"'))
  return [...section.matchAll(/<tr role="row"><th scope="row".*?<\/tr>/gs)].map(([row]) =>
    row
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
}

for (const { driver, skip } of drivers) {
  describe(`how one signs in, on ${driver}`, { skip }, () => {
    async function start(t: TestContext, options: TestAppOptions = {}): Promise<TestApp> {
      const test = await startTestApp({ driver, ...options })
      t.after(() => test.close())
      return test
    }

    /** Waits for what is written beside requests. */
    async function activityWhen(
      page: () => Promise<{ text: string }>,
      complete: (rows: string[]) => boolean,
    ): Promise<string[]> {
      for (let tries = 0; ; tries++) {
        const rows = activityOf((await page()).text)
        if (complete(rows) || tries > 200) return rows
        await setTimeout(20)
      }
    }

    it('sign-ins and failures are listed to their owner alone, the newest first', async (t) => {
      const test = await start(t)
      const ada = await test.account('ada')
      const bob = await test.account('bob')
      const stranger = test.browser({ userAgent: curl, ip: '203.0.113.9' })
      assert.equal((await stranger.signIn('ada', 'not her password')).status, 401)
      test.clock.advance(60)
      await test.browser().signIn('bob', bob.password)
      const browser = test.browser({ userAgent: firefox, ip: '192.0.2.10' })
      await browser.signIn('ada', ada.password)
      test.clock.advance(60)

      const rows = await activityWhen(
        () => browser.get(path),
        (found) => found.length === 2,
      )
      assert.deepEqual(rows, [
        'Firefox on Linux 192.0.2.10 Signed in with password 1 minute ago',
        'curl 203.0.113.9 Wrong password with password 2 minutes ago',
      ])
      const { text } = await browser.get(path)
      assert.match(text, /Was one of them not you\?/)
      assert.match(text, /href="#password-heading"/)

      // The way on: everybody else is out, and this browser stays.
      const elsewhere = test.browser()
      await elsewhere.signIn('ada', ada.password)
      await browser.get(path)
      const ended = await browser.submit('/account/sessions/end-others')
      assert.equal(ended.headers.location, '/account/sessions?notice=sessions_ended')
      assert.equal((await elsewhere.get(path)).status, 303)
      assert.equal((await browser.get(path)).status, 200)
    })

    it('ten are listed at most', async (t) => {
      const test = await start(t)
      const ada = await test.account('ada')
      const browser = test.browser()
      for (let times = 0; times < 12; times++) {
        await browser.signIn('ada', ada.password)
        await browser.get('/logout')
        await browser.submit('/logout')
        test.clock.advance(60)
      }
      await browser.signIn('ada', ada.password)
      const rows = await activityWhen(
        () => browser.get(path),
        (found) => found.length === 10 && found[0]!.endsWith('just now'),
      )
      assert.equal(rows.length, 10)
      assert.match(rows[0]!, /just now$/)
      assert.match(rows[9]!, /9 minutes ago$/)
    })

    it('whoever keeps no audit log says so', async (t) => {
      const test = await start(t, { environment: { ENABLE_AUDIT_LOGGING: 'false' } })
      const browser = await test.signedIn()
      const { text } = await browser.get(path)
      assert.match(text, /This server keeps no record of sign-ins at present/)
      assert.deepEqual(activityOf(text), [])
    })

    it('a passkey gets another name from its owner alone, who proved lately who they are', async (t) => {
      const test = await start(t)
      const ada = await test.account('ada')
      const bob = await test.account('bob')
      const { storage } = test.app
      const { id: accountId } = (await storage.read.accounts.findByUsername('ada'))!
      const passkey = newPasskey({ accountId, name: 'Phone' })
      await storage.transaction((tx) => tx.factors.insertPasskey(passkey))
      const nameNow = async (): Promise<string> =>
        (await storage.read.factors.enrolledOf(accountId)).passkeys[0]!.name
      // Her passkey is asked for at her next sign-in, so she signs in before it is there, and everybody else after.
      const rename = `${path}/passkeys/${passkey.id}/rename`

      const other = test.browser()
      await other.signIn('bob', bob.password)
      await other.get(path)
      assert.equal((await other.submit(rename, { name: 'mine now' })).status, 404)
      assert.equal(await nameNow(), 'Phone')

      await storage.transaction((tx) => tx.factors.removePasskey(accountId, passkey.id))
      const browser = test.browser()
      await browser.signIn('ada', ada.password)
      await storage.transaction((tx) => tx.factors.insertPasskey(passkey))
      await browser.get(path)
      assert.equal((await browser.post(rename, { name: 'without a token' })).status, 403)
      await browser.get(path)
      const renamed = await browser.submit(rename, { name: `  Ada’s <b>key</b> ${'x'.repeat(80)}` })
      assert.equal(renamed.headers.location, `${path}?notice=passkey_renamed`)
      assert.equal(await nameNow(), `Ada’s <b>key</b> ${'x'.repeat(80)}`.slice(0, 60))
      const { text } = await browser.get(path)
      assert.match(text, /Ada’s &lt;b>key&lt;\/b>/)
      await browser.submit(rename, { name: ' ' })
      assert.match((await browser.get(path)).text, /<bdi>Passkey<\/bdi>/)
      assert.equal((await browser.submit(`${path}/passkeys/none/rename`, { name: 'x' })).status, 404)

      test.clock.advance(16 * 60)
      await browser.get(path)
      const asked = await browser.submit(rename, { name: 'later' })
      assert.equal(asked.status, 200)
      assert.match(asked.text, /Confirm that it is you/)
      assert.equal(await nameNow(), '')

      for (let tries = 0; tries < 200; tries++) {
        const { entries } = await storage.read.audit.search({ eventType: 'PASSKEY_RENAMED' }, { limit: 5 })
        if (entries.length === 2) {
          assert.deepEqual(entries[0]!.details, { passkey_id: passkey.id })
          assert.equal(entries[0]!.resourceId, accountId)
          return
        }
        await setTimeout(20)
      }
      assert.fail('the audit log has no rows of it')
    })
  })
}
