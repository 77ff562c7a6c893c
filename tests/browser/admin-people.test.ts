/** An administrator looks after people and tokens in a browser, with and without script. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { poll } from '../support/oauth-client.ts'
import { desktop, heading, phone, type Site, signIn, startSite } from '../support/site.ts'

suite('people and tokens in a browser', { skip: skipWithoutBrowser, timeout: 300_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite()
    for (const name of ['ana', 'long-name-of-somebody-who-works-in-a-large-department-somewhere']) {
      await site.test.account(name)
    }
    const browser = site.test.browser()
    await browser.signIn('ana', 'password of ana')
    for (let n = 0; n < 3; n++) {
      const device = await site.device()
      await browser.decide(device.user_code, 'approve')
      await poll(site.test, device.device_code)
    }
  })
  after(() => site?.close())

  for (const javaScriptEnabled of [true, false]) {
    test(`a password is reset and shown once, ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const { username, password } = await site.test.account(javaScriptEnabled ? 'scripted' : 'scriptless')
      const page = await site.visitor({ javaScriptEnabled })
      await page.goto('/admin/users')
      await signIn(page)
      assert.equal(await heading(page), 'Users')
      await page.getByLabel('Username, email or name').fill(username.slice(0, 8).toUpperCase())
      await page.getByRole('button', { name: 'Apply' }).click()
      await page.getByRole('link', { name: username, exact: true }).click()
      await page.getByText('Reset password…').click()
      assert.match(
        (await page.getByText('gets a new password').textContent())!,
        /This ends 0 sessions and 0 tokens/,
      )
      await page.getByRole('button', { name: 'Reset the password' }).click()
      const shown = (await page.locator('.secret-value code').textContent())!.trim()
      await page.reload()
      await page.getByText('The password was shown before').waitFor()
      assert.ok(!(await page.content()).includes(shown))

      const person = await site.visitor({ javaScriptEnabled })
      await person.goto('/login')
      await signIn(person, username, password)
      await person.getByText('do not match').waitFor()
      await person.getByLabel('Password', { exact: true }).fill(shown)
      await person.getByRole('button', { name: 'Sign in' }).click()
      // An administrator has seen it: it is good for choosing another one.
      assert.equal(await heading(person), 'Choose your password')
      await person.getByLabel('New password', { exact: true }).fill('quiet harbor lights')
      await person.getByRole('button', { name: 'Save and continue' }).click()
      assert.equal(await heading(person), 'Sessions and apps')
    })
  }

  test('tokens are chosen by their boxes, and end after a question', async () => {
    const page = await site.visitor({ javaScriptEnabled: false })
    await page.goto('/admin/tokens?user=ana')
    await signIn(page)
    const boxes = page.getByRole('checkbox')
    assert.equal(await boxes.count(), 3)
    await boxes.nth(0).check()
    await boxes.nth(2).check()
    await page.getByRole('button', { name: 'Revoke selected…' }).click()
    assert.equal(await heading(page), 'Revoke tokens?')
    assert.equal(await page.locator('tbody').getByRole('row').count(), 2)
    await page.getByRole('button', { name: 'Revoke them' }).click()
    await page.getByText('The tokens were revoked').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('user'), 'ana')
    assert.equal(await page.getByRole('checkbox').count(), 1)
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('The token was disabled').waitFor()
    await page.getByRole('button', { name: 'Enable' }).click()
    await page.getByText('The token works again').waitFor()
  })

  for (const [size, viewport] of Object.entries({ desktop, phone })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`every page can be used by everybody, ${size}, ${colorScheme}`, async () => {
        const page = await site.visitor({ viewport, colorScheme })
        const { read } = site.test.app.storage
        const ana = (await read.accounts.findByUsername('ana'))!
        const now = site.test.clock.now()
        const own = await site.device()
        const browser = await site.test.signedIn()
        await browser.decide(own.user_code, 'approve')
        await poll(site.test, own.device_code)
        const admin = (await read.accounts.findByUsername('admin'))!
        const [grant] = (await read.grants.pageLive(admin.id, now, { limit: 1 })).entries
        const [token] = (await read.tokenLists.list({ kind: 'refresh' }, now, { limit: 1 })).page.entries
        const pages = {
          users: '/admin/users',
          none: '/admin/users?search=nobody-at-all',
          user: `/admin/users/${ana.id}?notice=updated`,
          refused: `/admin/users/${admin.id}?refusal=own_account`,
          new: '/admin/users/new',
          edit: `/admin/users/${ana.id}/edit`,
          password: `/admin/users/${ana.id}/password`,
          authorizations: `/admin/users/${ana.id}/authorizations`,
          tokens: '/admin/tokens?user=ana',
          token: `/admin/tokens/${token!.id}`,
          grant: `/account/grants/${grant!.grant.id}`,
          sessions: '/account/sessions',
        }
        await page.goto('/admin/users')
        await signIn(page)
        await page.getByRole('heading', { level: 1 }).waitFor()
        for (const [name, path] of Object.entries(pages)) {
          await page.goto(path)
          // What is asked is part of the page.
          for (const question of await page.locator('details.confirm').all()) {
            if (name === 'user') await question.locator('summary').click()
          }
          await assertAccessible(page)
          await assertNoOverflow(page)
          await screenshot(page, `people/${name}-${size}-${colorScheme}`)
        }
      })
    }
  }
})
