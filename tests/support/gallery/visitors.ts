/** The gallery: people who pass through. Codes of devices, signing out, guides, errors. */
import { newClient } from '../../../src/storage/conformance/fixtures.ts'
import { guideSlugs } from '../../../src/views/guides.ts'
import { registerClient, tokensFor } from '../openid-client.ts'
import type { Site } from '../site.ts'
import { adminPassword } from '../test-app.ts'
import { longName, press, type Scene, type State, sendUnchecked, signIn } from './scene.ts'

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

export const visitorStates: readonly State[] = [
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
    at: '/device',
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
    at: '/device/done',
    async open({ page, site }) {
      await page.goto(await muchAsked(site))
      await press(page, 'button[value=approve]')
    },
    shows: ({ device }) => device.approvedAdvice,
  },
  {
    name: 'device-denied',
    as: 'newcomer',
    at: '/device/done',
    async open({ page, site }) {
      await page.goto((await site.device()).verification_uri_complete)
      await press(page, 'button[value=deny]')
    },
    shows: ({ device }) => device.deniedAdvice,
  },
  {
    name: 'authorization-error',
    as: 'nobody',
    open: '/oauth/authorize?client_id=unknown&response_type=code',
    shows: ({ authorization }) => authorization.problems.unknown_client.title,
  },
  {
    name: 'end-session',
    as: 'newcomer',
    at: '/oauth/end_session',
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
    at: '/oauth/end_session/done',
    open: askToSignOut(() => ({}), true),
    shows: ({ endSession }) => endSession.doneAdvice,
  },
  ...guideSlugs.map(
    (guide): State => ({
      name: `guide-${guide}`,
      as: 'nobody',
      at: '/docs/:language/:slug',
      open: ({ page, language }) => page.goto(`/docs/${language.tag}/${guide}`),
      shows: ({ guides }) => guides.titles[guide],
    }),
  ),
  {
    name: 'guide-none',
    as: 'nobody',
    open: '/docs/none',
    shows: ({ guides }) => guides.noGuide,
  },
  {
    name: 'api-reference',
    as: 'nobody',
    open: '/docs/api',
    shows: ({ guides }) => guides.api.lead,
  },
  {
    name: 'api-reference-inside',
    as: 'newcomer',
    rare: true,
    async open({ page }) {
      await page.goto('/docs/api')
      await page.evaluate('document.querySelector("main article details").open = true')
    },
    shows: ({ guides }) => guides.api.answer,
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
  {
    name: 'error-page-expired-kept',
    as: 'newcomer',
    rare: true,
    async open({ page }) {
      await page.goto('/account/profile')
      await page.locator('#full_name').fill(longName)
      await page.evaluate('document.querySelector("main [name=csrf_token]").value = "another"')
      await press(page)
    },
    shows: ({ error }) => error.kinds.page_expired_kept.advice,
  },
  {
    name: 'error-method',
    as: 'nobody',
    rare: true,
    open: '/login/cancel',
    shows: ({ error }) => error.kinds.method_not_allowed.title,
  },
  {
    name: 'error-too-large',
    as: 'nobody',
    rare: true,
    async open({ page }) {
      await page.goto('/login')
      await page.evaluate('document.querySelector("#username").value = "x".repeat(70_000)')
      await sendUnchecked(page)
    },
    shows: ({ error }) => error.kinds.too_large.title,
  },
  {
    name: 'error-too-many',
    as: 'nobody',
    branded: true,
    async open({ page }) {
      for (let tries = 0; tries < 3; tries++) await page.goto('/oauth/authorize')
    },
    shows: ({ error }) => error.kinds.too_many_requests.advice,
  },
  {
    name: 'error-internal',
    as: 'newcomer',
    at: '/account/authorizations',
    open: breakPage,
    shows: ({ error }) => error.kinds.internal.title,
  },
  {
    name: 'error-forbidden',
    as: 'newcomer',
    open: '/admin',
    shows: ({ error }) => error.kinds.forbidden.title,
  },
]

/** Opens a page that the database has a fault with, for this person alone. */
async function breakPage({ page, site, username }: Scene): Promise<void> {
  const { storage } = site.test.app
  const { consents } = storage.read
  const { id } = (await storage.read.accounts.findByUsername(username))!
  const listOf = consents.listOf
  consents.listOf = async (account, window) => {
    if (account === id) throw new Error('the database has a fault')
    return listOf(account, window)
  }
  // Chromium would write the status onto its console, where nothing may stand.
  await page.route('**/account/authorizations', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, status: response.status() === 500 ? 200 : 404 })
  })
  await page.goto('/account/authorizations')
}

/** @returns the address of a device that asks for everything a client of a long name may ask for. */
async function muchAsked(site: Site): Promise<string> {
  const { client } = await site.test.administration.clients.create(
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
