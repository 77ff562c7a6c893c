/** Members of the JSON that providers answer, each taken only in the type it should have. Pure. */
import { parseEmail } from '../accounts/email.ts'
import { ProviderError } from './provider.ts'

const maxLength = 255

export type Members = Readonly<Record<string, unknown>>

/** @throws {ProviderError} when it is no object. */
export function membersOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw new ProviderError('exchange_failed', 'profile_malformed')
}

/** A line with something in it, trimmed; no database takes every control character, and no page shows one. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text === '' || text.length > maxLength || /\p{Cc}/u.test(text) ? undefined : text
}

/** Who somebody is there, to the letter. @throws {ProviderError} */
export function subjectOf(value: unknown): string {
  const subject = textOf(value)
  if (subject !== undefined && subject === value) return subject
  throw new ProviderError('exchange_failed', 'profile_without_id')
}

export function emailOf(value: unknown): string | undefined {
  return parseEmail(textOf(value) ?? '')
}

/** The id of a row at a Git server. @throws {ProviderError} */
export function numericSubjectOf(value: unknown): string {
  if (Number.isSafeInteger(value) && (value as number) > 0) return String(value)
  throw new ProviderError('exchange_failed', 'profile_without_id')
}

/** What stands before the at sign. */
export function localPartOf(email: string | undefined): string | undefined {
  return email?.slice(0, email.lastIndexOf('@'))
}
