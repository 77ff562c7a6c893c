/** Links that are sent by mail and prove, when they come back, that their reader gets mail at an address. */
import type { Instant } from '../shared/clock.ts'
import type { SecretDigest } from '../shared/digest.ts'
import type { AccountId, MailedLinkId } from '../shared/ids.ts'

export type LinkPurpose = 'reset_password' | 'verify_email'

export interface MailedLink {
  id: MailedLinkId
  /** Of the whole token. */
  digest: SecretDigest
  accountId: AccountId
  purpose: LinkPurpose
  /** Where it was sent. */
  email: string
  createdAt: Instant
  expiresAt: Instant
}

export interface MailedLinkReader {
  find(id: MailedLinkId): Promise<MailedLink | undefined>
  /** When a person was last sent a link of this purpose, if it is still kept. */
  newestOf(accountId: AccountId, purpose: LinkPurpose): Promise<Instant | undefined>
}

export interface MailedLinkStore extends MailedLinkReader {
  /** The only link of its purpose from now on: those before it are gone. */
  insert(link: MailedLink): Promise<void>
  /** Takes it away, for exactly one caller. */
  take(id: MailedLinkId): Promise<MailedLink | undefined>
  /** Takes away every link of a person. */
  deleteAllOf(accountId: AccountId): Promise<void>
  deleteExpired(before: Instant, limit: number): Promise<number>
}
