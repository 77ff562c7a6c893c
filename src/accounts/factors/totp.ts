/**
 * Codes of an authenticator app: TOTP (RFC 6238) as every app knows it, SHA-1, six digits, thirty seconds. The numbers come
 * from `otpauth`; which of them is taken, and how often, is decided here. Pure.
 */
import { Secret as OtpSecret, TOTP } from 'otpauth'
import type { Instant } from '../../shared/clock.ts'
import type { AccountId } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'

const stepSeconds = 30
/** RFC 6238 §5.2 recommends one step, for the time that typing takes and clocks that differ. */
const driftSteps = 1
/** RFC 4226 §4: "RECOMMENDED … 160 bits". */
const secretBytes = 20

/** Binds an encrypted secret to whose it is. */
export function totpSecretPurpose(accountId: AccountId): string {
  return `totp ${accountId}`
}

export function newTotpSecret(random: Random): Buffer {
  return random.bytes(secretBytes)
}

/**
 * Looks whether a typed code is one of now, a step before or a step after.
 * @returns its time step; `undefined` when it is none. Whether one was taken for that step before is the store's to say.
 */
export function totpStepOf(secret: Buffer, typed: string, now: Instant): number | undefined {
  const token = typed.replace(/[\s-]/g, '')
  if (!/^\d{6}$/.test(token)) return undefined
  const delta = totp(secret).validate({ token, timestamp: now, window: driftSteps })
  return delta === null ? undefined : Math.floor(now / 1000 / stepSeconds) + delta
}

/** The code an app shows. */
export function totpCode(secret: Buffer, now: Instant): string {
  return totp(secret).generate({ timestamp: now })
}

/** What a QR code says to an app (Key URI format), with who issues it and for whom. */
export function totpAddress(secret: Buffer, labels: { issuer: string; username: string }): string {
  return totp(secret, labels).toString()
}

/** The secret in base32, in groups of four, for people who type it. */
export function typedTotpSecret(secret: Buffer): string {
  return otpSecret(secret)
    .base32.match(/.{1,4}/g)!
    .join(' ')
}

function totp(secret: Buffer, labels?: { issuer: string; username: string }): TOTP {
  return new TOTP({
    secret: otpSecret(secret),
    algorithm: 'SHA1',
    digits: 6,
    period: stepSeconds,
    ...(labels === undefined ? {} : { issuer: labels.issuer, label: labels.username }),
  })
}

function otpSecret(secret: Buffer): OtpSecret {
  return new OtpSecret({ buffer: new Uint8Array(secret).buffer })
}
