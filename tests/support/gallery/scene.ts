/** What the lines of the gallery are made of: a state of a page, and how a person gets there. */
import type { Page } from 'playwright-core'
import type { Language, Text } from '../../../src/views/languages/languages.ts'
import type { Site } from '../site.ts'
import type { Population } from './population.ts'

export interface Scene {
  page: Page
  site: Site
  /** Who is signed in; for a newcomer a name that nobody else has. */
  username: string
  language: Language
  /** The next letter to an address. */
  letterTo(address: string): Promise<string>
  /** What administrators look after, made the first time that a page wants it. */
  population(): Promise<Population>
}

export interface State {
  name: string
  /** Who is signed in: nobody, somebody new to whom nothing has happened, or the administrator. */
  as: 'nobody' | 'newcomer' | 'admin'
  /** A path, or what a person does until the page is there. */
  open: string | ((scene: Scene) => Promise<unknown>)
  /** The route whose page it is, where that does not follow from the path; `null` for none of the server's pages. */
  at?: string | null
  /** Words that only this state shows, so that none is mistaken for another. */
  shows: (text: Text) => string
  /** Differs from another state in little, and is looked at in two ways only. */
  rare?: true
  /** Does nothing without JavaScript, and says so. */
  needsScript?: true
  /** On the server with a brand, which also wants a second factor of administrators. */
  branded?: true
}

export const press = (page: Page, selector = 'main form button[type=submit]'): Promise<void> =>
  page.locator(selector).first().click()

/** Sends the forms of a page as they are, without the browser's own check, as browsers without it do. */
export async function sendUnchecked(page: Page, selector?: string): Promise<void> {
  await page.evaluate('for (const form of document.forms) form.noValidate = true')
  await press(page, selector)
}

export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(password)
  await press(page, 'main form:has(#password) button[type=submit]')
}

/** Opens everything in the content that opens. */
export const openAll = (page: Page): Promise<unknown> =>
  page.evaluate('for (const part of document.querySelectorAll("main details")) part.open = true')

/** As many apps as one person may have. */
export const maxOwnClients = 4

/** As long as a client's name may be, with a word that cannot be broken. */
export const longName =
  `Nightly backup of ${'everything'.repeat(4)}-und-die-Donaudampfschifffahrt in Ωmega`.slice(0, 100)

/** Written from right to left. */
export const rightToLeft = 'مزامنة الملفات'
