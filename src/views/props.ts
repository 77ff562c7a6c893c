/**
 * What pages are told, shared by several of them. Everything is plain data built by the routes: a page never
 * fetches, never asks for the time and never sees a session, so one literal renders it in a test.
 */
import type { Instant } from '../shared/clock.ts'
import type { Reader } from './reader.tsx'

/** The server a page belongs to. */
export interface Site {
  /** Product name, shown on top of each page and in titles. */
  name: string
  /** Product version, shown in the footer. */
  version: string
  /** Path under which the routes are mounted, without a final slash: `''`, or `/auth` for `https://host/auth`. */
  basePath: string
  /** Where people find help, if the operator names a place. */
  helpUrl: string | null
  /** How the operator has the pages look; left out, they look like the product. */
  brand?: SiteBrand
  /** Paths of the navigation that lead somewhere on this server. */
  places: ReadonlySet<string>
}

export interface SiteBrand {
  /** Path of the stylesheet with the operator's accent. */
  readonly stylesheet: string | null
  /** Path of their logo. */
  readonly logo: string | null
  readonly privacyUrl: string | null
  readonly termsUrl: string | null
  /** What they say on the sign-in page. */
  readonly signInText: string | null
}

/** The signed-in person. */
export interface Account {
  username: string
  /** Full name; the username when there is none. */
  displayName: string
  role: 'user' | 'admin'
}

/** What every page receives. */
export interface PageProps {
  site: Site
  reader: Reader
}

/** What every page with a form receives. */
export interface FormPageProps extends PageProps {
  csrfToken: string
}

export interface SignedInPageProps extends FormPageProps {
  account: Account
  /** How many clients wait for an administrator's approval; left out for everybody else. */
  pendingApprovals?: number
}

export interface TimedProps {
  /** The moment the page is rendered; relative times count from it. */
  now: Instant
}

/** A path of this server as the browser must ask for it. */
export function localHref(site: Site, path: string): string {
  return site.basePath + path
}
