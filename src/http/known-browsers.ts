/**
 * Browsers that somebody signed in with before. Their cookie names the browser and carries a proof for each of its last
 * few people, so that attempts from it are counted apart from those of strangers (`accounts/attempt-delays.ts`). It lets
 * nobody in: whoever steals it gets a few guesses of their own.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { normalizeUsername } from '../accounts/username.ts'
import { equalInConstantTime } from '../shared/digest.ts'
import type { Random } from '../shared/random.ts'
import type { ServerCookie } from './cookies.ts'
import type { HttpRequest } from './endpoint.ts'

export interface KnownBrowsers {
  /** The id of the browser, if this person signed in with it before. @param username as typed. */
  recognize(request: HttpRequest, username: string): string | undefined
  /** A `Set-Cookie` value by which the browser is known as this person's from now on. */
  remember(request: HttpRequest, username: string): string
}

const keepForSeconds = 365 * 24 * 3600
/** People who share a browser. */
const maxPeople = 5
const cookiePattern = /^([\w-]{24})((?:\.[\w-]{22})+)$/

export function createKnownBrowsers(dependencies: {
  key: KeyObject
  cookie: ServerCookie
  random: Random
}): KnownBrowsers {
  const { key, cookie, random } = dependencies

  const proofOf = (browser: string, username: string): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([browser, username]))
      .digest('base64url')
      .slice(0, 22)

  const read = (request: HttpRequest): { browser: string; proofs: string[] } | undefined => {
    const [, browser, proofs] = cookiePattern.exec(cookie.read(request) ?? '') ?? []
    return browser === undefined || proofs === undefined
      ? undefined
      : { browser, proofs: proofs.slice(1).split('.').slice(0, maxPeople) }
  }

  return {
    recognize(request, typed) {
      const username = normalizeUsername(typed)
      const known = read(request)
      if (username === undefined || known === undefined) return undefined
      const proof = proofOf(known.browser, username)
      return known.proofs.some((kept) => equalInConstantTime(kept, proof)) ? known.browser : undefined
    },
    remember(request, username) {
      const { browser, proofs } = read(request) ?? { browser: random.base64url(18), proofs: [] }
      const proof = proofOf(browser, username)
      const kept = [proof, ...proofs.filter((other) => other !== proof)].slice(0, maxPeople)
      return cookie.set([browser, ...kept].join('.'), keepForSeconds)
    },
  }
}
