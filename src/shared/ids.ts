/**
 * Identifiers. New ids are UUIDv7 (RFC 9562 §5.7): ordered by creation time, so that an insert lands at the end of
 * its index however large the table is. Branded types keep one kind of id from being handed in for another.
 */
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export type ClientId = string & { readonly __brand: 'ClientId' }
export type AccountId = string & { readonly __brand: 'AccountId' }
export type SessionId = string & { readonly __brand: 'SessionId' }
export type DeviceGrantId = string & { readonly __brand: 'DeviceGrantId' }
/** What a person allowed a client once: the family of every token that came from it. */
export type GrantId = string & { readonly __brand: 'GrantId' }
export type AccessTokenId = string & { readonly __brand: 'AccessTokenId' }
export type RefreshTokenId = string & { readonly __brand: 'RefreshTokenId' }
export type AuthorizationRequestId = string & { readonly __brand: 'AuthorizationRequestId' }
export type AuthorizationCodeId = string & { readonly __brand: 'AuthorizationCodeId' }
export type ConsentId = string & { readonly __brand: 'ConsentId' }
export type ResourceId = string & { readonly __brand: 'ResourceId' }
export type IdentityConnectionId = string & { readonly __brand: 'IdentityConnectionId' }
export type PasskeyId = string & { readonly __brand: 'PasskeyId' }
export type PendingSignInId = string & { readonly __brand: 'PendingSignInId' }
export type MailedLinkId = string & { readonly __brand: 'MailedLinkId' }
export type AnnouncementId = string & { readonly __brand: 'AnnouncementId' }

export interface Ids {
  /** A new UUIDv7, strictly greater than every earlier one of this process. */
  next<T extends string = string>(): T
}

/** The counter after the timestamp has 12 + 14 bits here: enough for 67 million ids within one millisecond. */
const counterLimit = 1 << 26

export function createIds(clock: Clock, random: Random): Ids {
  let lastMilliseconds = 0
  let time = ''
  let counter = 0
  const moveTo = (milliseconds: number): void => {
    lastMilliseconds = milliseconds
    const digits = milliseconds.toString(16).padStart(12, '0')
    time = `${digits.slice(0, 8)}-${digits.slice(8)}`
  }
  const randomDigits = (): string =>
    random
      .below(1 << 24)
      .toString(16)
      .padStart(6, '0')
  return {
    next<T extends string>(): T {
      const now = clock.now()
      if (now > lastMilliseconds) {
        moveTo(now)
        counter = random.below(counterLimit >> 2)
      } else if (++counter >= counterLimit) {
        moveTo(lastMilliseconds + 1)
        counter = 0
      }
      const high = ((counter >>> 14) | 0x7000).toString(16)
      const low = ((counter & 0x3fff) | 0x8000).toString(16)
      return `${time}-${high}-${low}-${randomDigits()}${randomDigits()}` as T
    },
  }
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

/** A UUID as 22 base64url characters, for use inside tokens and cookies. */
export function compactUuid(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')
}

/** The UUID behind {@link compactUuid}'s text, or `undefined` when the text is not one. */
export function expandUuid<T extends string>(compact: string): T | undefined {
  if (compact.length !== 22) return undefined
  const hex = Buffer.from(compact, 'base64url').toString('hex')
  if (hex.length !== 32) return undefined
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as T
}
