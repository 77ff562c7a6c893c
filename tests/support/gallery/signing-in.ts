/** The gallery: signing in, each step of it, and what helps when that does not work. */
import type { Text } from '../../../src/views/languages/languages.ts'
import { appOf, fieldOf } from '../factors.ts'
import { press, type Scene, type State, sendUnchecked, signIn } from './scene.ts'

export const signingInStates: readonly State[] = [
  { name: 'login', as: 'nobody', open: '/login', shows: ({ login }) => login.signIn },
  {
    name: 'login-to-device',
    as: 'nobody',
    open: '/device',
    at: '/login',
    shows: ({ login }) => login.toDevice,
  },
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
    at: '/login',
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
      const { administration } = site.test
      const { storage } = site.test.app
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
    at: '/login/verify',
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
    at: '/login/new-password',
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
    shows: ({ security }) => security.password.problems.trivial(),
  },
  {
    name: 'enroll',
    as: 'nobody',
    at: '/login/enroll',
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
    at: '/reset-password',
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
    at: '/verify-email',
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
    name: 'email-verified',
    as: 'newcomer',
    rare: true,
    async open({ page, username, letterTo }) {
      await page.goto('/account/profile')
      await press(page, 'main form[action$="/verify"] button')
      await page.goto(linkIn(await letterTo(`${username}@example.com`)))
      await press(page)
    },
    shows: ({ security }) => security.verifyEmail.done,
  },
  {
    name: 'reset-password-refused',
    as: 'nobody',
    rare: true,
    async open({ page, site, username, letterTo }) {
      await site.test.account(username)
      await page.goto('/forgot-password')
      await page.locator('#username').fill(username)
      await press(page)
      await page.goto(linkIn(await letterTo(`${username}@example.com`)))
      await page.locator('#new_password').fill('12345678')
      await press(page)
    },
    shows: ({ security }) => security.password.problems.trivial(),
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
  await site.test.administration.accounts.create(
    { username, email: `${username}@example.com`, role: 'user', password, passwordChangeRequired: true },
    { type: 'system' },
  )
  await page.goto('/login')
  await signIn(page, username, password)
}

/** Signs in where a second factor is wanted. */
async function startEnrolling({ page, site, username }: Scene): Promise<void> {
  const password = `password of ${username}`
  await site.test.administration.accounts.create(
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
