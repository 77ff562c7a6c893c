/** The gallery: what administrators see. */
import { addBusyWeek, type Population } from './population.ts'
import { longName, openAll, press, type Scene, type State, sendUnchecked } from './scene.ts'

/** Opens a path among many people, clients and tokens, with everything in it open. */
const among =
  (path: string | ((population: Population) => string)) =>
  async ({ page, population }: Scene): Promise<void> => {
    const there = await population()
    await page.goto(typeof path === 'string' ? path : path(there))
    await openAll(page)
  }

/** Clients and people. */
export const administrationStates: readonly State[] = [
  {
    name: 'clients',
    as: 'admin',
    at: '/admin/clients',
    open: among('/admin/clients'),
    shows: ({ list }) => list.next,
  },
  {
    name: 'clients-none-found',
    as: 'admin',
    rare: true,
    open: '/admin/clients?search=nothing-at-all',
    shows: ({ list }) => list.noneFound,
  },
  {
    name: 'clients-kind',
    as: 'admin',
    open: '/admin/clients/new',
    shows: ({ clients }) => clients.kinds.customDetail,
  },
  {
    name: 'clients-new',
    as: 'admin',
    at: '/admin/clients/new',
    async open({ page }) {
      await page.goto('/admin/clients/new?kind=custom')
      await openAll(page)
    },
    shows: ({ clients }) => clients.fields.security_profile,
  },
  {
    name: 'clients-problems',
    as: 'admin',
    rare: true,
    async open({ page }) {
      await page.goto('/admin/clients/new?kind=web')
      await page.locator('#redirect_uris').fill('http://app.example.com/callback')
      await sendUnchecked(page, 'main form button.button-primary')
    },
    shows: ({ clients }) => clients.form.problems,
  },
  {
    name: 'clients-ready',
    as: 'admin',
    at: '/admin/clients/:id/created',
    async open({ page }) {
      await page.goto('/admin/clients/new?kind=cli')
      await page.locator('#client_name').fill(longName)
      await press(page, 'main form button.button-primary')
    },
    shows: ({ clients }) => clients.ready.cli,
  },
  {
    name: 'client',
    as: 'admin',
    at: '/admin/clients/:id',
    open: among(({ allowedId }) => `/admin/clients/${allowedId}?notice=updated`),
    shows: ({ clients }) => clients.detail.endAccessConfirm,
  },
  {
    name: 'client-pending',
    as: 'admin',
    open: among(({ pendingId }) => `/admin/clients/${pendingId}`),
    shows: ({ clients }) => clients.detail.pendingAdvice,
  },
  {
    name: 'client-edit',
    as: 'admin',
    at: '/admin/clients/:id/edit',
    open: among(({ pendingId }) => `/admin/clients/${pendingId}/edit`),
    shows: ({ clients }) => clients.form.endsTokens,
  },
  {
    name: 'client-people',
    as: 'admin',
    at: '/admin/clients/:id/authorizations',
    open: among(({ allowedId }) => `/admin/clients/${allowedId}/authorizations`),
    shows: ({ clients }) => clients.people.revokeConfirm,
  },
  {
    name: 'client-secret',
    as: 'admin',
    at: '/admin/clients/:id/secret',
    async open(scene) {
      const { page } = scene
      await among(({ pendingId }) => `/admin/clients/${pendingId}`)(scene)
      await press(page, 'main form[action$="/regenerate-secret"] button')
      await page.locator('.secret').waitFor()
    },
    shows: ({ clients }) => clients.ready.secret,
  },
  {
    name: 'client-people-none',
    as: 'admin',
    rare: true,
    open: among(({ pendingId }) => `/admin/clients/${pendingId}/authorizations`),
    shows: ({ clients }) => clients.people.empty,
  },
  { name: 'users', as: 'admin', open: among('/admin/users'), shows: ({ list }) => list.next },
  {
    name: 'users-none-found',
    as: 'admin',
    rare: true,
    open: '/admin/users?search=nobody-at-all',
    shows: ({ list }) => list.noneFound,
  },
  {
    name: 'user',
    as: 'admin',
    at: '/admin/users/:id',
    open: among(({ accountId }) => `/admin/users/${accountId}?notice=updated`),
    shows: ({ people }) => people.users.deleteConfirm,
  },
  {
    name: 'user-edit',
    as: 'admin',
    at: '/admin/users/:id/edit',
    open: among(({ accountId }) => `/admin/users/${accountId}/edit`),
    shows: ({ people }) => people.users.form.save,
  },
  {
    name: 'user-connections',
    as: 'admin',
    at: '/admin/users/:id/connections',
    open: among(({ accountId }) => `/admin/users/${accountId}/connections`),
    shows: ({ people }) => people.users.connections.confirm,
  },
  {
    name: 'user-connections-none',
    as: 'admin',
    rare: true,
    open: among(({ otherId }) => `/admin/users/${otherId}/connections`),
    shows: ({ people }) => people.users.connections.emptyAdvice,
  },
  {
    name: 'user-apps',
    as: 'admin',
    at: '/admin/users/:id/authorizations',
    open: among(({ accountId }) => `/admin/users/${accountId}/authorizations`),
    shows: ({ people }) => people.users.authorizations.confirm,
  },
  {
    name: 'users-new',
    as: 'admin',
    open: '/admin/users/new',
    shows: ({ people }) => people.users.form.create,
  },
  {
    name: 'users-new-problems',
    as: 'admin',
    rare: true,
    async open({ page }) {
      await page.goto('/admin/users/new')
      await page.locator('#username').fill('Not A Name')
      await page.locator('#email').fill('nowhere')
      await sendUnchecked(page)
    },
    shows: ({ people }) => people.users.form.problem,
  },
  {
    name: 'users-password',
    as: 'admin',
    at: '/admin/users/:id/password',
    async open({ page, language }) {
      await page.goto('/admin/users/new')
      await page.locator('#username').fill(`made-in-${language.tag.toLowerCase()}`)
      await page.locator('#email').fill(`${language.tag}@example.com`)
      await press(page)
    },
    shows: ({ people }) => people.users.password.handOver,
  },
]

/** Tokens, and what watches over the server. */
export const operationStates: readonly State[] = [
  {
    name: 'dashboard-quiet',
    as: 'admin',
    open: '/admin',
    shows: ({ operations }) => operations.charts.latency,
  },
  {
    name: 'tokens-access',
    as: 'admin',
    at: '/admin/tokens',
    open: among('/admin/tokens'),
    shows: ({ people }) => people.tokens.revokeSelected,
  },
  {
    name: 'tokens-refresh',
    as: 'admin',
    open: among('/admin/tokens?category=refresh'),
    shows: ({ people }) => people.tokens.revokeSelected,
  },
  {
    name: 'tokens-none-found',
    as: 'admin',
    rare: true,
    open: '/admin/tokens?client=nothing-at-all',
    shows: ({ list }) => list.noneFound,
  },
  {
    name: 'tokens-question',
    as: 'admin',
    async open({ page, population }) {
      await population()
      await page.goto('/admin/tokens?status=active')
      for (const box of (await page.locator('main input[type=checkbox]').all()).slice(0, 3)) await box.check()
      await press(page, 'main form.list-form > p button')
    },
    shows: ({ people }) => people.tokens.confirmButton,
  },
  {
    name: 'token',
    as: 'admin',
    at: '/admin/tokens/:id',
    open: among(({ accessTokenId }) => `/admin/tokens/${accessTokenId}`),
    shows: ({ people }) => people.tokens.revokeConfirm,
  },
  {
    name: 'audit',
    as: 'admin',
    at: '/admin/audit',
    open: among('/admin/audit'),
    shows: ({ operations }) => operations.audit.userAgent,
  },
  {
    name: 'audit-none-found',
    as: 'admin',
    rare: true,
    open: '/admin/audit?event_type=LOGOUT&end_time=2020-01-01T10%3A00',
    shows: ({ list }) => list.noneFound,
  },
  {
    name: 'keys',
    as: 'admin',
    at: '/admin/keys',
    async open({ page }) {
      await page.goto('/admin/keys')
      await openAll(page)
    },
    shows: ({ operations }) => operations.keys.rotateNowConfirm,
  },
  {
    name: 'settings',
    as: 'admin',
    open: '/admin/settings',
    shows: ({ operations }) => operations.settings.lead,
  },
  {
    name: 'settings-none-found',
    as: 'admin',
    rare: true,
    open: '/admin/settings?search=nothing-at-all',
    shows: ({ list }) => list.noneFound,
  },
  ...(['day', 'week'] as const).map(
    (window): State => ({
      name: `dashboard-${window}`,
      as: 'admin',
      async open({ page, site }) {
        if (window === 'day') await addBusyWeek(site)
        await page.goto(`/admin?window=${window}`)
        if (window === 'week') await openAll(page)
      },
      shows: ({ operations }) => operations.charts.device,
    }),
  ),
]
