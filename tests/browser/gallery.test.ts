/**
 * The gallery: every page in every state a person can meet, on a phone, a tablet and a desk, by day and by night, in
 * each language. Nothing scrolls sideways, axe finds nothing, the console stays silent, and a picture is left in
 * `.screenshots/gallery/` for anyone who wants to leaf through them. A page joins by a line in `states`.
 */
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Grant } from '../../src/oauth/token/token.ts'
import { addSeconds } from '../../src/shared/clock.ts'
import { digestOf } from '../../src/shared/digest.ts'
import { createIds, type GrantId, type SessionId } from '../../src/shared/ids.ts'
import { createSystemRandom } from '../../src/shared/random.ts'
import { newClient } from '../../src/storage/conformance/fixtures.ts'
import { type Language, languages, type Text } from '../../src/views/languages/languages.ts'
import { pkce } from '../support/authorization.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../support/browser.ts'
import { registerClient, tokensFor } from '../support/openid-client.ts'
import { chrome, firefox } from '../support/pages.ts'
import { type Site, startSite } from '../support/site.ts'
import { adminPassword } from '../support/test-app.ts'

/** Another color scheme changes colors and nothing else, so there only those are checked again. */
const colorRules = ['color-contrast', 'link-in-text-block']

const looks = [
  { width: 360, height: 740, colorScheme: 'light' },
  { width: 360, height: 740, colorScheme: 'dark' },
  { width: 768, height: 1024, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
] as const

interface Scene {
  page: Page
  site: Site
  /** Who is signed in; for a newcomer a name that nobody else has. */
  username: string
  language: Language
}

interface State {
  name: string
  /** Who is signed in: nobody, somebody new to whom nothing has happened, or the administrator. */
  as: 'nobody' | 'newcomer' | 'admin'
  /** A path, or what a person does until the page is there. */
  open: string | ((scene: Scene) => Promise<unknown>)
  /** Words that only this state shows, so that none is mistaken for another. */
  shows: (text: Text) => string
}

const press = (page: Page, selector = 'main form button[type=submit]') =>
  page.locator(selector).first().click()

/** Sends the forms of a page as they are, without the browser's own check, as browsers without it do. */
const sendUnchecked = async (page: Page): Promise<void> => {
  await page.evaluate('for (const form of document.forms) form.noValidate = true')
  await press(page)
}

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(password)
  await press(page)
}

const askToSignOut =
  (fields: (made: { idToken: string; elsewhere: string }) => Record<string, string>, andDoIt = false) =>
  async ({ page, site, username }: Scene) => {
    const owner = (await site.test.app.storage.read.accounts.findByUsername(username))!
    const elsewhere = 'https://app.example.com/signed-out'
    const client = await registerClient(site.test, {
      name: longName,
      metadata: { postLogoutRedirectUris: [elsewhere] },
    })
    const { id_token } = await tokensFor(site.test, client, { accountId: owner.id })
    await page.goto(`/oauth/end_session?${new URLSearchParams(fields({ idToken: id_token, elsewhere }))}`)
    if (andDoIt) await press(page, '#sign-out')
  }

const states: readonly State[] = [
  { name: 'login', as: 'nobody', open: '/login', shows: ({ login }) => login.signIn },
  { name: 'login-to-device', as: 'nobody', open: '/device', shows: ({ login }) => login.toDevice },
  ...(
    [
      ['error=session_timeout', ({ login }: Text) => login.timeout],
      ['error=session_ended', ({ login }: Text) => login.ended],
      ['error=session_invalid', ({ login }: Text) => login.untrusted],
      ['notice=signed_out', ({ login }: Text) => login.signedOut],
    ] as const
  ).map(
    ([query, shows]): State => ({
      name: `login-${query.split('=')[1]}`,
      as: 'nobody',
      open: `/login?${query}`,
      shows,
    }),
  ),
  {
    name: 'login-missing',
    as: 'nobody',
    async open({ page }) {
      await page.goto('/login')
      await sendUnchecked(page)
    },
    shows: ({ login }) => login.missing,
  },
  {
    name: 'login-wrong',
    as: 'nobody',
    async open({ page }) {
      await page.goto('/login')
      await signIn(page, 'nobody', 'not the password')
    },
    shows: ({ login }) => login.mismatch,
  },
  {
    name: 'login-throttled',
    as: 'nobody',
    async open({ page, username }) {
      await page.goto('/login')
      for (let failures = 0; failures < 7; failures++) await signIn(page, username, 'not the password')
    },
    shows: ({ common }) => common.tooManyAttempts,
  },
  {
    name: 'login-disabled',
    as: 'nobody',
    async open({ page, site, username }) {
      const { password } = await site.test.account(username)
      const { storage, administration } = site.test.app
      const account = await storage.read.accounts.findByUsername(username)
      await administration.accounts.disable(account!, { type: 'system' })
      await page.goto('/login')
      await signIn(page, username, password)
    },
    shows: ({ login }) => login.disabled,
  },
  { name: 'device', as: 'newcomer', open: '/device', shows: ({ device }) => device.codeHelp },
  {
    name: 'device-empty',
    as: 'newcomer',
    async open({ page }) {
      await page.goto('/device')
      await sendUnchecked(page)
    },
    shows: ({ device }) => device.problems.empty.happened,
  },
  {
    name: 'device-not-found',
    as: 'newcomer',
    open: '/device?user_code=WDJB-MJHT',
    shows: ({ device }) => device.problems.not_found.happened,
  },
  {
    name: 'device-throttled',
    as: 'newcomer',
    async open({ page }) {
      for (let tries = 0; tries < 30; tries++) await page.request.get('/device?user_code=WDJB-MJHT')
      await page.goto('/device?user_code=WDJB-MJHT')
    },
    shows: ({ common }) => common.tooManyAttempts,
  },
  {
    name: 'device-confirm',
    as: 'newcomer',
    open: async ({ page, site }) =>
      page.goto((await site.device({ scope: 'read' })).verification_uri_complete),
    shows: ({ device }) => device.onlyIfYouAdvice,
  },
  {
    name: 'device-confirm-much',
    as: 'newcomer',
    open: async ({ page, site }) => page.goto(await muchAsked(site)),
    shows: ({ resources }) => resources.title,
  },
  {
    name: 'device-approved',
    as: 'newcomer',
    async open({ page, site }) {
      await page.goto(await muchAsked(site))
      await press(page, 'button[value=approve]')
    },
    shows: ({ device }) => device.approvedAdvice,
  },
  {
    name: 'device-denied',
    as: 'newcomer',
    async open({ page, site }) {
      await page.goto((await site.device()).verification_uri_complete)
      await press(page, 'button[value=deny]')
    },
    shows: ({ device }) => device.deniedAdvice,
  },
  {
    name: 'sessions-empty',
    as: 'newcomer',
    open: '/account/sessions',
    shows: ({ sessions }) => sessions.empty,
  },
  {
    name: 'sessions-admin',
    as: 'admin',
    open: '/account/sessions',
    shows: ({ sessions }) => sessions.appsLead,
  },
  {
    name: 'sessions-opened',
    as: 'newcomer',
    async open({ page, site, username }) {
      await addSessionsAndGrants(site, username, 3)
      await page.goto('/account/sessions?notice=session_ended')
      await page.evaluate('for (const part of document.querySelectorAll("main details")) part.open = true')
    },
    shows: ({ sessions }) => sessions.notices.session_ended,
  },
  {
    name: 'sessions-many',
    as: 'newcomer',
    async open({ page, site, username }) {
      await addSessionsAndGrants(site, username, 44)
      await page.goto('/account/sessions')
      await page.locator('a[rel=next]').first().click()
      await page.waitForURL('**/account/sessions?sessions_after=*')
    },
    shows: ({ list }) => list.previous,
  },
  {
    name: 'menu',
    as: 'admin',
    async open({ page }) {
      await page.goto('/account/sessions')
      await page.evaluate('for (const part of document.querySelectorAll(".rail details")) part.open = true')
    },
    shows: ({ sessions }) => sessions.appsLead,
  },
  {
    name: 'allowed-apps-empty',
    as: 'newcomer',
    open: '/account/authorizations',
    shows: ({ allowedApps }) => allowedApps.empty,
  },
  {
    name: 'consent',
    as: 'newcomer',
    open: async ({ page, site }) => page.goto(await consentAsked(site)),
    shows: ({ consent }) => consent.abilities,
  },
  {
    name: 'allowed-apps',
    as: 'newcomer',
    async open({ page, site }) {
      await page.route('https://app.example/**', (route) => route.fulfill({ body: '' }))
      await page.goto(await consentAsked(site))
      await press(page, 'button[value=approve]')
      await page.waitForURL('https://app.example/**')
      await page.goto('/account/authorizations')
    },
    shows: ({ allowedApps }) => allowedApps.revoke,
  },
  {
    name: 'authorization-error',
    as: 'nobody',
    open: '/oauth/authorize?client_id=unknown&response_type=code',
    shows: ({ authorization }) => authorization.problems.unknown_client.title,
  },
  { name: 'logout', as: 'newcomer', open: '/logout', shows: ({ logout }) => logout.question },
  {
    name: 'end-session',
    as: 'newcomer',
    open: askToSignOut(({ idToken, elsewhere }) => ({
      id_token_hint: idToken,
      post_logout_redirect_uri: elsewhere,
    })),
    shows: ({ endSession }) => endSession.signOutAndReturn,
  },
  {
    name: 'end-session-hint-missing',
    as: 'newcomer',
    open: askToSignOut(({ elsewhere }) => ({ post_logout_redirect_uri: elsewhere })),
    shows: ({ endSession }) => endSession.problems.hint_missing.title,
  },
  {
    name: 'end-session-hint-invalid',
    as: 'newcomer',
    open: askToSignOut(({ elsewhere }) => ({ id_token_hint: 'none', post_logout_redirect_uri: elsewhere })),
    shows: ({ endSession }) => endSession.problems.hint_invalid.title,
  },
  {
    name: 'end-session-not-registered',
    as: 'newcomer',
    open: askToSignOut(({ idToken, elsewhere }) => ({
      id_token_hint: idToken,
      post_logout_redirect_uri: `${elsewhere}?foo=bar`,
    })),
    shows: ({ endSession }) => endSession.problems.redirect_not_registered.title,
  },
  {
    name: 'signed-out',
    as: 'newcomer',
    open: askToSignOut(() => ({}), true),
    shows: ({ endSession }) => endSession.doneAdvice,
  },
  ...(['auth-code-flow', 'errors', 'getting-started'] as const).map(
    (guide): State => ({
      name: `guide-${guide}`,
      as: 'nobody',
      open: ({ page, language }) => page.goto(`/docs/${language.tag}/${guide}`),
      shows: ({ guides }) => guides.titles[guide],
    }),
  ),
  {
    name: 'guide-none',
    as: 'nobody',
    open: ({ page, language }) => page.goto(`/docs/${language.tag}/none`),
    shows: ({ guides }) => guides.noGuide,
  },
  {
    name: 'guide-own-app',
    as: 'newcomer',
    async open({ page, site, username, language }) {
      const { storage } = site.test.app
      const owner = await storage.read.accounts.findByUsername(username)
      const client = newClient({
        name: longName,
        createdBy: owner!.id,
        redirectUris: [`https://app.example.com/${'long/'.repeat(40)}callback`],
      })
      await storage.transaction((tx) => tx.clients.insert(client))
      await page.goto(`/docs/${language.tag}/device-flow`)
      await page.locator('main select').selectOption(longName)
      await press(page, 'main form button')
      await page.getByText(client.id).first().waitFor()
    },
    shows: ({ guides }) => guides.titles['device-flow'],
  },
  {
    name: 'error-page-expired',
    as: 'nobody',
    async open({ page }) {
      await page.goto('/login')
      await page.evaluate('document.querySelector("[name=csrf_token]").value = "somebody else"')
      await signIn(page, 'admin', adminPassword)
    },
    shows: ({ error }) => error.kinds.page_expired.title,
  },
  {
    name: 'error-not-found',
    as: 'nobody',
    open: '/there/is/nothing',
    shows: ({ error }) => error.kinds.not_found.title,
  },
  {
    name: 'error-bad-request',
    as: 'nobody',
    open: '/preferences?language=xx',
    shows: ({ error }) => error.kinds.bad_request.title,
  },
]

suite('every page in every state', { skip: skipWithoutBrowser, timeout: 300_000 }, () => {
  let site: Site
  before(async () => {
    site = await startSite({ DEVICE_VERIFY_RATE_LIMIT: '30', SESSION_IDLE_TIMEOUT: '0' })
  })
  after(() => site?.close())

  async function look(page: Page, name: string, language: Language): Promise<void> {
    const main = languages[0] === language
    for (const { width, height, colorScheme } of looks) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await assertNoOverflow(page)
      if (colorScheme === 'light' && width === (main ? 360 : 1280)) await assertAccessible(page)
      if (colorScheme === 'dark' && width === 1280 && main) await assertAccessible(page, colorRules)
      await screenshot(page, `gallery/${language.tag}/${name}-${width}-${colorScheme}`)
    }
  }

  suite('looked at', { concurrency: 2 }, () => {
    for (const language of languages) {
      for (const { name, as, open, shows } of states) {
        test(`${name}, in ${language.tag}`, async () => {
          const page = await site.visitor({ locale: language.tag })
          const username = as === 'admin' ? 'admin' : `${name}-${language.tag}`.toLowerCase()
          if (as !== 'nobody') {
            const password = as === 'admin' ? adminPassword : (await site.test.account(username)).password
            await page.goto('/login')
            await signIn(page, username, password)
            await page.waitForURL('**/account/sessions')
          }
          await (typeof open === 'string' ? page.goto(open) : open({ page, site, username, language }))
          await page.getByText(shows(language.text)).filter({ visible: true }).first().waitFor()
          await look(page, name, language)
          await page.context().close()
        })
      }
    }
  })

  test('device: a code that is too old', async () => {
    for (const language of languages) {
      const page = await site.visitor({ locale: language.tag })
      const username = `late-${language.tag}`.toLowerCase()
      const { password } = await site.test.account(username)
      await page.goto('/login')
      await signIn(page, username, password)
      const { verification_uri_complete } = await site.device()
      site.test.clock.advance(30 * 60)
      await page.goto(verification_uri_complete)
      await page.getByText(language.text.device.problems.expired.happened).waitFor()
      await look(page, 'device-expired', language)
    }
  })
})

/** @returns the address of a device that asks for everything a client of a long name may ask for. */
async function muchAsked(site: Site): Promise<string> {
  const { client } = await site.test.app.administration.clients.create(
    {
      name: longName,
      type: 'public',
      scope: 'openid profile email offline_access read write backup:run',
      allowedResources: ['https://backup.example/archive/of/everything/that/was/ever/written/down'],
    },
    { type: 'system' },
  )
  const device = await site.device({ clientId: client.id, resource: client.allowedResources[0] })
  return device.verification_uri_complete
}

/** @returns an authorization request of an app whose name is written from right to left. */
async function consentAsked(site: Site): Promise<string> {
  const client = await registerClient(site.test, {
    name: 'مزامنة الملفات',
    grants: ['authorization_code'],
    redirectUris: ['https://app.example/callback'],
  })
  const query = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUris[0]!,
    scope: 'openid profile email',
    ...pkce,
  })
  return `/oauth/authorize?${query}`
}

/** As long as a client's name may be, with a word that cannot be broken. */
const longName = `Nightly backup of ${'everything'.repeat(4)}-und-die-Donaudampfschifffahrt in Ωmega`.slice(
  0,
  100,
)

/** Other browsers of a person, and apps they allowed, each holding two tokens. */
async function addSessionsAndGrants(site: Site, username: string, count: number): Promise<void> {
  const { storage, administration } = site.test.app
  const random = createSystemRandom()
  const ids = createIds(site.test.clock, random)
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
        authenticatedAt: addSeconds(now, -86_400 * index),
        methods: ['pwd'],
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
