/**
 * The gallery: pages in every state a person can meet, on a phone, a tablet and a desk, by day and by night, in each
 * language. Nothing scrolls sideways, axe finds nothing, the console stays silent, and a picture is left in
 * `.screenshots/gallery/` for anyone who wants to leaf through them. A page joins by a line in one of the lists beside
 * this file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { type Language, languages } from '../../../src/views/languages/languages.ts'
import { assertAccessible, assertNoOverflow, screenshot, skipWithoutBrowser } from '../browser.ts'
import { freePort } from '../free-port.ts'
import { settingsFor } from '../identity-providers/stand-in.ts'
import { type MailServer, startMailServer } from '../mail-server.ts'
import { type Site, startSite } from '../site.ts'
import { adminPassword } from '../test-app.ts'
import { type Population, populate, sortMail } from './population.ts'
import { type State, signIn } from './scene.ts'

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
    let letterTo: (address: string) => Promise<string>
    before(async () => {
      mail = await startMailServer()
      letterTo = sortMail(mail)
      site = await startFull(mail)
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
    let administrator: Promise<NonNullable<BrowserContextOptions['storageState']>> | undefined

    async function signedIn(page: Page, username: string, password: string): Promise<Page> {
      await page.goto('/login')
      await signIn(page, username, password)
      await page.waitForURL('**/account/sessions')
      return page
    }

    const hall: Hall = {
      get site() {
        return site
      },
      async visitor(state, username, language) {
        const server = state.branded ? branded! : site
        const locale = language.tag
        if (state.as === 'admin') {
          administrator ??= server
            .visitor()
            .then((page) => signedIn(page, 'admin', adminPassword))
            .then((page) => page.context().storageState())
          return server.visitor({ locale, storageState: await administrator })
        }
        const page = await server.visitor({ locale })
        if (state.as === 'nobody') return page
        const { password } = await server.test.account(username)
        return signedIn(page, username, password)
      },
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
            await hall.look(page, state.name, language, state.rare)
            await page.context().close()
          })
        }
      }
    })
    afterwards?.(hall)
  })
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
    },
    undefined,
    address,
  )
}
