/** This server's two cookies: how they are named, set, read and taken back. */
import { parseCookie, stringifySetCookie } from 'cookie'
import type { HttpRequest } from './endpoint.ts'

export interface ServerCookie {
  /** The value the browser sent, if any. */
  read(request: Pick<HttpRequest, 'headers'>): string | undefined
  /** A `Set-Cookie` value. @param keepForSeconds `undefined` until the browser is closed. */
  set(value: string, keepForSeconds?: number): string
  /** A `Set-Cookie` value that makes the browser forget it. */
  clear(): string
}

/**
 * A cookie no script can read and no other site can make a browser send with a form. Over https its name carries the
 * `__Host-` prefix, so that no other host of the same domain can set it (RFC 6265bis §4.1.3.2); the prefix wants
 * `Path=/`, also below a base path.
 */
export function createServerCookie(name: string, options: { secure: boolean }): ServerCookie {
  const fullName = options.secure ? `__Host-${name}` : name
  const attributes = {
    name: fullName,
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: options.secure,
  } as const
  return {
    read({ headers }) {
      return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[fullName]
    },
    set(value, keepForSeconds) {
      return stringifySetCookie({
        ...attributes,
        value,
        ...(keepForSeconds === undefined ? {} : { maxAge: keepForSeconds }),
      })
    },
    clear() {
      return stringifySetCookie({ ...attributes, value: '', maxAge: 0 })
    },
  }
}
