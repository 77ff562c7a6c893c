/** Members of the JSON that providers answer, each taken only in the type it should have. Pure. */
import { isEmailAddress } from './email-address.ts'
import { ProviderError } from './provider.ts'

const maxLength = 255

export type Members = Readonly<Record<string, unknown>>

/** @throws {ProviderError} when it is no object. */
export function membersOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw new ProviderError('exchange_failed', 'profile_malformed')
}

/** A text with something in it, trimmed. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text === '' || text.length > maxLength ? undefined : text
}

export function emailOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text !== undefined && isEmailAddress(text) ? text : undefined
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
