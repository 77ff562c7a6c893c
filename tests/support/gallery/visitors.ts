/** The gallery: people who pass through. Signing in, codes of devices, signing out, guides, errors. */
import { newClient } from '../../../src/storage/conformance/fixtures.ts'
import type { Text } from '../../../src/views/languages/languages.ts'
import { appOf, fieldOf } from '../factors.ts'
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
  { name: 'login-branded', as: 'nobody', branded: true, open: '/login', shows: ({ login }) => login.signIn },
  {
    name: 'verify',
    as: 'nobody',
    open: startVerifying,
    shows: ({ security }) => security.verify.codeHelp,
  },
  {
    name: 'verify-wrong',
    as: 'nobody',
    rare: true,
    async open(scene) {
      await startVerifying(scene)
      await scene.page.locator('#code').fill('000000')
      await press(scene.page)
    },
    shows: ({ security }) => security.verify.wrong,
  },
  {
    name: 'new-password',
    as: 'nobody',
    open: startReplacing,
    shows: ({ security }) => security.newPassword.submit,
  },
  {
    name: 'new-password-refused',
    as: 'nobody',
    rare: true,
    async open(scene) {
      await startReplacing(scene)
      await scene.page.locator('#new_password').fill('12345678')
      await press(scene.page)
    },
    shows: ({ security }) => security.password.problems.common(),
  },
  {
    name: 'enroll',
    as: 'nobody',
    branded: true,
    open: startEnrolling,
    shows: ({ security }) => security.enroll.appLead,
  },
  {
    name: 'enrolled',
    as: 'nobody',
    branded: true,
    async open(scene) {
      await startEnrolling(scene)
      const { page, site } = scene
      await page.locator('#code').fill(appOf(site.test, await page.content()).code())
      await press(page, 'main form:has(#code) button[type=submit]')
    },
    shows: ({ security }) => security.recoveryCodes.done,
  },
  {
    name: 'forgot-password',
    as: 'nobody',
    open: '/forgot-password',
    shows: ({ security }) => security.forgot.submit,
  },
  {
    name: 'forgot-password-sent',
    as: 'nobody',
    async open({ page }) {
      await page.goto('/forgot-password')
      await page.locator('#username').fill('nobody-here')
      await press(page)
    },
    shows: ({ security }) => security.forgot.sentTitle,
  },
  {
    name: 'reset-password',
    as: 'nobody',
    async open({ page, site, username, letterTo }) {
      await site.test.account(username)
      await page.goto('/forgot-password')
      await page.locator('#username').fill(username)
      await press(page)
      await page.goto(linkIn(await letterTo(`${username}@example.com`)))
    },
    shows: ({ security }) => security.reset.submit,
  },
  {
    name: 'reset-password-invalid',
    as: 'nobody',
    rare: true,
    open: '/reset-password?token=none',
    shows: ({ security }) => security.reset.again,
  },
  {
    name: 'verify-email',
    as: 'newcomer',
    async open({ page, username, letterTo }) {
      await page.goto('/account/profile')
      await press(page, 'main form[action$="/verify"] button')
      await page.goto(linkIn(await letterTo(`${username}@example.com`)))
    },
    shows: ({ security }) => security.verifyEmail.submit,
  },
  {
    name: 'verify-email-invalid',
    as: 'nobody',
    rare: true,
    open: '/verify-email?token=none',
    shows: ({ security }) => security.verifyEmail.invalidTitle,
  },
  {
    name: 'provider-unknown',
    as: 'nobody',
    open: '/auth/callback/github?state=none&code=none',
    shows: ({ signInWith }) => signInWith.failures.state_missing.title('GitHub'),
  },
  {
    name: 'provider-canceled',
    as: 'nobody',
    rare: true,
    async open({ page }) {
      const there = await page.request.get('/auth/login/github', { maxRedirects: 0 })
      const state = new URL(there.headers().location!).searchParams.get('state')!
      await page.goto(`/auth/callback/github?${new URLSearchParams({ error: 'access_denied', state })}`)
    },
    shows: ({ signInWith }) => signInWith.failures.cancelled.title('GitHub'),
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
    name: 'authorization-error',
    as: 'nobody',
    open: '/oauth/authorize?client_id=unknown&response_type=code',
    shows: ({ authorization }) => authorization.problems.unknown_client.title,
  },
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
  {
    name: 'error-forbidden',
    as: 'newcomer',
    open: '/admin',
    shows: ({ error }) => error.kinds.forbidden.title,
  },
]

/** Signs in with a password that is not enough. */
async function startVerifying({ page, site, username }: Scene): Promise<void> {
  const { password } = await site.test.account(username)
  const elsewhere = site.test.browser()
  await elsewhere.signIn(username, password)
  const { text } = await elsewhere.get('/account/security/app')
  const code = appOf(site.test, text).code()
  await elsewhere.submit('/account/security/app', { sealed: fieldOf(text, 'sealed'), code })
  await page.goto('/login')
  await signIn(page, username, password)
}

/** Signs in with a password that an administrator chose. */
async function startReplacing({ page, site, username }: Scene): Promise<void> {
  const password = 'chosen by somebody else'
  await site.test.app.administration.accounts.create(
    { username, email: `${username}@example.com`, role: 'user', password, passwordChangeRequired: true },
    { type: 'system' },
  )
  await page.goto('/login')
  await signIn(page, username, password)
}

/** Signs in where a second factor is wanted. */
async function startEnrolling({ page, site, username }: Scene): Promise<void> {
  const password = `password of ${username}`
  await site.test.app.administration.accounts.create(
    { username, email: `${username}@example.com`, role: 'admin', password, passwordChangeRequired: false },
    { type: 'system' },
  )
  await page.goto('/login')
  await signIn(page, username, password)
}

/** The link that a letter holds. */
function linkIn(letter: string): string {
  return /^https?:\S+$/m.exec(letter)![0]
}

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
