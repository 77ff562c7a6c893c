/** The gallery: what people see of their own. Sessions, apps, security, profile, connections. */

import { addSeconds } from '../../../src/shared/clock.ts'
import {
  newAuditRecord,
  newIdentityConnection,
  newPasskey,
} from '../../../src/storage/conformance/fixtures.ts'
import { pkce } from '../authorization.ts'
import { appOf } from '../factors.ts'
import { registerClient } from '../openid-client.ts'
import { firefox } from '../pages.ts'
import type { Site } from '../site.ts'
import { addSessionsAndGrants } from './population.ts'
import {
  longName,
  openAll,
  press,
  rightToLeft,
  type Scene,
  type State,
  sendUnchecked,
  signIn,
} from './scene.ts'

export const accountStates: readonly State[] = [
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
    at: '/account/sessions',
    async open({ page, site, username }) {
      await addSessionsAndGrants(site, username, 3)
      await page.goto('/account/sessions?notice=session_ended')
      await openAll(page)
    },
    shows: ({ sessions }) => sessions.notices.session_ended,
  },
  {
    name: 'sessions-many',
    as: 'newcomer',
    at: '/account/sessions',
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
    at: '/account/sessions',
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
    at: '/oauth/authorize',
    open: async ({ page, site }) => page.goto(await consentAsked(site)),
    shows: ({ consent }) => consent.abilities,
  },
  {
    name: 'allowed-apps',
    as: 'newcomer',
    at: '/account/authorizations',
    async open({ page, site }) {
      await page.route('https://app.example/**', (route) => route.fulfill({ body: '' }))
      await page.goto(await consentAsked(site))
      await press(page, 'button[value=approve]')
      await page.waitForURL('https://app.example/**')
      await page.goto('/account/authorizations')
    },
    shows: ({ allowedApps }) => allowedApps.revoke,
  },
  { name: 'logout', as: 'newcomer', open: '/logout', shows: ({ logout }) => logout.question },
  {
    name: 'app-tokens',
    as: 'newcomer',
    at: '/account/grants/:id',
    async open({ page, site, username }) {
      await addSessionsAndGrants(site, username, 1)
      await page.goto('/account/sessions')
      await page.locator('a[href*="/account/grants/"]').first().click()
      await page.waitForURL('**/account/grants/*')
      await openAll(page)
    },
    shows: ({ people }) => people.grant.lead,
  },
  {
    name: 'security-none',
    as: 'newcomer',
    open: '/account/security',
    shows: ({ security }) => security.page.passkeyNone,
  },
  {
    name: 'security-all',
    as: 'newcomer',
    at: '/account/security',
    async open(scene) {
      await setUpApp(scene)
      await addPasskeys(scene)
      await addSignIns(scene)
      const { page } = scene
      await page.goto('/account/security?notice=passkey_added')
      await openAll(page)
    },
    shows: ({ security }) => security.page.passkeyBound,
  },
  {
    name: 'security-wrong',
    as: 'newcomer',
    rare: true,
    async open({ page }) {
      await page.goto('/account/security')
      await page.locator('#current_password').fill('not the password')
      await page.locator('#new_password').fill('a lighthouse of paper boats')
      await press(page, 'main form[action$="/password"] button[type=submit]')
    },
    shows: ({ security }) => security.page.currentWrong,
  },
  {
    name: 'security-app',
    as: 'newcomer',
    at: '/account/security/app',
    async open({ page }) {
      await page.goto('/account/security/app')
      await openAll(page)
    },
    shows: ({ security }) => security.totp.typeThis,
  },
  {
    name: 'security-app-wrong',
    as: 'newcomer',
    at: '/account/security/app',
    rare: true,
    async open({ page }) {
      await page.goto('/account/security/app')
      await page.locator('#code').fill('000000')
      await press(page)
    },
    shows: ({ security }) => security.totp.firstCodeWrong,
  },
  {
    name: 'security-recovery-codes',
    as: 'newcomer',
    at: '/account/security/app',
    open: setUpApp,
    shows: ({ security }) => security.recoveryCodes.done,
  },
  {
    name: 'security-passkey',
    as: 'newcomer',
    needsScript: true,
    open: '/account/security/passkeys/new',
    shows: ({ security }) => security.page.passkeyNameHelp,
  },
  {
    name: 'confirm-by-factor',
    as: 'newcomer',
    at: '/login/confirm',
    async open(scene) {
      await setUpApp(scene)
      await addPasskeys(scene)
      await scene.page.goto('/login/confirm?acr=phr')
    },
    shows: ({ security }) => security.confirm.stronger,
  },
  {
    name: 'profile',
    as: 'newcomer',
    at: '/account/profile',
    async open({ page }) {
      await page.goto('/account/profile')
      await page.locator('#full_name').fill(rightToLeft)
      await press(page)
    },
    shows: ({ security }) => security.profile.notices.saved,
  },
  {
    name: 'profile-problem',
    as: 'newcomer',
    at: '/account/profile',
    rare: true,
    async open({ page }) {
      await page.goto('/account/profile')
      await page.locator('#email').fill('nowhere')
      await sendUnchecked(page)
    },
    shows: ({ security }) => security.profile.problems.email,
  },
  {
    name: 'connections-none',
    as: 'newcomer',
    open: '/account/connections',
    shows: ({ signInWith }) => signInWith.notConnected,
  },
  {
    name: 'connections',
    as: 'newcomer',
    at: '/account/connections',
    async open({ page, site, username }) {
      const { storage } = site.test.app
      const { id } = (await storage.read.accounts.findByUsername(username))!
      const linkedAt = site.test.clock.now()
      await storage.transaction((tx) =>
        tx.identityConnections.insert(
          newIdentityConnection(id, { linkedAt, email: `${'octo'.repeat(12)}@example.com` }),
        ),
      )
      await page.goto('/account/connections?notice=connected')
      await openAll(page)
    },
    shows: ({ signInWith }) => signInWith.disconnect,
  },
  {
    name: 'resume',
    as: 'newcomer',
    at: '/resume',
    async open({ page, site, username }) {
      await page.goto('/account/profile')
      await page.locator('#full_name').fill(longName)
      const { administration } = site.test
      const { storage } = site.test.app
      const account = (await storage.read.accounts.findByUsername(username))!
      await administration.accounts.endSessions(account, { type: 'system' })
      await press(page)
      await signIn(page, username, `password of ${username}`)
      await page.waitForURL('**/resume')
    },
    shows: ({ resume }) => resume.send,
  },
]

/** Leaves the page with the recovery codes. */
async function setUpApp({ page, site }: Scene): Promise<void> {
  await page.goto('/account/security/app')
  await page.locator('#code').fill(appOf(site.test, await page.content()).code())
  await press(page)
  await page.locator('.recovery-codes').waitFor()
}

/** As they are known here; the keys to them nobody holds. */
async function addPasskeys({ site, username }: Scene): Promise<void> {
  const { storage } = site.test.app
  const { id } = (await storage.read.accounts.findByUsername(username))!
  const now = site.test.clock.now()
  await storage.transaction(async (tx) => {
    for (const name of [longName.slice(0, 60), rightToLeft]) {
      const passkey = { accountId: id, name, syncable: name === rightToLeft, createdAt: now }
      await tx.factors.insertPasskey(newPasskey(passkey))
    }
  })
}

/** Sign-ins that went well and others, from near and far. */
async function addSignIns({ site, username }: Scene): Promise<void> {
  const { storage } = site.test.app
  const { id } = (await storage.read.accounts.findByUsername(username))!
  const now = site.test.clock.now()
  const reasons = [undefined, 'bad_credentials', 'second_factor_failed', 'second_factor_abandoned', undefined]
  await storage.transaction((tx) =>
    tx.audit.insertMany(
      reasons.map((errorMessage, index) =>
        newAuditRecord({
          at: addSeconds(now, -40_000 * (index + 1)),
          eventType: errorMessage === undefined ? 'AUTHENTICATION_SUCCESS' : 'AUTHENTICATION_FAILURE',
          success: errorMessage === undefined,
          resourceId: id,
          errorMessage,
          details: { method: 'local', auth_source: index === 4 ? 'github' : 'local' },
          actorIp: index % 2 === 0 ? '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff' : '203.0.113.7',
          userAgent: index % 2 === 0 ? firefox : `${rightToLeft} ${'agent'.repeat(80)}`,
        }),
      ),
    ),
  )
}

/** @returns an authorization request of an app whose name is written from right to left. */
async function consentAsked(site: Site): Promise<string> {
  const client = await registerClient(site.test, {
    name: rightToLeft,
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
