/** The gallery: apps that people make. */
import { newClient } from '../../../src/storage/conformance/fixtures.ts'
import {
  longName,
  maxOwnClients,
  openAll,
  press,
  rightToLeft,
  type Scene,
  type State,
  sendUnchecked,
} from './scene.ts'

export const appStates: readonly State[] = [
  { name: 'apps-empty', as: 'newcomer', open: '/apps', shows: ({ clients }) => clients.apps.empty },
  {
    name: 'apps-kind',
    as: 'newcomer',
    open: '/apps/new',
    shows: ({ clients }) => clients.kinds.webDetail,
  },
  {
    name: 'apps-new',
    as: 'newcomer',
    open: '/apps/new?kind=web',
    shows: ({ clients }) => clients.apps.submit,
  },
  {
    name: 'apps-problems',
    as: 'newcomer',
    rare: true,
    async open({ page }) {
      await page.goto('/apps/new?kind=web')
      await page.locator('#redirect_uris').fill('http://app.example.com/callback')
      await sendUnchecked(page)
    },
    shows: ({ clients }) => clients.form.problems,
  },
  {
    name: 'apps-ready',
    as: 'newcomer',
    at: '/apps/:id/created',
    open: makeApp,
    shows: ({ clients }) => clients.ready.secret,
  },
  {
    name: 'apps-detail',
    as: 'newcomer',
    at: '/apps/:id',
    async open(scene) {
      await makeApp(scene)
      await press(scene.page, 'main .button-primary')
      await scene.page.waitForURL(/\/apps\/[^/]+$/)
      await openAll(scene.page)
    },
    shows: ({ clients }) => clients.detail.secretConfirm,
  },
  {
    name: 'apps-edit',
    as: 'newcomer',
    at: '/apps/:id/edit',
    async open(scene) {
      const { page } = scene
      await makeApp(scene)
      await page.goto(page.url().replace(/created$/, 'edit'))
      await openAll(page)
    },
    shows: ({ clients }) => clients.form.save,
  },
  {
    name: 'apps-secret',
    as: 'newcomer',
    at: '/apps/:id/secret',
    async open(scene) {
      const { page } = scene
      await makeApp(scene)
      await page.goto(page.url().replace(/\/created$/, ''))
      await openAll(page)
      await press(page, 'main form[action$="/regenerate-secret"] button')
      await page.waitForURL('**/secret')
    },
    shows: ({ clients }) => clients.ready.secret,
  },
  {
    name: 'apps-full',
    as: 'newcomer',
    rare: true,
    async open({ page, site, username }) {
      const { storage } = site.test.app
      const owner = (await storage.read.accounts.findByUsername(username))!
      await storage.transaction(async (tx) => {
        for (let index = 0; index < maxOwnClients; index++) {
          await tx.clients.insert(newClient({ createdBy: owner.id, origin: 'self_service' }))
        }
      })
      await page.goto('/apps/new?kind=cli')
      await page.locator('#client_name').fill(longName)
      await press(page, 'main form button.button-primary')
    },
    shows: ({ clients }) => clients.apps.tooManyAdvice,
  },
  {
    name: 'apps',
    as: 'newcomer',
    at: '/apps',
    async open({ page, site, username }) {
      const { storage } = site.test.app
      const owner = (await storage.read.accounts.findByUsername(username))!
      const own = { createdBy: owner.id, origin: 'self_service', createdAt: site.test.clock.now() } as const
      await storage.transaction(async (tx) => {
        for (const [name, status] of [
          [longName, 'pending'],
          [rightToLeft, 'active'],
          ['Backup CLI', 'inactive'],
        ] as const) {
          await tx.clients.insert(newClient({ ...own, name, status, description: 'What I made on Sunday.' }))
        }
      })
      await page.goto('/apps')
    },
    shows: ({ clients }) => clients.statuses.pending,
  },
]

/** Leaves the page with the secret. */
async function makeApp({ page }: Scene): Promise<void> {
  await page.goto('/apps/new?kind=web')
  await page.locator('#client_name').fill(longName)
  await page.locator('#redirect_uris').fill('https://app.example.com/callback')
  await press(page, 'main form button.button-primary')
  await page.locator('.secret').waitFor()
}
