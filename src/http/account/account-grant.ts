/**
 * `/account/grants/:id`: the tokens that one app or device holds to act for a person, and the forms that pause, resume and
 * end one of them: `/account/sessions/:id/{disable,enable,revoke}` take the id of a token there, as
 * `/account/sessions/:id/end` takes that of a browser session.
 */
import type { TokenOutcome } from '../../oauth/token/control.ts'
import { type ListedToken, tokenStatus } from '../../oauth/token/token-list.ts'
import type { OwnTokens } from '../../oauth/token/withdraw.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import type { GrantId } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import {
  AccountGrantPage,
  type GrantNotice,
  grantNotices,
  type OwnToken,
} from '../../views/pages/account-grant.tsx'
import { type Endpoint, PageError } from '../endpoint.ts'
import { readListRequest } from '../list-request.ts'
import { type PageKit, page } from '../page.ts'
import { afterLoginPath } from '../paths.ts'
import { connectedApp, idFrom } from './account-sessions.ts'

const acts = {
  revoke: 'token_ended',
  disable: 'token_paused',
  enable: 'token_resumed',
} as const satisfies Record<string, GrantNotice>

export function createAccountGrantEndpoints(dependencies: {
  kit: PageKit
  ownTokens: OwnTokens
  storage: Storage
  clock: Clock
}): Endpoint[] {
  const { kit, ownTokens, storage, clock } = dependencies

  const act = (name: keyof typeof acts): Endpoint =>
    kit.signedInPost({
      path: `/account/sessions/:id/${name}`,
      returnTo: () => afterLoginPath,
      async handle({ request, account }) {
        const id = idFrom<string>(request.params.id)
        const { outcome, grantId } = await ownTokens[name](account, id, request.context)
        if (outcome === 'not_found') throw new PageError(404)
        const grant = grantId === undefined ? undefined : await storage.read.grants.find(grantId)
        if (grant === undefined || grant.endedAt !== undefined) {
          return kit.goTo(`${afterLoginPath}?notice=grant_revoked`)
        }
        return kit.goTo(`/account/grants/${grant.id}?notice=${noticeOf(name, outcome)}`)
      },
    })

  return [
    kit.signedInGet({
      path: '/account/grants/:id',
      async handle({ request, account, props }) {
        const grant = await storage.read.grants.find(idFrom<GrantId>(request.params.id))
        if (grant === undefined || grant.accountId !== account.id || grant.endedAt !== undefined) {
          throw new PageError(404)
        }
        const now = clock.now()
        const list = readListRequest(request)
        const [tokens, total, client] = await Promise.all([
          storage.read.tokenLists.pageOfGrant(grant.id, now, list.window),
          storage.read.tokenLists.countOfGrant(grant.id, now),
          storage.read.clients.find(grant.clientId),
        ])
        const { liveTokens: _, ...app } = connectedApp({
          grant,
          clientName: client?.name ?? grant.clientId,
          liveAccessTokens: 0,
          liveRefreshTokens: 0,
        })
        return page(200, AccountGrantPage, {
          ...props,
          now,
          app,
          tokens: tokens.entries.map((token) => ownToken(token, now)),
          paging: list.paging(kit.site, `/account/grants/${grant.id}`, tokens, total),
          living: total,
          notice: list.choice('notice', grantNotices) || null,
        })
      },
    }),
    act('revoke'),
    act('disable'),
    act('enable'),
  ]
}

function noticeOf(name: keyof typeof acts, outcome: TokenOutcome): GrantNotice {
  return outcome === 'done' ? acts[name] : 'token_unchanged'
}

function ownToken(token: ListedToken, now: Instant): OwnToken {
  const { id, kind, scopes, issuedAt, expiresAt } = token
  return { id, kind, scopes, issuedAt, expiresAt, paused: tokenStatus(token, now) === 'disabled' }
}
