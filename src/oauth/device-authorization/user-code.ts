/**
 * The code a person carries from a device to a browser (RFC 8628 §6.1): easy to read aloud and type, and forgiving
 * of how it is typed. Pure. Only a keyed digest is stored, since so short a code could be found from a plain one.
 */
import type { KeyObject } from 'node:crypto'
import { type KeyedDigest, keyedDigestOf } from '../../shared/digest.ts'
import type { Random } from '../../shared/random.ts'

/** Eight characters of the alphabet, without the dash it is shown with. */
export type UserCode = string & { readonly __brand: 'UserCode' }

/** Letters and digits that cannot be mistaken for one another: no I, L, O, 0 or 1. */
export const userCodeAlphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
/** 31^8 codes are 8.5 × 10^11; with guesses throttled, finding one of a thousand waiting takes years. */
const length = 8
const wellFormed = new RegExp(`^[${userCodeAlphabet}]{${length}}$`)

/** White space, punctuation of every script, invisible format characters, and the minus sign, which is none of them. */
const separators = /[\s\p{Z}\p{P}\p{Cf}\u2212]+/gu
/** Longer than any spelling of a code; what is longer is not looked at. */
const maxTypedLength = 64

export function generateUserCode(random: Random): UserCode {
  let code = ''
  for (let index = 0; index < length; index++) code += userCodeAlphabet[random.below(userCodeAlphabet.length)]
  return code as UserCode
}

/** As devices and pages show it: `XXXX-XXXX`. */
export function formatUserCode(code: UserCode): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/**
 * Reads a code as people type it: in any case, full-width or not, with spaces, dashes or other separators anywhere.
 * @returns `undefined` when what remains is not a code.
 */
export function parseUserCode(typed: string): UserCode | undefined {
  if (typed.length > maxTypedLength) return undefined
  const code = typed.normalize('NFKC').toUpperCase().replace(separators, '')
  return wellFormed.test(code) ? (code as UserCode) : undefined
}

export function digestUserCode(key: KeyObject, code: UserCode): KeyedDigest {
  return keyedDigestOf(key, code)
}
