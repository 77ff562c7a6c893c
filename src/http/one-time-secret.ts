/**
 * Hands a secret from the form that made it to the one page that shows it, so that reloading that page makes nothing
 * again and shows nothing again. It travels in the browser's own cookie, sealed, for one session and one subject; no
 * server has to remember it.
 */
import type { Session } from '../accounts/session.ts'
import { addSeconds, type Clock } from '../shared/clock.ts'
import type { Encryption } from '../shared/encryption.ts'
import type { ServerCookie } from './cookies.ts'
import type { HttpRequest } from './endpoint.ts'

/** Nobody needs longer to follow a redirect. */
const lifeSeconds = 120
const purpose = 'one-time secret'

export interface OneTimeSecrets {
  /** A `Set-Cookie` value. @param about what the secret belongs to: the id of a client. */
  hand(session: Session, about: string, secret: string): string
  /** The secret, while it is there; `forget` is the `Set-Cookie` value to answer with. */
  take(request: HttpRequest, session: Session, about: string): { secret: string | undefined; forget: string }
}

export function createOneTimeSecrets(dependencies: {
  cookie: ServerCookie
  encryption: Encryption
  clock: Clock
}): OneTimeSecrets {
  const { cookie, encryption, clock } = dependencies

  const open = (text: string): unknown => {
    try {
      return JSON.parse(encryption.decrypt(Buffer.from(text, 'base64url'), purpose).toString())
    } catch {
      // Not ours, or of another key: as if it were not there.
      return undefined
    }
  }

  return {
    hand(session, about, secret) {
      const kept = [session.id, about, addSeconds(clock.now(), lifeSeconds), secret]
      const sealed = encryption.encrypt(Buffer.from(JSON.stringify(kept)), purpose)
      return cookie.set(sealed.toString('base64url'), lifeSeconds)
    },
    take(request, session, about) {
      const sealed = cookie.read(request)
      const kept = sealed === undefined ? undefined : open(sealed)
      const [sessionId, subject, until, secret] = Array.isArray(kept) ? kept : []
      const fits = sessionId === session.id && subject === about && Number(until) > clock.now()
      return { secret: fits && typeof secret === 'string' ? secret : undefined, forget: cookie.clear() }
    },
  }
}
