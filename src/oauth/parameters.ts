/**
 * Request parameters: `application/x-www-form-urlencoded` text to values, strictly (RFC 6749 §3.2, appendix B). A
 * parameter may appear once, except those a specification lets repeat; an empty value counts as left out; broken
 * percent-encoding, bytes that are not UTF-8 and control characters are refused instead of repaired.
 */
import { OAuthError } from './errors.ts'

/** RFC 8707 §2 is the only place here where a parameter may repeat. */
const repeatable = new Set(['resource'])
const maxParameters = 100

export class Parameters {
  readonly #single: ReadonlyMap<string, string>
  readonly #repeated: ReadonlyMap<string, readonly string[]>

  constructor(single: ReadonlyMap<string, string>, repeated: ReadonlyMap<string, readonly string[]>) {
    this.#single = single
    this.#repeated = repeated
  }

  get(name: string): string | undefined {
    return this.#single.get(name)
  }

  /** @throws {OAuthError} invalid_request when the parameter is missing. */
  require(name: string): string {
    const value = this.#single.get(name)
    if (value === undefined) throw new OAuthError('invalid_request', { description: `${name} is required` })
    return value
  }

  all(name: string): readonly string[] {
    return this.#repeated.get(name) ?? []
  }
}

/** @throws {OAuthError} invalid_request when the content type is another or the text is malformed. */
export function parseForm(body: string, contentType: string | undefined): Parameters {
  if (body === '') return parseUrlEncoded('')
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded') {
    throw new OAuthError('invalid_request', {
      description: 'the body must be application/x-www-form-urlencoded',
    })
  }
  return parseUrlEncoded(body)
}

/** @throws {OAuthError} invalid_request */
export function parseUrlEncoded(text: string): Parameters {
  const pairs: [string, string][] = []
  let start = 0
  while (start <= text.length) {
    let end = text.indexOf('&', start)
    if (end === -1) end = text.length
    if (end > start) {
      if (pairs.length === maxParameters) {
        throw new OAuthError('invalid_request', { description: 'too many parameters' })
      }
      let equals = text.indexOf('=', start)
      if (equals === -1 || equals > end) equals = end
      pairs.push([decode(text.slice(start, equals)), decode(text.slice(Math.min(equals + 1, end), end))])
    }
    start = end + 1
  }
  return fromPairs(pairs)
}

/** Reads parameters sent as a JSON object, as the device authorization endpoint accepts them for existing clients. */
export function parseJson(body: string): Parameters {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new OAuthError('invalid_request', { description: 'the body is not valid JSON' })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OAuthError('invalid_request', { description: 'the body must be a JSON object' })
  }
  const pairs: [string, string][] = []
  for (const [name, member] of Object.entries(value)) {
    const texts = Array.isArray(member) ? member : [member]
    for (const text of texts) {
      if (typeof text !== 'string') {
        // Members this server does not read may be of any type; those it reads are texts.
        if (repeatable.has(name) || text !== null) pairs.push([name, ''])
        continue
      }
      if (pairs.length === maxParameters) {
        throw new OAuthError('invalid_request', { description: 'too many parameters' })
      }
      pairs.push([name, text])
    }
  }
  return fromPairs(pairs)
}

function fromPairs(pairs: readonly (readonly [string, string])[]): Parameters {
  const single = new Map<string, string>()
  const repeated = new Map<string, string[]>()
  const seen = new Set<string>()
  for (const [name, value] of pairs) {
    if (hasControlCharacter(name) || hasControlCharacter(value)) {
      throw new OAuthError('invalid_request', { description: 'a parameter holds a control character' })
    }
    if (repeatable.has(name)) {
      if (value !== '') repeated.set(name, [...(repeated.get(name) ?? []), value])
      continue
    }
    // RFC 6749 §3.2: "Request and response parameters MUST NOT be included more than once."
    if (seen.has(name)) {
      throw new OAuthError('invalid_request', { description: 'a parameter is repeated' })
    }
    seen.add(name)
    // RFC 6749 §3.2: "Parameters sent without a value MUST be treated as if they were omitted".
    if (value !== '') single.set(name, value)
  }
  return new Parameters(single, repeated)
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new OAuthError('invalid_request', { description: 'a parameter is not correctly percent-encoded' })
  }
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
