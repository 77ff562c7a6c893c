/** E-mail addresses that sources tell. Pure. */

const maxLength = 254
const pattern = /^[^\s@\p{Cc}\p{Cf}]+@[^\s@\p{Cc}\p{Cf}]+$/u

/** Whether a text can be an address at all; whether anybody reads it is another question. */
export function isEmailAddress(text: string): boolean {
  return text.length <= maxLength && pattern.test(text)
}
