/** What the fields of an account must be like. Pure. */
import { InvalidInput } from './invalid-input.ts'

const emailPattern = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u
const maxEmailLength = 254

/** @throws {InvalidInput} */
export function validEmail(text: string): string {
  const email = text.trim()
  if (email.length > maxEmailLength || !emailPattern.test(email)) {
    throw new InvalidInput('email', 'is no e-mail address')
  }
  return email
}
