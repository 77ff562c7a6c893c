/** HTTP Basic as RFC 6749 §2.3.1 uses it for clients. */
import { compatibility } from './compatibility.ts'

export interface ClientCredentials {
  clientId: string
  secret: string | undefined
}

/**
 * The credentials a Basic header may mean: percent-decoded as RFC 6749 appendix B says, then as they stand. None for
 * another scheme; `undefined` for Basic without a base64 text, which is no reason to look for credentials elsewhere.
 */
export function parseBasic(authorization: string | undefined): ClientCredentials[] | undefined {
  if (authorization === undefined || !/^basic(?:$|[^!#$%&'*+.^`|~\w-])/i.test(authorization)) return []
  const match = /^basic +([A-Za-z0-9+/_=-]*)$/i.exec(authorization)
  if (match === null) return undefined
  const text = Buffer.from(match[1]!, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const raw: ClientCredentials =
    colon === -1
      ? { clientId: text, secret: undefined }
      : { clientId: text.slice(0, colon), secret: text.slice(colon + 1) }
  if (!/[%+]/.test(text)) return [raw]
  const candidates: ClientCredentials[] = []
  try {
    candidates.push({
      clientId: decodeURIComponent(raw.clientId.replaceAll('+', ' ')),
      secret: raw.secret === undefined ? undefined : decodeURIComponent(raw.secret.replaceAll('+', ' ')),
    })
  } catch {
    // Not percent-encoded at all: only the raw reading is left.
  }
  if (compatibility.basicCredentialsMayBeRaw) candidates.push(raw)
  return candidates
}
