/**
 * Request parameters: `application/x-www-form-urlencoded` text to values, strictly (RFC 6749 §3.2, appendix B). A
 * parameter may appear once, except those a specification lets repeat; an empty value counts as left out; broken
 * percent-encoding, bytes that are not UTF-8 and control characters are refused instead of repaired.
 */
import { OAuthError } from './errors.ts'

/** RFC 8707 §2 and RFC 8693 §2.1 are the only places here where a parameter may repeat. */
const repeatable = new Set(['resource', 'audience'])
/** What is read from a JSON object; its other members may be of any type. */
const textMembers = new Set(['client_id', 'client_secret', 'scope', 'resource'])
const maxParameters = 100
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this expression looks for
const controlCharacter = /[\u0000-\u001f\u007f]/
const lineBreak = /\r\n?|\n/g

export class Parameters {
  readonly #single: ReadonlyMap<string, string>
  readonly #repeated: ReadonlyMap<string, readonly string[]>

  constructor(single: ReadonlyMap<string, string>, repeated: ReadonlyMap<string, readonly string[]>) {
    this.#single = single
    this.#repeated = repeated
  }

  get(name: string): string | undefined {
    // RFC 6749 §3.2: "Parameters sent without a value MUST be treated as if they were omitted".
    const value = this.#single.get(name)
    return value === '' ? undefined : value
  }

  /** @throws {OAuthError} invalid_request when the parameter is missing. */
  require(name: string): string {
    const value = this.get(name)
    if (value === undefined) throw new OAuthError('invalid_request', { description: `${name} is required` })
    return value
  }

  /** Names of the parameters that appear once. */
  names(): readonly string[] {
    return [...this.#single.keys()]
  }

  all(name: string): readonly string[] {
    return this.#repeated.get(name) ?? []
  }
}

/**
 * @param lines names of parameters whose values may have several lines and tabs; lines come out divided by `\n`.
 * @throws {OAuthError} invalid_request when the content type is another or the text is malformed.
 */
export function parseForm(
  body: string,
  contentType: string | undefined,
  lines: readonly string[] = [],
): Parameters {
  if (body === '') return parseUrlEncoded('')
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/x-www-form-urlencoded') {
    throw new OAuthError('invalid_request', {
      description: 'the body must be application/x-www-form-urlencoded',
    })
  }
  return parseUrlEncoded(body, lines)
}

/** @throws {OAuthError} invalid_request */
export function parseUrlEncoded(text: string, lines: readonly string[] = []): Parameters {
  const collector = new Collector(lines)
  let start = 0
  while (start < text.length) {
    let end = text.indexOf('&', start)
    if (end === -1) end = text.length
    if (end > start) {
      let equals = text.indexOf('=', start)
      if (equals === -1 || equals > end) equals = end
      collector.add(decode(text.slice(start, equals)), decode(text.slice(equals + 1, end)))
    }
    start = end + 1
  }
  return collector.parameters()
}

/**
 * Reads parameters sent as a JSON object, as the device authorization endpoint accepts them for existing clients. Of a
 * repeated member the last one counts, as RFC 8259 §4 allows: the platform's parser does not tell, and a second one is
 * not worth its errors where nobody else reads the same text.
 */
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
  const collector = new Collector([])
  for (const [name, member] of Object.entries(value)) {
    const texts = Array.isArray(member) ? member : [member]
    for (const text of texts) {
      if (typeof text === 'string') collector.add(name, text)
      else if (text !== null && textMembers.has(name)) {
        // Left out it would mean something else: without `scope`, everything the client may have.
        throw new OAuthError('invalid_request', { description: `${name} must be a text` })
      }
    }
  }
  return collector.parameters()
}

/** Takes parameters one by one and holds each against the rules. */
class Collector {
  readonly #single = new Map<string, string>()
  readonly #repeated = new Map<string, string[]>()
  readonly #lines: readonly string[]
  #count = 0

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  add(name: string, sent: string): void {
    if (++this.#count > maxParameters) {
      throw new OAuthError('invalid_request', { description: 'too many parameters' })
    }
    const hasLines = this.#lines.length > 0 && this.#lines.includes(name)
    const value = hasLines ? sent.replace(lineBreak, '\n') : sent
    const singleLine = hasLines ? value.replace(/[\n\t]/g, '') : value
    if (controlCharacter.test(name) || controlCharacter.test(singleLine)) {
      throw new OAuthError('invalid_request', { description: 'a parameter holds a control character' })
    }
    if (repeatable.has(name)) {
      if (value !== '') this.#repeated.set(name, [...(this.#repeated.get(name) ?? []), value])
      return
    }
    // RFC 6749 §3.2: "Request and response parameters MUST NOT be included more than once."
    if (this.#single.has(name)) {
      throw new OAuthError('invalid_request', { description: 'a parameter is repeated' })
    }
    this.#single.set(name, value)
  }

  parameters(): Parameters {
    return new Parameters(this.#single, this.#repeated)
  }
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new OAuthError('invalid_request', { description: 'a parameter is not correctly percent-encoded' })
  }
}
