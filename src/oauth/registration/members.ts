/**
 * Reading the members of a JSON object that a stranger sent: each of its type, bounded, and absent when it is `null` or
 * empty, as deployed clients write what they leave out.
 */

export type MetadataErrorCode = 'invalid_redirect_uri' | 'invalid_client_metadata'

/** A member cannot be used (RFC 7591 §3.2.2). The message repeats nothing of what was sent. */
export class MetadataProblem extends Error {
  readonly code: MetadataErrorCode
  readonly member: string
  readonly what: string

  constructor(member: string, what: string, code: MetadataErrorCode = 'invalid_client_metadata') {
    super(`${member} ${what}`)
    this.name = 'MetadataProblem'
    this.member = member
    this.what = what
    this.code = code
  }
}

export class Members {
  readonly #object: Readonly<Record<string, unknown>>

  constructor(object: object) {
    this.#object = object as Record<string, unknown>
  }

  /** The member as it is; `undefined` when it is absent, `null` or empty. */
  value(name: string): unknown {
    // Not what every object inherits.
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined
    return value === null || value === '' ? undefined : value
  }

  /** @throws {MetadataProblem} */
  string(name: string, maxLength: number): string | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw new MetadataProblem(name, 'must be a string')
    if (value.length > maxLength) throw new MetadataProblem(name, `must have at most ${maxLength} characters`)
    return value
  }

  /** @throws {MetadataProblem} */
  strings(
    name: string,
    maxCount: number,
    code: MetadataErrorCode = 'invalid_client_metadata',
  ): string[] | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw new MetadataProblem(name, 'must be an array of strings', code)
    }
    if (value.length > maxCount) {
      throw new MetadataProblem(name, `must have at most ${maxCount} entries`, code)
    }
    return value
  }

  /** @throws {MetadataProblem} */
  flag(name: string): boolean | undefined {
    const value = this.value(name)
    if (value === undefined || typeof value === 'boolean') return value
    throw new MetadataProblem(name, 'must be true or false')
  }

  /** @throws {MetadataProblem} */
  wholeNumber(name: string): number | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw new MetadataProblem(name, 'must be a whole number of seconds')
  }

  /** @throws {MetadataProblem} */
  choice<const C extends string>(name: string, choices: readonly C[]): C | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new MetadataProblem(name, `must be one of ${choices.join(', ')}`)
    return found
  }
}
