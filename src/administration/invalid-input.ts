/** An administrative act was asked for with a value that cannot be used. */
export class InvalidInput extends Error {
  /** Which value, in the words of whoever asked: an option or a field. */
  readonly field: string

  constructor(field: string, what: string, cause?: unknown) {
    super(`${field}: ${what}`, cause === undefined ? undefined : { cause })
    this.name = 'InvalidInput'
    this.field = field
  }
}
