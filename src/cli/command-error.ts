/** How a command that cannot do what it was told ends: one clear line and exit status 1. */
import { InvalidInput } from '../administration/invalid-input.ts'
import { ConfigError } from '../config/load.ts'
import { AlreadyExists } from '../storage/storage.ts'
import { LoginFailure } from './login/problem.ts'
import { printable } from './login/words.ts'

/** A mistake of whoever called the command, or a refusal: said in one line, without a stack. */
export class CommandError extends Error {}

/** Runs `body`; what is expected to go wrong is said. @throws whatever nobody foresaw. */
export async function sayingMistakes(body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    const said = sentenceOf(error)
    if (said === undefined) throw error
    console.error(`authgate: ${said}`)
    process.exitCode = 1
  }
}

/** In one line, but for the list of wrong settings. @returns `undefined` for what nobody foresaw. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof LoginFailure) {
    const { what, why, remedy } = error.problem
    return `${what} ${why} ${remedy}`
  }
  if (error instanceof ConfigError) return error.message
  const expected =
    error instanceof CommandError || error instanceof InvalidInput || error instanceof AlreadyExists
  return expected ? printable(error.message, Infinity) : undefined
}
