/** A value that must not be printed by accident: string conversion, JSON and inspection all show `[set]`. */
import { inspect } from 'node:util'

export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself; call it where it is used, not where it is passed on. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[set]'
  }

  toJSON(): string {
    return '[set]'
  }

  [inspect.custom](): string {
    return '[set]'
  }
}
