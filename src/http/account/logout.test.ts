import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { startPages, type TestPages } from '../../../tests/support/pages.ts'

describe('sign-out page', () => {
  let pages: TestPages
  beforeEach(async () => {
    pages = await startPages()
    await pages.account('ada')
  })
  afterEach(() => pages.close())

  it('asks first: a link signs nobody out', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    const question = await browser.get('/logout')
    assert.deepEqual([question.status, /Sign out\?/.test(question.text)], [200, true])
    assert.equal((await browser.get('/account/sessions')).status, 200)
  })

  it('signs out: the cookie is forgotten, and a copy of it is useless', async () => {
    const browser = pages.browser()
    await browser.signIn('ada')
    const copy = pages.browser()
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    pages.clock.advance(90)
    await browser.get('/logout')
    const answer = await browser.submit('/logout')
    assert.deepEqual([answer.status, answer.location], [303, '/login?notice=signed_out'])
    assert.match(browser.setCookies.get('authgate_session')!, /Max-Age=0/)
    assert.equal(
      (await copy.get('/account/sessions')).location,
      '/login?redirect=%2Faccount%2Fsessions&error=session_ended',
    )
    assert.deepEqual(
      pages
        .eventsOf('session.ended')
        .map(({ reason, byOwnLogout, durationSeconds }) => [reason, byOwnLogout, durationSeconds]),
      [['logout', true, 90]],
    )
  })

  it('lets somebody else sign in for the same thing', async () => {
    const leave = async (redirect: string) => {
      const browser = pages.browser()
      await browser.signIn('ada')
      await browser.get('/logout')
      return (await browser.submit('/logout', { redirect })).location
    }
    assert.equal(
      await leave('/device?user_code=WDJB-MJHT'),
      '/login?redirect=%2Fdevice%3Fuser_code%3DWDJB-MJHT',
    )
    assert.equal(await leave('//evil.example'), '/login?notice=signed_out')
  })

  it('leads people who are signed out to sign in', async () => {
    assert.equal((await pages.browser().get('/logout')).location, '/login')
    assert.equal((await pages.browser().post('/logout', {})).location, '/login')
    assert.deepEqual(pages.events, [])
  })
})
