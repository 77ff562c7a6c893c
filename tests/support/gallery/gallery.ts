/**
 * The gallery: pages in every state a person can meet, on a phone, a tablet and a desk, by day and by night, in each
 * language. Nothing scrolls sideways, axe finds nothing, the console stays silent, and a picture is left in
 * `.screenshots/gallery/` for anyone who wants to leaf through them. A page joins by a line in one of the lists beside
 * this file.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { type Language, languages } from '../../../src/views/languages/languages.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../browser.ts'
import { freePort } from '../free-port.ts'
import { settingsFor } from '../identity-providers/stand-in.ts'
import { type MailServer, startMailServer } from '../mail-server.ts'
import { desktop, type Site, startSite } from '../site.ts'
import { adminPassword } from '../test-app.ts'
import { type Population, populate, sortMail } from './population.ts'
import { claimedRoute, pageRoutes, routeAt } from './routes.ts'
import { maxOwnClients, type State } from './scene.ts'

/** Another color scheme changes colors and nothing else, so there only those are checked again. */
const colorRules = ['color-contrast', 'link-in-text-block']

interface Look {
  width: number
  height: number
  colorScheme: 'light' | 'dark'
  /** What axe looks for. */
  rules?: 'all' | 'colors'
}

const phone = { width: 360, height: 740 }
const tablet = { width: 768, height: 1024 }
const desk = { width: 1280, height: 800 }

/** A page is seen at every size, by day and by night, and in each language; not in every mixture of the three. */
const looks: Readonly<Record<string, readonly Look[]>> = {
  en: [
    { ...phone, colorScheme: 'light', rules: 'all' },
    { ...tablet, colorScheme: 'light' },
    { ...desk, colorScheme: 'dark', rules: 'colors' },
  ],
  'zh-TW': [
    { ...phone, colorScheme: 'dark' },
    { ...tablet, colorScheme: 'dark' },
    { ...desk, colorScheme: 'light', rules: 'all' },
  ],
}

const rareLooks: typeof looks = {
  en: [{ ...phone, colorScheme: 'light', rules: 'all' }],
  'zh-TW': [{ ...desk, colorScheme: 'dark', rules: 'all' }],
}

/** What a page of a gallery is looked at with. */
export interface Hall {
  readonly site: Site
  /** A newcomer, the administrator, or nobody, at a browser of their own. */
  visitor(state: Pick<State, 'as' | 'branded'>, username: string, language: Language): Promise<Page>
  look(page: Page, name: string, language: Language, rare?: boolean): Promise<void>
  /** Leaves the browser to the next visitor. */
  leave(page: Page): Promise<void>
}

/**
 * Defines the suite that looks at `states`, on servers of its own.
 * @param afterwards further tests, which may move the clock.
 */
export function gallery(title: string, states: readonly State[], afterwards?: (hall: Hall) => void): void {
  suite(title, { skip: skipWithoutBrowser, timeout: 590_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'authgate-gallery-'))
    let site: Site
    let branded: Site | undefined
    let mail: MailServer
    let routes: readonly string[]
    let letterTo: (address: string) => Promise<string>
    before(async () => {
      mail = await startMailServer()
      letterTo = sortMail(mail)
      site = await startFull(mail)
      routes = await pageRoutes(site.test.app)
      if (states.some((state) => state.branded)) branded = await startBranded(folder)
    })
    after(async () => {
      await Promise.all([site?.close(), branded?.close()])
      await mail?.close()
      rmSync(folder, { recursive: true })
    })

    let made: Promise<Population> | undefined
    const population = (): Promise<Population> => {
      made ??= populate(site)
      return made
    }
    let administrator: Promise<Cookies> | undefined
    const rooms = createRooms()

    const hall: Hall = {
      get site() {
        return site
      },
      async visitor(state, username, language) {
        const server = state.branded ? branded! : site
        const page = await rooms.enter(server, language)
        if (state.as === 'admin') {
          administrator ??= signedIn(page, server, 'admin', adminPassword)
          await page.context().addCookies(await administrator)
        } else if (state.as === 'newcomer') {
          const { password } = await server.test.account(username)
          await page.context().addCookies(await signedIn(page, server, username, password))
        }
        return page
      },
      leave: (page) => rooms.leave(page),
      async look(page, name, language, rare = false) {
        for (const { width, height, colorScheme, rules } of (rare ? rareLooks : looks)[language.tag]!) {
          await page.setViewportSize({ width, height })
          await page.emulateMedia({ colorScheme })
          await assertNoOverflow(page)
          if (rules !== undefined) await assertAccessible(page, rules === 'colors' ? colorRules : undefined)
          await screenshot(page, `gallery/${language.tag}/${name}-${width}-${colorScheme}`)
        }
      },
    }

    suite('looked at', { concurrency: 2 }, () => {
      for (const state of states) {
        for (const language of languages) {
          test(`${state.name}, in ${language.tag}`, async () => {
            const username = state.as === 'admin' ? 'admin' : `${state.name}-${language.tag}`.toLowerCase()
            const page = await hall.visitor(state, username, language)
            const scene = { page, site: state.branded ? branded! : site, username, language }
            await (typeof state.open === 'string'
              ? page.goto(state.open)
              : state.open({ ...scene, letterTo, population }))
            await page.getByText(state.shows(language.text)).filter({ visible: true }).first().waitFor()
            const claimed = claimedRoute(state, routes)
            if (claimed !== undefined) assert.equal(routeAt(page.url(), routes), claimed)
            await hall.look(page, state.name, language, state.rare)
            await hall.leave(page)
          })
        }
      }
    })
    test('without JavaScript, pages say the same and show no button that would need it', async () => {
      const language = languages[0]!
      const visitors = new Map<string, Page>()
      /** Addresses alone change nothing, so those who are the same to a page share a browser. */
      const visitorOf = async (state: State): Promise<Page> => {
        const key = `${state.as} ${state.branded}`
        const known = visitors.get(key)
        if (known !== undefined) return known
        const usual = await hall.visitor(state, `plain-${visitors.size}`, language)
        const page = await (state.branded ? branded! : site).visitor({ javaScriptEnabled: false })
        await page.context().addCookies(await usual.context().cookies())
        await hall.leave(usual)
        visitors.set(key, page)
        return page
      }
      for (const state of states) {
        if (typeof state.open !== 'string') continue
        const page = await visitorOf(state)
        await page.goto(state.open)
        if (state.needsScript) {
          // What stands in `noscript` no other search finds.
          const { needsScript } = language.text.security.passkey
          await page.locator('main noscript p').filter({ hasText: needsScript, visible: true }).waitFor()
        } else {
          await page.getByText(state.shows(language.text)).filter({ visible: true }).first().waitFor()
        }
        const idle = page.locator('[data-copy], [data-copy-code]').filter({ visible: true })
        assert.equal(await idle.count(), 0, state.name)
      }
    })
    afterwards?.(hall)
  })
}

type Cookies = Parameters<BrowserContext['addCookies']>[0]

/** Signs in beside the page, which is faster than its form. @returns what the page then needs. */
async function signedIn(page: Page, site: Site, username: string, password: string): Promise<Cookies> {
  const userAgent = String(await page.evaluate('navigator.userAgent'))
  const browser = site.test.browser({ userAgent, ip: '127.0.0.1' })
  const answer = await browser.signIn(username, password)
  assert.equal(answer.headers.location, '/account/sessions')
  return [...browser.cookies].map(([name, value]) => ({ name, value, url: site.url }))
}

/**
 * Browsers that are used again by the next visitor, once everything of the one before is gone from them: to open one
 * takes longer than to open a page.
 */
function createRooms() {
  const free = new Map<string, Page[]>()
  const keyOf = new WeakMap<Page, string>()
  return {
    async enter(site: Site, language: Language): Promise<Page> {
      const key = `${site.url} ${language.tag}`
      const page = free.get(key)?.pop() ?? (await site.visitor({ locale: language.tag }))
      keyOf.set(page, key)
      await page.setViewportSize(desktop)
      await page.emulateMedia({ colorScheme: 'light' })
      return page
    },
    async leave(page: Page): Promise<void> {
      await page.unrouteAll()
      await page.goto('about:blank')
      await page.context().clearCookies()
      const key = keyOf.get(page)!
      free.set(key, [...(free.get(key) ?? []), page])
    },
  }
}

/** A server with every way to sign in. */
async function startFull(mail: MailServer): Promise<Site> {
  // Browsers make no passkeys for an IP address.
  const address = { host: 'localhost', port: await freePort() }
  return startSite(
    {
      BASE_URL: `http://localhost:${address.port}`,
      DEVICE_VERIFY_RATE_LIMIT: '30',
      SESSION_IDLE_TIMEOUT: '0',
      SELF_SERVICE_APPS_PER_PERSON: String(maxOwnClients),
      ...settingsFor('GITHUB', {}),
      ...settingsFor('GITLAB', {}),
      ...mail.environment,
    },
    undefined,
    address,
  )
}

/** A server with a brand, which wants a second factor of administrators. */
async function startBranded(folder: string): Promise<Site> {
  const logo = join(folder, 'logo.svg')
  writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>')
  const address = { host: 'localhost', port: await freePort() }
  return startSite(
    {
      BASE_URL: `http://localhost:${address.port}`,
      BRAND_NAME: 'Rosenthal & Söhne 雲端服務',
      BRAND_LOGO_FILE: logo,
      BRAND_ACCENT_COLOR: '#86198f',
      HELP_URL: 'mailto:help@example.com',
      PRIVACY_URL: 'https://example.com/privacy',
      TERMS_URL: 'https://example.com/terms',
      SIGN_IN_TEXT: 'Use the account of your workplace. 請使用公司帳號登入。',
      REQUIRE_SECOND_FACTOR: 'admins',
      ENABLE_RATE_LIMIT: 'true',
      LOGIN_RATE_LIMIT: '1000',
      AUTHORIZATION_RATE_LIMIT: '2',
    },
    undefined,
    address,
  )
}
