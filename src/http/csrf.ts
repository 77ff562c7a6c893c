/**
 * Proof that a form was ours: a token that only our pages hold, bound to the browser session, or for visitors
 * without one to a random cookie, so that signing somebody in or out from another site fails too. The token is an
 * HMAC of what it is bound to, so nothing has to be kept for it.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import type { Publisher } from '../events/bus.ts'
import type { Actor } from '../events/catalogue.ts'
import type { Parameters } from '../oauth/parameters.ts'
import type { Clock } from '../shared/clock.ts'
import { equalInConstantTime } from '../shared/digest.ts'
import type { SessionId } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { ServerCookie } from './cookies.ts'
import { type HttpRequest, PageError } from './endpoint.ts'

/** What a token is bound to. Only {@link Csrf} makes them. */
export type CsrfBinding = string & { readonly __brand: 'CsrfBinding' }

export interface VisitorBinding {
  binding: CsrfBinding
  /** The cookie to send when the browser has none yet. */
  setCookie: string | undefined
}

export interface Csrf {
  sessionBinding(id: SessionId): CsrfBinding
  /** For pages without a signed-in person, such as the sign-in form. */
  visitorBinding(request: HttpRequest): VisitorBinding
  token(binding: CsrfBinding): string
  /**
   * Checks the field `csrf_token`, or when that is missing the header `X-CSRF-Token`.
   * @param keep asked when the form is refused: the cookie in which the browser keeps what was typed, if it does.
   * @throws {PageError} 403, after announcing it.
   */
  check(
    request: HttpRequest,
    form: Parameters,
    binding: CsrfBinding,
    actor: Actor,
    keep?: () => string | undefined,
  ): void
}

const visitorBytes = 18
const visitorPattern = /^[\w-]{24}$/

export function createCsrf(dependencies: {
  key: KeyObject
  cookie: ServerCookie
  random: Random
  publisher: Publisher
  clock: Clock
}): Csrf {
  const { key, cookie, random, publisher, clock } = dependencies
  const token = (binding: CsrfBinding): string =>
    createHmac('sha256', key).update(binding).digest('base64url')
  return {
    sessionBinding: (id) => `session ${id}` as CsrfBinding,
    visitorBinding(request) {
      const known = cookie.read(request)
      const isKnown = known !== undefined && visitorPattern.test(known)
      const visitor = isKnown ? known : random.base64url(visitorBytes)
      return {
        binding: `visitor ${visitor}` as CsrfBinding,
        setCookie: isKnown ? undefined : cookie.set(visitor),
      }
    },
    token,
    check(request, form, binding, actor, keep) {
      const header = request.headers['x-csrf-token']
      const presented = form.get('csrf_token') ?? (typeof header === 'string' ? header : '')
      if (equalInConstantTime(presented, token(binding))) return
      publisher.publish({
        type: 'csrf.rejected',
        at: clock.now(),
        actor,
        request: request.context,
        accountId: actor.type === 'account' ? actor.id : undefined,
      })
      const kept = keep?.()
      throw kept === undefined
        ? new PageError(403, { variant: 'csrf' })
        : new PageError(403, { variant: 'csrf_kept', headers: { 'set-cookie': [kept] } })
    },
  }
}
