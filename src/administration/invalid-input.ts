/** An administrative act was asked for with values that cannot be used. */

export interface InputProblem {
  /** Which value, in the words of whoever asked: an option or a field. */
  readonly field: string
  readonly what: string
}

export class InvalidInput extends Error {
  /** The first value that cannot be used. */
  readonly field: string
  /** Every one of them, at least one. */
  readonly problems: readonly InputProblem[]

  constructor(field: string, what: string, cause?: unknown) {
    super(`${field}: ${what}`, cause === undefined ? undefined : { cause })
    this.name = 'InvalidInput'
    this.field = field
    this.problems = [{ field, what }]
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
/** Several values at once cannot be used, so that whoever filled in a form hears of all of them. */
export class InvalidInputs extends InvalidInput {
  override readonly problems: readonly InputProblem[]

  constructor(problems: readonly [InputProblem, ...InputProblem[]]) {
    super(problems[0].field, problems[0].what)
    this.message = problems.map(({ field, what }) => `${field}: ${what}`).join('; ')
    this.problems = problems
  }
}

/** Runs every check. @throws {InvalidInput} with what each of them refused. */
export function checkAll<T extends Record<string, () => unknown>>(
  checks: T,
): { [K in keyof T]: ReturnType<T[K]> } {
  const problems: InputProblem[] = []
  const checked: Record<string, unknown> = {}
  for (const [name, check] of Object.entries(checks)) {
    try {
      checked[name] = check()
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      problems.push(...error.problems)
    }
  }
  const [first, ...others] = problems
  if (first !== undefined) throw new InvalidInputs([first, ...others])
  return checked as { [K in keyof T]: ReturnType<T[K]> }
}
