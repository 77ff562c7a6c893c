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

const refusals = {
  /** Nobody could administer this server any more. */
  last_admin: 'is the last active administrator',
  /** Whoever did this could not undo it. */
  own_account: 'is your own account',
  /** Their password is kept somewhere else. */
  not_local: 'signs in with a password that is not kept here',
  gone: 'is no longer there',
} as const

export type ActRefusal = keyof typeof refusals

/** An act that is not done to this account. */
export class ActRefused extends InvalidInput {
  readonly refusal: ActRefusal

  constructor(refusal: ActRefusal) {
    super('username', refusals[refusal])
    this.name = 'ActRefused'
    this.refusal = refusal
  }
}
