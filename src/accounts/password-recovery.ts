/**
 * Flow: somebody forgot their password and gets a link by mail. Nobody can tell from the answer, or from how long it
 * takes, whether an address belongs to anybody: whatever there is to do is done beside the request.
 */
import type { Publisher } from '../events/bus.ts'
import type { RequestContext } from '../events/catalogue.ts'
import { addSeconds, type Clock, secondsBetween } from '../shared/clock.ts'
import type { Ids, MailedLinkId } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Secret } from '../shared/secret.ts'
import { issueSelectorSecret, matchesDigest, parseSelectorSecret } from '../shared/selector-secret.ts'
import type { Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import type { AccountMail } from './account-mail.ts'
import type { LinkPurpose, MailedLink } from './mailed-link.ts'
import type { PasswordChange, PasswordChanges } from './password-change.ts'
import { actorOf } from './sessions.ts'
import { normalizeUsername } from './username.ts'

const tokenPrefix = 'agm_'
const resetSeconds = 30 * 60
const verificationSeconds = 24 * 3600
/** Nobody's mailbox is filled by somebody else. */
const secondsBetweenMails = 120

export interface MailedLinks {
  /** Begins to look for whoever `typed`, a username or an address, belongs to, and mails them a link. */
  requestRecovery(typed: string, language: string, context: RequestContext): void
  /** Mails a link that proves that `account` gets mail at its address. */
  requestVerification(account: Account, language: string, context: RequestContext): Promise<void>
  /** Whose token this is. @returns `undefined` when it is not, or no longer, good for `purpose`. */
  find(token: string, purpose: LinkPurpose): Promise<{ account: Account; link: MailedLink } | undefined>
  recover(token: string, password: Secret, language: string, context: RequestContext): Promise<PasswordChange>
  /** Takes the token of a mailed verification. @returns whether it held. */
  verify(token: string, context: RequestContext): Promise<boolean>
  /** Waits for what is done beside requests. */
  settled(): Promise<void>
}

export function createMailedLinks(dependencies: {
  storage: Storage
  passwordChanges: PasswordChanges
  mail: AccountMail
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  issuer: string
  /** Told of what goes wrong where no request waits for it. */
  onFault(error: unknown, context: RequestContext): void
}): MailedLinks {
  const { storage, passwordChanges, mail, publisher, clock, random, ids, issuer } = dependencies
  const underWay = new Set<Promise<void>>()

  /** @returns the token; `undefined` when the last mail is too fresh for another. */
  const issue = async (
    account: Account,
    purpose: LinkPurpose,
    lifeSeconds: number,
  ): Promise<string | undefined> => {
    const now = clock.now()
    const secret = issueSelectorSecret(tokenPrefix, ids.next<MailedLinkId>(), random)
    const issued = await storage.transaction(async (tx) => {
      if (!(await tx.accounts.holdActive(account.id))) return false
      const newest = await tx.mailedLinks.newestOf(account.id, purpose)
      if (newest !== undefined && secondsBetween(newest, now) < secondsBetweenMails) return false
      await tx.mailedLinks.insert({
        id: secret.id,
        digest: secret.digest,
        accountId: account.id,
        purpose,
        email: account.email,
        createdAt: now,
        expiresAt: addSeconds(now, lifeSeconds),
      })
      return true
    })
    return issued ? secret.plaintext : undefined
  }

  const recoverable = async (typed: string): Promise<Account | undefined> => {
    const email = typed.trim()
    const username = normalizeUsername(typed)
    const account =
      (email.includes('@') ? await storage.read.accounts.findByEmail(email) : undefined) ??
      (username === undefined ? undefined : await storage.read.accounts.findByUsername(username))
    // A password that is kept elsewhere is changed elsewhere.
    return account?.status === 'active' && account.authSource === 'local' && account.email !== ''
      ? account
      : undefined
  }

  const recoverByMail = async (typed: string, language: string, context: RequestContext): Promise<void> => {
    const account = await recoverable(typed)
    const token = account && (await issue(account, 'reset_password', resetSeconds))
    publisher.publish({
      type: 'account.recovery_requested',
      at: clock.now(),
      actor: { type: 'anonymous' },
      request: context,
      accountId: account?.id,
      username: account?.username,
      mailed: token !== undefined,
    })
    if (account === undefined || token === undefined) return
    mail.send(account, 'password_reset', language, context, {
      link: `${issuer}/reset-password?token=${token}`,
    })
  }

  const find: MailedLinks['find'] = async (token, purpose) => {
    const presented = parseSelectorSecret<MailedLinkId>(tokenPrefix, token)
    if (presented === undefined) return undefined
    const link = await storage.read.mailedLinks.find(presented.id)
    if (link === undefined || !matchesDigest(presented, link.digest)) return undefined
    if (link.purpose !== purpose || clock.now() >= link.expiresAt) return undefined
    const account = await storage.read.accounts.find(link.accountId)
    return account?.status === 'active' ? { account, link } : undefined
  }

  return {
    requestRecovery(typed, language, context) {
      const work = recoverByMail(typed, language, context)
        .catch((error: unknown) => dependencies.onFault(error, context))
        .finally(() => underWay.delete(work))
      underWay.add(work)
    },

    async requestVerification(account, language, context) {
      if (!mail.possible || account.email === '') return
      const token = await issue(account, 'verify_email', verificationSeconds)
      if (token === undefined) return
      mail.send(account, 'email_verification', language, context, {
        link: `${issuer}/verify-email?token=${token}`,
      })
    },

    find,

    async recover(token, password, language, context) {
      const found = await find(token, 'reset_password')
      if (found === undefined) return { kind: 'lost' }
      const options = { link: found.link.id, language }
      return passwordChanges.change(found.account, password, 'recovery', options, context)
    },

    async verify(token, context) {
      const found = await find(token, 'verify_email')
      if (found === undefined) return false
      const { account, link } = found
      const now = clock.now()
      const verified = await storage.transaction(async (tx) => {
        if ((await tx.mailedLinks.take(link.id)) === undefined) return false
        return tx.accounts.verifyEmail(account.id, link.email, now)
      })
      if (!verified) return false
      publisher.publish({
        type: 'account.email_verified',
        at: now,
        actor: actorOf(account),
        request: context,
        accountId: account.id,
        username: account.username,
      })
      return true
    },

    async settled() {
      await Promise.all(underWay)
      await mail.settled()
    },
  }
}
