/** What the fields of an account must be like. Pure. */
import { parseEmail } from '../accounts/email.ts'
import { InvalidInput } from './invalid-input.ts'

/** @throws {InvalidInput} */
export function validEmail(text: string): string {
  const email = parseEmail(text)
  if (email === undefined) throw new InvalidInput('email', 'is no e-mail address')
  return email
}
