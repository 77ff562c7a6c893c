/**
 * Mail about somebody's account: written in the language they read the pages in, sent beside the request, since nobody
 * should wait for a mail server, or learn from its slowness that there was something to send.
 */
import type { Publisher } from '../events/bus.ts'
import type { MailKind, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { Account } from './account.ts'
import type { Mail, Mailer } from './mailer.ts'
import { actorOf } from './sessions.ts'

/** What a mail can say. */
export interface MailFacts {
  readonly username: string
  /** Where the reader goes on, if anywhere. */
  readonly link: string | undefined
  readonly context: Pick<RequestContext, 'ip'>
}

export type MailWriter = (kind: MailKind, language: string, facts: MailFacts) => Omit<Mail, 'to'>

export interface AccountMail {
  /** Whether this server can send mail at all. */
  readonly possible: boolean
  /**
   * Sends a mail, by and by.
   * @param to `undefined`: the account's address. @param language tag of the reader's language.
   */
  send(
    account: Account,
    kind: MailKind,
    language: string,
    context: RequestContext,
    options?: { link?: string; to?: string },
  ): void
  /** Waits for what is on its way. */
  settled(): Promise<void>
}

export function createAccountMail(dependencies: {
  mailer: Mailer | undefined
  write: MailWriter
  publisher: Publisher
  clock: Clock
}): AccountMail {
  const { mailer, write, publisher, clock } = dependencies
  const underWay = new Set<Promise<void>>()

  const deliver = async (
    to: Mailer,
    account: Account,
    kind: MailKind,
    mail: Mail,
    context: RequestContext,
  ): Promise<void> => {
    const startedAt = clock.monotonicSeconds()
    let problem: string | undefined
    try {
      await to.send(mail)
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
    publisher.publish({
      type: 'mail.sent',
      at: clock.now(),
      actor: actorOf(account),
      request: context,
      accountId: account.id,
      kind,
      result: problem === undefined ? 'success' : 'error',
      problem,
      durationSeconds: clock.monotonicSeconds() - startedAt,
    })
  }

  return {
    possible: mailer !== undefined,
    send(account, kind, language, context, { link, to = account.email } = {}) {
      if (mailer === undefined || to === '') return
      const mail = { to, ...write(kind, language, { username: account.username, link, context }) }
      const work = deliver(mailer, account, kind, mail, context).finally(() => underWay.delete(work))
      underWay.add(work)
    },
    async settled() {
      await Promise.all(underWay)
    },
  }
}
