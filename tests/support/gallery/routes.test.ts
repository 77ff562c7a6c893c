/** The gallery shows every page there is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsFor } from '../identity-providers/stand-in.ts'
import { startTestApp } from '../test-app.ts'
import { accountStates } from './account.ts'
import { administrationStates, operationStates } from './administration.ts'
import { appStates } from './apps.ts'
import { claimedRoute, pageRoutes } from './routes.ts'
import { signingInStates } from './signing-in.ts'
import { visitorStates } from './visitors.ts'

/** What GET answers with something else than a page of its own. */
const withoutPage: Readonly<Record<string, string>> = {
  '/': 'leads to the page of sessions',
  '/preferences': 'leads back to the page that the reader came from',
  '/auth/login/:provider': 'leads to the provider',
  '/client-logos/:id': 'a picture',
  '/admin/audit/export': 'a file',
  '/static/:file': 'a style sheet, a script or a picture',
  '/favicon.ico': 'a picture',
  '/docs': 'leads to the first guide in the language of the reader',
}

test('every page that the server has stands in the gallery', async () => {
  const test = await startTestApp({
    environment: {
      ...settingsFor('GITHUB', {}),
      SMTP_HOST: 'mail.example.com',
      SMTP_FROM: 'authgate@example.com',
    },
  })
  const routes = await pageRoutes(test.app)
  await test.close()
  const states = [
    ...accountStates,
    ...administrationStates,
    ...operationStates,
    ...appStates,
    ...signingInStates,
    ...visitorStates,
  ]
  assert.equal(new Set(states.map(({ name }) => name)).size, states.length, 'two states have one name')
  const shown = new Set(states.map((state) => claimedRoute(state, routes)))
  assert.deepEqual(
    routes.filter((route) => !shown.has(route) && !(route in withoutPage)),
    [],
  )
  for (const route of [...Object.keys(withoutPage), ...shown]) {
    assert.ok(route === undefined || routes.includes(route), `${route} is no route of the server`)
  }
})
