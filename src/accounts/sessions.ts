/**
 * Flows of browser sessions: begin, recognize, end. A session is a row; its cookie holds a secret of which the row
 * keeps a digest. It ends exactly once, for one reason, whoever notices first, and each end is announced.
 */
import type { Config } from '../config/load.ts'
import type { Publisher } from '../events/bus.ts'
import type { Actor, AuthSource, EventOf, RequestContext, SessionEndReason } from '../events/catalogue.ts'
import { addSeconds, type Clock, type Instant, secondsBetween } from '../shared/clock.ts'
import type { AccountId, Ids, SessionId } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import { issueSelectorSecret, matchesDigest, parseSelectorSecret } from '../shared/selector-secret.ts'
import type { Storage } from '../storage/storage.ts'
import type { Account } from './account.ts'
import type { Proof } from './authentication.ts'
import { fingerprintOf, naturalEnd, type Session } from './session.ts'
import type { EndedSession } from './store.ts'

const cookiePrefix = 'ags_'

/** A use is noted at most this often: one write per page would cost more than the precision is worth. */
const touchIntervalSeconds = 60
/** Of the idle limit, at most this part may be lost to that. */
const touchFraction = 10

const sweepBatch = 200
/** A sweep stops after this many batches; the next one goes on. */
const sweepMaxBatches = 50

export type SessionLookup =
  | { readonly kind: 'live'; readonly session: Session; readonly account: Account }
  /** The cookie's session is over, now or since earlier. */
  | { readonly kind: 'ended'; readonly reason: SessionEndReason; readonly accountId: AccountId }
  | { readonly kind: 'none' }

export interface BegunSession {
  session: Session
  /** What the browser keeps. Never stored, never logged. */
  cookieValue: string
  /** Seconds the browser should keep it; `undefined` until it is closed. */
  keepForSeconds: number | undefined
}

export interface Sessions {
  /**
   * Begins a session under a new id. A session this browser still had is ended in the same transaction, so that
   * nobody's session is taken over by the next person.
   * @param account as it was when the person's credentials were found to be right.
   * @returns why there is none, with nothing changed: the account is no longer active, or no longer has the password
   * that was compared.
   */
  begin(
    account: Account,
    options: {
      authSource: AuthSource
      rememberMe: boolean
      replaces: Session | undefined
      /** What was proved. */
      methods: readonly Proof[]
    },
    context: RequestContext,
  ): Promise<BegunSession | 'account_inactive' | 'password_replaced'>
  /**
   * Recognizes a cookie value. A session found past its time, in another browser or without an active account is
   * ended here.
   */
  resolve(cookieValue: string | undefined, context: RequestContext): Promise<SessionLookup>
  /** Ends the session that asks for it. */
  signOut(session: Session, account: Account, context: RequestContext): Promise<void>
  /** Ends another session of one's own. @returns `not_found` when it is nobody's or somebody else's. */
  endAnother(account: Account, id: SessionId, context: RequestContext): Promise<'ended' | 'not_found'>
  /** Ends every session of a person but `kept`. */
  endOthers(account: Account, kept: SessionId, context: RequestContext): Promise<void>
  /** Ends what ran out without anybody noticing. Safe to run on several servers at once. @returns how many. */
  sweep(): Promise<number>
}

export function createSessions(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  settings: Config['sessions']
}): Sessions {
  const { storage, publisher, clock, random, ids, settings } = dependencies

  const announceEnd = (
    ended: EndedSession,
    actor: Actor,
    request: RequestContext | undefined,
    byOwnLogout = false,
  ): void => {
    publisher.publish(sessionEnded(ended, { at: clock.now(), actor, request, byOwnLogout }))
  }

  /** Ends a session that is found to be over; announced by the one caller who ends it. */
  const endFound = async (
    session: Session,
    reason: SessionEndReason,
    at: Instant,
    context: RequestContext,
  ): Promise<SessionLookup> => {
    const ended = await storage.transaction((tx) => tx.sessions.end(session.id, reason, at))
    if (ended !== undefined) announceEnd(ended, { type: 'system' }, context)
    return { kind: 'ended', reason, accountId: session.accountId }
  }

  /** The reason and instant a person's act ends a session with: if its time ran out before, that stands. */
  const endByOwner = (session: Session, now: Instant): { reason: SessionEndReason; at: Instant } => {
    const natural = naturalEnd(session)
    return now >= natural.at ? natural : { reason: 'logout', at: now }
  }

  const fingerprint = (context: RequestContext): string | undefined =>
    settings.fingerprint
      ? fingerprintOf(context.userAgent, settings.fingerprintIp ? context.ip : undefined)
      : undefined

  return {
    async begin(account, { authSource, rememberMe, replaces, methods }, context) {
      const now = clock.now()
      const remembered = rememberMe && settings.rememberMeEnabled
      const lifeSeconds = remembered ? settings.rememberMeMaxAge : settings.maxAge
      const secret = issueSelectorSecret(cookiePrefix, ids.next<SessionId>(), random)
      const session: Session = {
        id: secret.id,
        digest: secret.digest,
        accountId: account.id,
        authSource,
        createdAt: now,
        authenticatedAt: now,
        methods,
        lastSeenAt: now,
        expiresAt: addSeconds(now, lifeSeconds),
        idleTimeoutSeconds: remembered ? 0 : settings.idleTimeout,
        fingerprint: fingerprint(context),
        ip: context.ip,
        userAgent: context.userAgent,
        endedAt: undefined,
        endReason: undefined,
      }
      const begun = await storage.transaction(async (tx) => {
        if (!(await tx.accounts.holdActive(account.id))) return 'account_inactive'
        const current = await tx.accounts.find(account.id)
        if (current?.passwordHash !== account.passwordHash) return 'password_replaced'
        const end = replaces === undefined ? undefined : endByOwner(replaces, now)
        const replaced =
          replaces === undefined || end === undefined
            ? undefined
            : await tx.sessions.end(replaces.id, end.reason, end.at)
        await tx.sessions.insert(session)
        return { replaced }
      })
      if (typeof begun === 'string') return begun
      const actor = actorOf(account)
      if (begun.replaced !== undefined) announceEnd(begun.replaced, actor, context)
      publisher.publish({
        type: 'session.created',
        at: now,
        actor,
        request: context,
        sessionId: session.id,
        accountId: account.id,
        authSource,
      })
      return { session, cookieValue: secret.plaintext, keepForSeconds: remembered ? lifeSeconds : undefined }
    },

    async resolve(cookieValue, context) {
      if (cookieValue === undefined) return { kind: 'none' }
      const presented = parseSelectorSecret<SessionId>(cookiePrefix, cookieValue)
      if (presented === undefined) return { kind: 'none' }
      const session = await storage.read.sessions.find(presented.id)
      if (session === undefined || !matchesDigest(presented, session.digest)) return { kind: 'none' }
      if (session.endReason !== undefined) {
        return { kind: 'ended', reason: session.endReason, accountId: session.accountId }
      }

      const now = clock.now()
      const natural = naturalEnd(session)
      if (now >= natural.at) return endFound(session, natural.reason, natural.at, context)
      const seen = fingerprint(context)
      if (seen !== undefined && session.fingerprint !== undefined && seen !== session.fingerprint) {
        return endFound(session, 'fingerprint_mismatch', now, context)
      }
      const account = await storage.read.accounts.find(session.accountId)
      if (account === undefined || account.status !== 'active') {
        return endFound(session, 'admin', now, context)
      }
      if (secondsBetween(session.lastSeenAt, now) >= touchAfterSeconds(session)) {
        await storage.transaction((tx) => tx.sessions.touch(session.id, now))
      }
      return { kind: 'live', session, account }
    },

    async signOut(session, account, context) {
      const now = clock.now()
      const ended = await storage.transaction((tx) => tx.sessions.end(session.id, 'logout', now))
      if (ended !== undefined) announceEnd(ended, actorOf(account), context, true)
    },

    async endAnother(account, id, context) {
      const session = await storage.read.sessions.find(id)
      if (session === undefined || session.accountId !== account.id) return 'not_found'
      const { reason, at } = endByOwner(session, clock.now())
      const ended = await storage.transaction((tx) => tx.sessions.end(session.id, reason, at))
      if (ended !== undefined) announceEnd(ended, actorOf(account), context)
      return 'ended'
    },

    async endOthers(account, kept, context) {
      const now = clock.now()
      const ended = await storage.transaction((tx) => tx.sessions.endAllOf(account.id, 'logout', now, kept))
      for (const session of ended) announceEnd(session, actorOf(account), context)
    },

    async sweep() {
      let total = 0
      for (let batch = 0; batch < sweepMaxBatches; batch++) {
        const now = clock.now()
        const ended = await storage.transaction((tx) => tx.sessions.endRunOut(now, sweepBatch))
        for (const session of ended) announceEnd(session, { type: 'system' }, undefined)
        total += ended.length
        if (ended.length < sweepBatch) break
      }
      return total
    },
  }
}

/** The event of a session's end, whoever ended it. */
export function sessionEnded(
  ended: EndedSession,
  act: Pick<EventOf<'session.ended'>, 'at' | 'actor' | 'request'> & { byOwnLogout?: boolean },
): EventOf<'session.ended'> {
  return {
    byOwnLogout: false,
    ...act,
    type: 'session.ended',
    sessionId: ended.id,
    accountId: ended.accountId,
    reason: ended.reason,
    durationSeconds: Math.max(0, secondsBetween(ended.createdAt, ended.endedAt)),
  }
}

export function actorOf(account: Account): Actor {
  return { type: 'account', id: account.id, name: account.username }
}

function touchAfterSeconds(session: Session): number {
  const { idleTimeoutSeconds } = session
  return idleTimeoutSeconds === 0
    ? touchIntervalSeconds
    : Math.min(touchIntervalSeconds, idleTimeoutSeconds / touchFraction)
}
