/** Tokens of a server. */
import type { ShownToken, TokenMove, Tokens } from '../port.ts'
import type { Api } from './api.ts'
import type { Members } from './read.ts'
import { Conflict } from './refusal.ts'

/** What each act makes of a token. */
const statusAfter = {
  revoke: 'revoked',
  disable: 'disabled',
  enable: 'active',
} as const satisfies Record<TokenMove, string>

export function remoteTokens(api: Api): Tokens {
  const pathOf = (id: string): string => `/tokens/${encodeURIComponent(id)}`
  const get = (id: string): Promise<ShownToken | undefined> =>
    api.ask({ method: 'GET', path: pathOf(id) }, readToken)

  return {
    list: ({ type, status, clientId, userId, limit }) =>
      api.list(
        '/tokens',
        { token_type: type, status, client_id: clientId, user_id: userId },
        readToken,
        limit,
      ),

    async move(id, move) {
      const before = await get(id)
      if (before === undefined || before.status === statusAfter[move])
        return before && { status: before.status }
      try {
        return (await api.ask({ method: 'POST', path: `${pathOf(id)}/${move}` }, readToken)) && 'done'
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        const now = await get(id)
        return now && { status: now.status }
      }
    },
  }
}

function readToken(token: Members): ShownToken {
  return {
    id: token.text('token_id'),
    type: token.text('token_type'),
    status: token.text('status'),
    clientId: token.text('client_id'),
    clientName: token.text('client_name'),
    username: token.textOrNone('username'),
    scopes: token.texts('scopes'),
    issuedAt: token.instant('issued_at'),
    expiresAt: token.instant('expires_at'),
  }
}
