/**
 * People signing in. Argon2id allows a few dozen logins per second, so this load needs no wrk; it does what a
 * browser does: fetch the page, then send the form with its CSRF field and cookies. Only the form is timed.
 */
import type { Account } from './servers.ts'
import { percentile } from './statistics.ts'
import type { LoadResult } from './wrk.ts'

/** Each of `people` signs in again and again for about `seconds`; each login is a new visitor. */
export async function logIn(url: string, people: readonly Account[], seconds: number): Promise<LoadResult> {
  const timesMs: number[] = []
  let failures = 0
  const began = performance.now()
  const person = async ({ username, password }: Account) => {
    while (performance.now() - began < seconds * 1000) {
      const page = await fetch(`${url}/login`)
      const form = new URLSearchParams({ username, password, csrf_token: csrfToken(await page.text()) })
      const sent = performance.now()
      const answer = await fetch(`${url}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Cookie: cookies(page), Origin: url },
        body: form,
      })
      await answer.arrayBuffer()
      timesMs.push(performance.now() - sent)
      const target = answer.headers.get('location') ?? '/login'
      const inside = (answer.status === 302 || answer.status === 303) && !target.includes('/login')
      if (!inside) failures += 1
    }
  }
  await Promise.all(people.map(person))
  return {
    requests: timesMs.length,
    seconds: (performance.now() - began) / 1000,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
    failures,
  }
}

/** The value of the form's hidden field, whatever the order of its attributes; empty when there is none. */
export function csrfToken(html: string): string {
  const field = /<input\b[^>]*\bname="csrf_token"[^>]*>/.exec(html)?.[0] ?? ''
  return /\bvalue="([^"]*)"/.exec(field)?.[1] ?? ''
}

function cookies(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}
