/** Usernames: one spelling each, so that nobody can take a name that looks like another's. Pure. */

const maxLength = 255
// Control and format characters would let two names look the same.
const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * The spelling under which a name is kept and found: trimmed, compatibility forms unified (Unicode NFKC), lower-case.
 * @returns `undefined` when no account can have this name: empty, over 255 characters, or with invisible characters.
 */
export function normalizeUsername(typed: string): string | undefined {
  // Compatibility forms can be many times longer than what was typed, so the length is checked before, too.
  if (typed.length > 4 * maxLength) return undefined
  const name = typed.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
  if (name === '' || name.length > maxLength || forbidden.test(name)) return undefined
  return name
}
