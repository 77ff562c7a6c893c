/** E-mail addresses as accounts have them. Pure. */

const maxLength = 254
const pattern = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u

/**
 * @returns the address without space around it; `undefined` when it cannot be one. Whether anybody gets mail there is
 * another question.
 */
export function parseEmail(typed: string): string | undefined {
  const email = typed.trim()
  return email.length <= maxLength && pattern.test(email) ? email : undefined
}
