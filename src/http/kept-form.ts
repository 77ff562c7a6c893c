/**
 * What a person typed, kept while they prove who they are: their session had run out, or the act wants a fresh proof.
 * The form lies encrypted in a cookie of their browser for a few minutes, so nothing of it is stored here, and comes
 * back on one page with one button (`/resume`), to the account that sent it and nobody else.
 *
 * Only forms of our own pages are kept: one that another site made the browser send would otherwise wait here for the
 * press of a person who never saw it. Passwords and other secrets are left out; they are typed again.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Parameters } from '../oauth/parameters.ts'
import { addSeconds, type Clock, type Instant } from '../shared/clock.ts'
import { DecryptionError, type Encryption } from '../shared/encryption.ts'
import type { AccountId } from '../shared/ids.ts'
import { isShownField } from '../views/entered.ts'
import type { ServerCookie } from './cookies.ts'
import type { HttpRequest } from './endpoint.ts'

/** Where a kept form comes back. */
export const resumePath = '/resume'

export interface KeptForm {
  /** Where it was sent to, without the base path. */
  readonly path: string
  /** The page it stood on, without the base path. */
  readonly page: string
  readonly fields: Readonly<Record<string, string>>
  /** Whether a password or another secret was left out. */
  readonly withoutSecrets: boolean
}

export interface KeptForms {
  /**
   * Keeps a form for its sender.
   * @param page where to go instead of sending it after all.
   * @returns the `Set-Cookie` line that has the browser keep it; `undefined` when it is not kept: it is empty, too large
   * for a cookie, or comes from another site.
   */
  keep(request: HttpRequest, form: Parameters, owner: AccountId, page: string): string | undefined
  /** What this browser keeps for an account. */
  find(request: HttpRequest, owner: AccountId): KeptForm | undefined
  /** The `Set-Cookie` line that has the browser forget it. */
  readonly forget: string
}

const keptForSeconds = 15 * 60
/** Browsers keep 4,096 bytes with name and attributes. */
const maxCookieLength = 3800
const purpose = 'kept form'
/**
 * Names of fields whose values are nowhere kept but in the head of who typed them. Some settings of clients are named like
 * one (`enable_refresh_token`); those are shown to people in any case.
 */
const secretPattern = /password|passphrase|secret|token|credential|otp|recovery/i

/** As short as it gets: all of it has to fit into a cookie. */
interface Encoded {
  readonly owner: AccountId
  readonly until: Instant
  readonly path: string
  readonly page: string
  readonly fields: readonly (readonly [string, string])[]
  readonly withoutSecrets: boolean
}

export function createKeptForms(dependencies: {
  encryption: Pick<Encryption, 'encrypt' | 'decrypt'>
  cookie: ServerCookie
  clock: Clock
  server: { readonly issuer: string; readonly basePath: string }
}): KeptForms {
  const { encryption, cookie, clock, server } = dependencies
  const { origin } = new URL(server.issuer)

  const open = (value: string): Encoded | undefined => {
    try {
      const compressed = encryption.decrypt(Buffer.from(value, 'base64url'), purpose)
      return JSON.parse(inflateRawSync(compressed).toString('utf8'))
    } catch (error) {
      // Changed on its way, or encrypted with a key that is gone.
      if (error instanceof DecryptionError) return undefined
      throw error
    }
  }

  return {
    keep(request, form, owner, page) {
      // Every browser names the origin of a POST (Fetch standard, "append a request `Origin` header").
      if (request.headers.origin !== origin) return undefined
      const typed = form.names().filter((name) => name !== 'csrf_token')
      const fields = typed
        .filter((name) => isShownField(name) || !secretPattern.test(name))
        .map((name) => [name, form.get(name) ?? ''] as const)
      if (fields.length === 0) return undefined
      const { path } = request.context
      const encoded: Encoded = {
        owner,
        until: addSeconds(clock.now(), keptForSeconds),
        path: path.startsWith(`${server.basePath}/`) ? path.slice(server.basePath.length) : path,
        page,
        fields,
        withoutSecrets: fields.length < typed.length,
      }
      const compressed = deflateRawSync(JSON.stringify(encoded))
      const value = encryption.encrypt(compressed, purpose).toString('base64url')
      return value.length > maxCookieLength ? undefined : cookie.set(value, keptForSeconds)
    },

    find(request, owner) {
      const value = cookie.read(request)
      const kept = value === undefined ? undefined : open(value)
      if (kept === undefined || kept.owner !== owner || clock.now() >= kept.until) return undefined
      const { path, page, fields, withoutSecrets } = kept
      return { path, page, fields: Object.fromEntries(fields), withoutSecrets }
    },

    forget: cookie.clear(),
  }
}
