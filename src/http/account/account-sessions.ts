/**
 * `/account/sessions`: a person's own browser sessions and connected apps, and the forms that end them. `/` leads
 * there.
 */
import type { Session } from '../../accounts/session.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { GrantOverview } from '../../oauth/token/store.ts'
import type { Withdrawal } from '../../oauth/token/withdraw.ts'
import type { Clock } from '../../shared/clock.ts'
import { type GrantId, isUuid, type SessionId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import {
  AccountSessionsPage,
  type BrowserSession,
  type ConnectedApp,
  type SessionsNotice,
  sessionsNotices,
} from '../../views/pages/account-sessions.tsx'
import { type Endpoint, type HttpAnswer, PageError } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'
import { afterLoginPath } from '../paths.ts'
import { signedOutPath } from './logout.ts'
import { providerNames } from './provider-names.ts'

const path = afterLoginPath

export function createAccountSessionsEndpoints(dependencies: {
  kit: PageKit
  sessions: Sessions
  withdrawal: Withdrawal
  storage: Storage
  clock: Clock
}): Endpoint[] {
  const { kit, sessions, withdrawal, storage, clock } = dependencies
  const returnTo = () => path
  const done = (notice: SessionsNotice): HttpAnswer => kit.goTo(`${path}?notice=${notice}`)

  return [
    { method: 'GET', path: '/', kind: 'page', handle: () => kit.goTo(path) },
    kit.signedInGet({
      path,
      async handle({ request, session, account, props }) {
        const query = new URLSearchParams(request.query)
        const now = clock.now()
        const lists = {
          sessions: readListRequest(request, 'sessions'),
          apps: readListRequest(request, 'apps'),
        }
        const [live, sessionCount, grants, grantCount, tokens] = await Promise.all([
          storage.read.sessions.page(account.id, now, lists.sessions.window),
          storage.read.sessions.count(account.id, now),
          storage.read.grants.pageLive(account.id, now, lists.apps.window),
          storage.read.grants.countLive(account.id, now),
          storage.read.tokenLists.liveOf({ accountId: account.id }, now),
        ])
        return page(200, AccountSessionsPage, {
          ...props,
          now,
          sessions: {
            items: live.entries.map((row) => browserSession(row, session.id)),
            paging: lists.sessions.paging(kit.site, path, live, sessionCount),
          },
          apps: {
            items: grants.entries.map(connectedApp),
            paging: lists.apps.paging(kit.site, path, grants, grantCount),
          },
          liveTokens: {
            count: tokens.accessTokens.count + tokens.refreshTokens.count,
            atLeast: tokens.accessTokens.atLeast || tokens.refreshTokens.atLeast,
          },
          notice: noticeOf(query.get('notice')),
        })
      },
    }),
    kit.signedInPost({
      path: `${path}/:id/end`,
      returnTo,
      async handle({ request, session, account }) {
        const id = idFrom<SessionId>(request.params.id)
        if (id === session.id) {
          await sessions.signOut(session, account, request.context)
          return kit.goToSignedOut(signedOutPath)
        }
        const outcome = await sessions.endAnother(account, id, request.context)
        if (outcome === 'not_found') throw new PageError(404)
        return done('session_ended')
      },
    }),
    kit.signedInPost({
      path: `${path}/end-others`,
      returnTo,
      async handle({ request, session, account }) {
        await sessions.endOthers(account, session.id, request.context)
        return done('sessions_ended')
      },
    }),
    kit.signedInPost({
      path: '/account/grants/:id/revoke',
      returnTo,
      async handle({ request, account }) {
        const outcome = await withdrawal.withdraw(
          account,
          idFrom<GrantId>(request.params.id),
          request.context,
        )
        if (outcome === 'not_found') throw new PageError(404)
        return done('grant_revoked')
      },
    }),
    kit.signedInPost({
      path: `${path}/revoke-all`,
      returnTo,
      async handle({ request, account }) {
        await withdrawal.withdrawAll(account, request.context)
        return done('grants_revoked')
      },
    }),
  ]
}

/** @throws {PageError} 404 when the path holds no id. */
export function idFrom<Id extends string>(text: string | undefined): Id {
  if (text === undefined || !isUuid(text)) throw new PageError(404)
  return text as string as Id
}

function noticeOf(code: string | null): SessionsNotice | null {
  return sessionsNotices.find((notice) => notice === code) ?? null
}

export function browserSession(session: Session, currentId: SessionId | undefined): BrowserSession {
  const { authSource } = session
  return {
    id: session.id,
    current: session.id === currentId,
    userAgent: session.userAgent || null,
    address: session.ip || null,
    signedInWith:
      authSource === 'local' || authSource === 'http_api'
        ? 'password'
        : { provider: providerNames[authSource] },
    startedAt: session.createdAt,
    lastSeenAt: session.lastSeenAt,
  }
}

export function connectedApp(overview: GrantOverview): ConnectedApp {
  const { grant, clientName } = overview
  return {
    id: grant.id,
    clientId: grant.clientId,
    clientName,
    signedInAt: grant.createdAt,
    address: grant.requestIp || null,
    userAgent: grant.requestUserAgent || null,
    lastUsedAt: grant.lastUsedAt > grant.createdAt ? grant.lastUsedAt : null,
    expiresAt: grant.expiresAt,
    scopes: grant.scopes,
    liveTokens: liveTokens(overview),
  }
}

function liveTokens(overview: GrantOverview): number {
  return overview.liveAccessTokens + overview.liveRefreshTokens
}
