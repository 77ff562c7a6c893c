/**
 * Which passwords a person may choose, after NIST SP 800-63B §5.1.1.2: long enough, and none of those that a guesser
 * tries first. No rules about kinds of characters, which make passwords harder for people and not for guessers. Pure,
 * but for the list of common passwords, which {@link judgePassword} loads.
 */
import { commonPasswords } from './common-passwords.ts'
import { maxPasswordBytes } from './password.ts'

/** Why a password is refused; pages and the command line have words for each. */
export type PasswordProblem =
  | 'control_characters'
  | 'too_short'
  | 'too_long'
  /** Little more than the name or address of its owner, or the name of this product. */
  | 'personal'
  /** One thing over and over, or a run of the alphabet, the digits or the keyboard. */
  | 'trivial'
  /** On the list of those that leaked most often, also with a few characters added. */
  | 'common'

export interface PasswordOwner {
  readonly username: string
  readonly email: string
}

/** What the sign-in form takes. */
export const maxPasswordLength = 255
/** A name with this much or less around it is still the name. */
const personalRemainder = 3
/** What people add to a password that was refused: a year, a digit and a mark. */
const maxDecoration = 4
const minPersonalLength = 3
const minCommonStem = 4

const runs = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
]
const productNames = ['authgate']
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** @returns the first reason to refuse it, `undefined` when it may be used. */
export async function judgePassword(
  password: string,
  owner: PasswordOwner,
  minLength: number,
): Promise<PasswordProblem | undefined> {
  return (
    passwordProblem(password, owner, minLength) ??
    (isCommon(password, await commonPasswords()) ? 'common' : undefined)
  )
}

/** What can be said without the list. */
export function passwordProblem(
  password: string,
  owner: PasswordOwner,
  minLength: number,
): PasswordProblem | undefined {
  // The sign-in form takes none either: a password with one could never be typed in.
  if (/\p{Cc}/u.test(password)) return 'control_characters'
  // A person counts what they see, not code units.
  if ([...password].length < minLength) return 'too_short'
  if (password.length > maxPasswordLength || Buffer.byteLength(password) > maxPasswordBytes) return 'too_long'
  if (isTrivial(password)) return 'trivial'
  if (isPersonal(password, owner)) return 'personal'
  return undefined
}

/** Whether a password is on the list, or what is on it with a capital, look-alikes or a little something behind. */
export function isCommon(password: string, list: ReadonlySet<string>): boolean {
  const lower = password.toLowerCase()
  const candidates = [lower, plain(lower)]
  const stem = /^(.*?)[\d\W_]*$/su.exec(lower)?.[1] ?? ''
  if (stem.length >= minCommonStem && lower.length - stem.length <= maxDecoration)
    candidates.push(stem, plain(stem))
  return candidates.some((candidate) => list.has(candidate))
}

function plain(text: string): string {
  return text.replace(/[013457@$!]/g, (character) => lookalikes[character]!)
}

function isTrivial(password: string): boolean {
  const lower = password.toLowerCase()
  // The same few characters over and over: `aaaaaaaa`, `abcabcabc`.
  if (/^(.{1,4}?)\1+.{0,3}$/su.test(lower)) {
    const unit = /^(.{1,4}?)\1+/su.exec(lower)![1]!
    if (lower.replaceAll(unit, '').length < unit.length) return true
  }
  return stepsAlong(lower) >= lower.length - 1 - Math.floor(lower.length / 8)
}

/** How many of its characters follow the one before them in the alphabet, the digits or on a keyboard, either way. */
function stepsAlong(text: string): number {
  let steps = 0
  for (let index = 1; index < text.length; index++) {
    const pair = text.slice(index - 1, index + 1)
    const back = pair[1]! + pair[0]!
    if (pair[0] === pair[1] || runs.some((run) => run.includes(pair) || run.includes(back))) steps++
  }
  return steps
}

function isPersonal(password: string, owner: PasswordOwner): boolean {
  const lower = password.toLowerCase()
  const email = owner.email.toLowerCase()
  const parts = [owner.username.toLowerCase(), email, email.split('@')[0]!, ...productNames]
  return parts.some((part) => {
    if (part.length < minPersonalLength || !lower.includes(part)) return false
    return lower.replaceAll(part, '').length <= personalRemainder
  })
}
