/** Operations on tokens, by their ids: what a token is for is shown, never the token. */
import type { TokenAdministration } from '../../administration/tokens.ts'
import { type ListedToken, tokenStatus, tokenStatuses } from '../../oauth/token/token-list.ts'
import type { Clock, Instant } from '../../shared/clock.ts'
import { type AccountId, type ClientId, isUuid } from '../../shared/ids.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Operation, operation } from './operation.ts'
import { encodePage, pageOf, pageQuery, windowOf } from './paging.ts'
import { ApiProblem } from './problem.ts'
import { answer, choice, list, named, nullable, optional, text, time, uuid } from './schema.ts'

const kinds = ['access', 'refresh'] as const

const tokenSchema = named(
  'Token',
  answer({
    token_id: uuid(),
    token_type: choice(kinds),
    status: choice(tokenStatuses.refresh, {
      description: '`superseded` is a refresh token that was exchanged for its successor.',
    }),
    client_id: text(),
    client_name: text(),
    user_id: nullable(uuid({ description: '`null` when it speaks for its client.' })),
    username: nullable(text()),
    grant_id: nullable(uuid({ description: 'What it came of, together with others.' })),
    scopes: list(text()),
    issued_at: time(),
    expires_at: time(),
  }),
)

export function tokenOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  tokens: TokenAdministration
  clock: Clock
  issuer: string
}): Operation[] {
  const { storage, tokens, clock, issuer } = dependencies
  const { read } = storage

  const find = async (id = ''): Promise<{ token: ListedToken; now: Instant }> => {
    const now = clock.now()
    for (const kind of isUuid(id) ? kinds : []) {
      const { page } = await read.tokenLists.list({ kind, id }, now, { limit: 1 })
      if (page.entries[0] !== undefined) return { token: page.entries[0], now }
    }
    throw new ApiProblem(404, 'there is no such token')
  }

  const act = (
    name: 'revoke' | 'disable' | 'enable',
    summary: string,
    to: 'revoked' | 'disabled' | 'active',
  ): Operation =>
    operation(`POST /tokens/{token_id}/${name}`, {
      id: `${name}Token`,
      group: 'tokens',
      summary,
      answer: tokenSchema,
      refusals: [409],
      async run({ params, by }) {
        const { token: before } = await find(params.token_id)
        const outcome = await tokens[name](before.id, ...by)
        const { token, now } = await find(params.token_id)
        const status = tokenStatus(token, now)
        if (outcome !== 'done' && status !== to) throw new ApiProblem(409, `the token is ${status}`)
        return { answer: encodeToken(token, now) }
      },
    })

  return [
    operation('GET /tokens', {
      id: 'listTokens',
      group: 'tokens',
      summary: 'List tokens of one type, newest first',
      query: {
        token_type: optional(choice(kinds, { description: '`access` unless it is said.' })),
        status: optional(choice(tokenStatuses.refresh)),
        client_id: optional(text({ maxLength: 2048 })),
        user_id: optional(uuid()),
        ...pageQuery,
      },
      answer: named('TokenPage', pageOf(tokenSchema)),
      async run({ query, search }) {
        const now = clock.now()
        const { token_type: kind = 'access', status, client_id: client, user_id: user } = query
        if (kind === 'access' && status === 'superseded') {
          const message = 'is a status of refresh tokens only'
          throw new ApiProblem(400, `status: ${message}`, [{ member: 'status', message }])
        }
        const { page, total } = await read.tokenLists.list(
          {
            kind,
            status,
            clientIds: client === undefined ? undefined : [client as ClientId],
            accountId: user as AccountId | undefined,
          },
          now,
          windowOf(query),
        )
        return {
          answer: encodePage({ issuer, path: '/tokens', search }, page, total, (token) =>
            encodeToken(token, now),
          ),
        }
      },
    }),
    operation('GET /tokens/{token_id}', {
      id: 'getToken',
      group: 'tokens',
      summary: 'Look at a token',
      answer: tokenSchema,
      async run({ params }) {
        const { token, now } = await find(params.token_id)
        return { answer: encodeToken(token, now) }
      },
    }),
    act('revoke', 'Revoke a token for good; a refresh token with all that came of the same grant', 'revoked'),
    act('disable', 'Take a token out of use until it is enabled again', 'disabled'),
    act('enable', 'Put a disabled token back into use', 'active'),
  ]
}

function encodeToken(token: ListedToken, now: Instant) {
  return {
    token_id: token.id,
    token_type: token.kind,
    status: tokenStatus(token, now),
    client_id: token.clientId,
    client_name: token.clientName,
    user_id: token.accountId ?? null,
    username: token.username ?? null,
    grant_id: token.grantId ?? null,
    scopes: token.scopes,
    issued_at: new Date(token.issuedAt).toISOString(),
    expires_at: new Date(token.expiresAt).toISOString(),
  }
}
