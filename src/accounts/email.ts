/** E-mail addresses as accounts have them. Pure. */

const maxLength = 254
/** No space, and nothing that cannot be seen or turns the text around it. */
const pattern = /^[^\s@\p{Cc}\p{Cf}]+@[^\s@\p{Cc}\p{Cf}]+$/u

/**
 * @returns the address without space around it; `undefined` when it cannot be one. Whether anybody gets mail there is
 * another question.
 */
export function parseEmail(typed: string): string | undefined {
  const email = typed.trim()
  return email.length <= maxLength && pattern.test(email) ? email : undefined
}
