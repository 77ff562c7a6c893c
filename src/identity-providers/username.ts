/** A user name for somebody who comes from a provider: like theirs there, never empty, never taken. */
import type { Random } from '../shared/random.ts'

const maxLength = 48
const numbered = 10
const randomBytes = 6
/** Names that people take for the server's own. */
const reserved = new Set(['admin', 'administrator', 'authgate', 'root', 'support', 'system'])

/**
 * What a name at a provider becomes: lower-case ASCII letters, digits, `_` and `-`, letters without their marks.
 * @returns an empty text when nothing of it can be kept.
 */
export function plainUsername(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, maxLength)
}

/** The first free name: as it is, with the provider's name, with a number, with something random. */
export async function chooseUsername(
  wishes: readonly (string | undefined)[],
  provider: string,
  isTaken: (username: string) => Promise<boolean>,
  random: Random,
): Promise<string> {
  const plain = wishes.map((wish) => plainUsername(wish ?? '')).find((name) => name !== '')
  const base = plain ?? `${provider}-user`
  const candidates = [base, `${base}-${provider}`]
  for (let number = 1; number <= numbered; number++) candidates.push(`${base}-${number}`)
  for (const candidate of candidates) {
    if (!reserved.has(candidate) && !(await isTaken(candidate))) return candidate
  }
  return `${base}-${random.bytes(randomBytes).toString('hex')}`
}
