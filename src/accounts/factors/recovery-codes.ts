/**
 * Recovery codes: what stands in for a lost authenticator, each once. Eighty random bits, so that a plain digest of one
 * says nothing about it. Pure.
 */
import { digestOf, type SecretDigest } from '../../shared/digest.ts'
import type { Random } from '../../shared/random.ts'

export const recoveryCodeCount = 10
/** Crockford's base 32: without letters that look like a digit or another letter. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const codeLength = 16
const groupLength = 4

/** New codes, as people write them down. */
export function newRecoveryCodes(random: Random): readonly string[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const characters = Array.from({ length: codeLength }, () => alphabet[random.below(alphabet.length)]!)
    return characters
      .join('')
      .match(new RegExp(`.{${groupLength}}`, 'g'))!
      .join('-')
  })
}

/** What is stored of a code; `undefined` when the text cannot be one, however it is written. */
export function digestRecoveryCode(typed: string): SecretDigest | undefined {
  const plain = typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
  if (plain.length !== codeLength || [...plain].some((character) => !alphabet.includes(character)))
    return undefined
  return digestOf(`recovery code ${plain}`)
}
