/**
 * Every page in every state a person can meet, narrow and wide, light and dark: axe finds nothing, nothing scrolls
 * sideways, the console stays silent, and a picture is left in `.screenshots/` for anyone who wants to look.
 */
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Grant } from '../../src/oauth/token/token.ts'
import { addSeconds } from '../../src/shared/clock.ts'
import { digestOf } from '../../src/shared/digest.ts'
import { createIds, type GrantId, type SessionId } from '../../src/shared/ids.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { newClient } from '../../src/storage/conformance/fixtures.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { registerClient, tokensFor } from '../support/openid-client.ts'
import { chrome, firefox } from '../support/pages.ts'
import { type Site, signIn, startSite } from '../support/site.ts'

/** Another color scheme changes colors and nothing else, so there only those are checked again. */
const colorRules = ['color-contrast', 'link-in-text-block']

/** Between narrow and wide nothing is there that is not at one of them, so the picture is enough. */
const noRules: readonly string[] = []

const looks = [
  { width: 360, height: 740, colorScheme: 'light', rules: undefined },
  { width: 360, height: 740, colorScheme: 'dark', rules: colorRules },
  { width: 768, height: 1024, colorScheme: 'light', rules: noRules },
  { width: 1280, height: 800, colorScheme: 'light', rules: undefined },
  { width: 1280, height: 800, colorScheme: 'dark', rules: colorRules },
] as const

/** Sends the forms of a page as they are, without the browser's own check, as browsers without it do. */
const sendUnchecked = (page: Page): Promise<void> =>
  page.evaluate('for (const form of document.forms) form.noValidate = true')

suite('every page in every state', { skip: skipWithoutBrowser, timeout: 180_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ DEVICE_VERIFY_RATE_LIMIT: '30', SESSION_IDLE_TIMEOUT: '0' })
  })
  after(() => site?.close())

  /** Looks at the page as it is now; `title` is what its heading must say, so that no state is mistaken. */
  async function look(page: Page, name: string, title: string): Promise<void> {
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    for (const { width, height, colorScheme, rules } of looks) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await assertNoOverflow(page)
      if (rules !== noRules) await assertAccessible(page, rules)
      await screenshot(page, `pages/${name}-${width}-${colorScheme}`)
    }
  }

  /** Signs somebody in who has nothing yet, so that the states of one test do not show in another. */
  async function newcomer(username: string): Promise<Page> {
    const { password } = await site.test.account(username)
    const page = await site.visitor()
    await page.goto('/login')
    await signIn(page, username, password)
    await page.waitForURL('**/account/sessions')
    return page
  }

  suite('while the clock stands still', { concurrency: 2 }, () => {
    test('sign in: first visit, on the way to a device, after each kind of refusal', async () => {
      const page = await site.visitor()
      await page.goto('/login')
      await look(page, 'login', 'Sign in')
      await page.goto('/device')
      await page.getByText('to connect a device').waitFor()
      await look(page, 'login-to-device', 'Sign in')

      await sendUnchecked(page)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('Something is missing').waitFor()
      await look(page, 'login-missing', 'Sign in')

      await signIn(page, 'nobody', 'not the password')
      await page.getByText('That username and password do not match').waitFor()
      await look(page, 'login-wrong', 'Sign in')
      for (let failures = 1; failures <= 5; failures++) {
        await signIn(page, 'nobody', 'not the password')
        await page.getByText('That username and password do not match').waitFor()
      }
      await signIn(page, 'nobody', 'not the password')
      await page.getByText('Too many attempts').waitFor()
      await look(page, 'login-throttled', 'Sign in')

      const { username, password } = await site.test.account('switched-off')
      const { storage, administration } = site.test.app
      const account = await storage.read.accounts.findByUsername(username)
      await administration.accounts.disable(account!, { type: 'system' })
      await signIn(page, username, password)
      await page.getByText('This account is switched off').waitFor()
      await look(page, 'login-disabled', 'Sign in')
    })

    test('sign in, after a session ended', async () => {
      const page = await site.visitor()
      for (const [query, words] of [
        ['error=session_timeout', 'You were away for a while'],
        ['error=session_ended', 'You were signed out'],
        ['error=session_invalid', 'Your session could not be trusted any more'],
        ['notice=signed_out', 'You are signed out'],
      ]) {
        await page.goto(`/login?${query}`)
        await page.getByText(words!).waitFor()
        await look(page, `login-${query!.split('=')[1]}`, 'Sign in')
      }
    })

    test('guides: for anybody, in each language, and with an app of the reader’s own', async () => {
      const anybody = await site.visitor()
      await anybody.goto('/docs/en/auth-code-flow')
      await look(anybody, 'guide-public', 'Sign in from an app')
      await anybody.goto('/docs/zh-TW/errors')
      await look(anybody, 'guide-public-zh', '錯誤代碼')
      await anybody.goto('/docs/en/none')
      await look(anybody, 'guide-none', 'There is no such guide')

      const page = await newcomer('developer')
      await page.goto('/docs/en/getting-started')
      await look(page, 'guide-without-app', 'Getting started')
      const { storage } = site.test.app
      const owner = await storage.read.accounts.findByUsername('developer')
      const redirectUris = [`https://app.example.com/${'long/'.repeat(40)}callback`]
      const client = newClient({ name: longName, createdBy: owner!.id, redirectUris })
      await storage.transaction((tx) => tx.clients.insert(client))
      await page.goto('/docs/en/device-flow')
      await page.getByLabel('Show the values of').selectOption(longName)
      await page.getByRole('button', { name: 'Show' }).click()
      await page.getByText(client.id).first().waitFor()
      await look(page, 'guide-own-app', 'Sign in on a device or in a terminal')
      await page.getByRole('link', { name: 'Sign in from an app' }).first().click()
      await page.getByText(redirectUris[0]!).first().waitFor()
      await look(page, 'guide-own-app-redirect', 'Sign in from an app')
    })

    test('device: enter a code, and reasons why one is refused', async () => {
      const page = await newcomer('entering')
      await page.goto('/device')
      await look(page, 'device-enter', 'Connect a device')
      await sendUnchecked(page)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('No code was entered').waitFor()
      await look(page, 'device-empty', 'Connect a device')
      await page.getByLabel('Code', { exact: true }).fill('WDJB-MJHT')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('No device is waiting with this code').waitFor()
      await look(page, 'device-not-found', 'Connect a device')
      for (let tries = 0; tries < 30; tries++) await page.request.get('/device?user_code=WDJB-MJHT')
      await page.goto('/device?user_code=WDJB-MJHT')
      await page.getByText('Too many attempts').waitFor()
      await look(page, 'device-throttled', 'Connect a device')
    })

    test('device: decide, asked for little and for much; allowed; denied', async () => {
      const page = await newcomer('deciding')
      const denied = await site.device({ scope: 'read' })
      await page.goto(denied.verification_uri_complete)
      await look(page, 'device-confirm', 'Allow AuthGate CLI to sign in as you?')
      await page.getByRole('button', { name: 'Deny' }).click()
      await look(page, 'device-denied', 'You denied AuthGate CLI')

      const { client } = await site.test.app.administration.clients.create(
        {
          name: longName,
          type: 'public',
          scope: 'openid profile email offline_access read write backup:run',
          allowedResources: ['https://backup.example/archive/of/everything/that/was/ever/written/down'],
        },
        { type: 'system' },
      )
      const approved = await site.device({ clientId: client.id, resource: client.allowedResources[0] })
      await page.goto(approved.verification_uri_complete)
      await look(page, 'device-confirm-much', `Allow ${longName} to sign in as you?`)
      await page.getByRole('button', { name: 'Allow' }).click()
      await look(page, 'device-approved', `You allowed ${longName}`)
    })

    test('sessions and apps: nothing yet', async () => {
      const page = await newcomer('ana')
      await look(page, 'sessions-empty', 'Sessions and apps')
      await page.goto('/logout')
      await look(page, 'logout', 'Sign out?')
    })

    test('sessions and apps: several, with every part opened; after an act; many', async () => {
      const page = await newcomer('a-person-with-many-devices-and-a-rather-long-name-of-64-letters')
      await addSessionsAndGrants(site, page, 3)
      await page.reload()
      await look(page, 'sessions-several', 'Sessions and apps')
      await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true')
      await look(page, 'sessions-opened', 'Sessions and apps')
      await page.goto('/account/sessions?notice=session_ended')
      await page.getByRole('status').waitFor()
      await look(page, 'sessions-session_ended', 'Sessions and apps')
      await addSessionsAndGrants(site, page, 40)
      await page.goto('/account/sessions')
      await page.getByRole('navigation', { name: 'Pages of Browser sessions' }).getByText('Next').click()
      await page.waitForURL('**/account/sessions?sessions_after=*')
      await page.getByText('44 entries in all').first().waitFor()
      await look(page, 'sessions-many', 'Sessions and apps')
    })

    test('sign out because an app asks: the question, what is wrong with it, and the end', async () => {
      const page = await newcomer('leaving')
      const owner = (await site.test.app.storage.read.accounts.findByUsername('leaving'))!
      const elsewhere = 'https://app.example.com/signed-out'
      const client = await registerClient(site.test, {
        name: longName,
        metadata: { postLogoutRedirectUris: [elsewhere] },
      })
      const { id_token } = await tokensFor(site.test, client, { accountId: owner.id })
      const ask = (fields: Record<string, string>) =>
        page.goto(`/oauth/end_session?${new URLSearchParams(fields)}`)
      await ask({})
      await look(page, 'end-session', 'Sign out?')
      await ask({ id_token_hint: id_token, post_logout_redirect_uri: elsewhere, state: 'x' })
      await page.getByRole('button', { name: 'Sign out and go back' }).waitFor()
      await look(page, 'end-session-for-an-app', 'Sign out?')
      await ask({ post_logout_redirect_uri: elsewhere })
      await look(page, 'end-session-hint-missing', 'Sign out?')
      await ask({ id_token_hint: 'none', post_logout_redirect_uri: elsewhere })
      await look(page, 'end-session-hint-invalid', 'Sign out?')
      await ask({ id_token_hint: id_token, post_logout_redirect_uri: `${elsewhere}?foo=bar` })
      await look(page, 'end-session-not-registered', 'Sign out?')
      await page.locator('#sign-out').click()
      await look(page, 'signed-out', 'You are signed out')
      await ask({ id_token_hint: id_token, post_logout_redirect_uri: `${elsewhere}?foo=bar` })
      await look(page, 'signed-out-not-registered', 'You are signed out')
    })

    test('errors: refused, missing, misused', async () => {
      const page = await site.visitor()
      await page.goto('/login')
      await page.evaluate('document.querySelector("[name=csrf_token]").value = "somebody else"')
      await signIn(page)
      await look(page, 'error-page-expired', 'This page was open too long')
      await page.goto('/there/is/nothing')
      await look(page, 'error-not-found', 'There is no such page')
      await page.goto('/login')
      await page.evaluate('document.querySelector("[name=csrf_token]").name = "username"')
      await signIn(page)
      await look(page, 'error-bad-request', 'This request could not be understood')
    })
  })

  test('device: a code that is too old', async () => {
    const page = await newcomer('late')
    const { verification_uri_complete } = await site.device()
    site.test.clock.advance(30 * 60)
    await page.goto(verification_uri_complete)
    await page.getByText('This code is too old').waitFor()
    await look(page, 'device-expired', 'Connect a device')
  })
})

/** As long as a client's name may be, with a word that cannot be broken. */
const longName = `Nightly backup of ${'everything'.repeat(4)}-und-die-Donaudampfschifffahrt in Ωmega`.slice(
  0,
  100,
)

/** Other browsers of the person who uses `page`, and apps they allowed, each holding two tokens. */
async function addSessionsAndGrants(site: Site, page: Page, count: number): Promise<void> {
  const { storage, administration } = site.test.app
  const random = createSystemRandom()
  const ids = createIds(site.test.clock, random)
  const username = (await page.locator('.signed-in-name').first().textContent()) ?? ''
  const account = (await storage.read.accounts.findByUsername(username))!
  const now = site.test.clock.now()
  const system = { type: 'system' } as const
  const names = [longName, 'مزامنة الملفات', 'Backup CLI']
  const clients = await Promise.all(
    names.map((name) => administration.clients.create({ name, type: 'public' }, system)),
  )
  await storage.transaction(async (tx) => {
    for (let index = 0; index < count; index++) {
      const { client } = clients[index % clients.length]!
      await tx.sessions.insert({
        id: ids.next<SessionId>(),
        digest: digestOf(random.base64url(32)),
        accountId: account.id,
        authSource: 'local',
        createdAt: addSeconds(now, -86_400 * index),
        lastSeenAt: addSeconds(now, -3600 * index),
        expiresAt: addSeconds(now, 86_400),
        idleTimeoutSeconds: 0,
        fingerprint: undefined,
        ip: index % 2 === 0 ? '203.0.113.7' : '2001:db8:85a3:8d3:1319:8a2e:370:7348',
        userAgent: index % 2 === 0 ? firefox : chrome,
        endedAt: undefined,
        endReason: undefined,
      })
      const grant: Grant = {
        id: ids.next<GrantId>(),
        clientId: client.id,
        accountId: account.id,
        grantType: 'device_code',
        scopes: client.scopes,
        resources: [],
        authentication: undefined,
        claimsRequest: undefined,
        dpopJkt: undefined,
        clientProved: false,
        createdAt: addSeconds(now, -7200 * index),
        expiresAt: addSeconds(now, 86_400),
        lastUsedAt: index % 2 === 0 ? now : addSeconds(now, -7200 * index),
        requestIp: '203.0.113.7',
        requestUserAgent: 'authgate-cli/0.1.0 (linux; x64)',
        endedAt: undefined,
      }
      await tx.grants.insert(grant)
      await tx.refreshTokens.insert({
        id: ids.next(),
        digest: digestOf(random.base64url(32)),
        grantId: grant.id,
        clientId: client.id,
        accountId: account.id,
        predecessorId: undefined,
        issuedAt: grant.createdAt,
        expiresAt: grant.expiresAt,
        state: 'active',
        supersededAt: undefined,
      })
    }
  })
}
