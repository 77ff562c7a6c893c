/** Tokens of the configured database. */
import { createTokenAdministration } from '../../../administration/tokens.ts'
import { type ListedToken, type TokenStatus, tokenStatus } from '../../../oauth/token/token-list.ts'
import type { Instant } from '../../../shared/clock.ts'
import { type AccountId, type ClientId, isUuid } from '../../../shared/ids.ts'
import type { AdministrationTools } from '../../database.ts'
import type { ShownToken, Tokens } from '../port.ts'

const pageSize = 100

export function localTokens(tools: AdministrationTools): Tokens {
  const { storage, actor, clock } = tools
  const { tokenLists } = storage.read
  const administration = createTokenAdministration(tools)

  const statusOf = async (id: string): Promise<TokenStatus | undefined> => {
    const now = clock.now()
    for (const kind of isUuid(id) ? (['access', 'refresh'] as const) : []) {
      const [found] = (await tokenLists.list({ kind, id }, now, { limit: 1 })).page.entries
      if (found !== undefined) return tokenStatus(found, now)
    }
    return undefined
  }

  return {
    async list({ type, status, clientId, userId, limit }) {
      const now = clock.now()
      const filter = {
        kind: type,
        status: status as TokenStatus | undefined,
        clientIds: clientId === undefined ? undefined : [clientId as ClientId],
        accountId: userId as AccountId | undefined,
      }
      const tokens: ListedToken[] = []
      for (let after: string | undefined; tokens.length < limit; ) {
        const window = { limit: Math.min(pageSize, limit - tokens.length), after }
        const { page } = await tokenLists.list(filter, now, window)
        tokens.push(...page.entries)
        if (page.next === null) break
        after = page.next
      }
      return tokens.map((token) => shownToken(token, now))
    },

    async move(id, move) {
      if (!isUuid(id)) return undefined
      if ((await administration[move](id, actor)) === 'done') return 'done'
      const status = await statusOf(id)
      return status && { status }
    },
  }
}

function shownToken(token: ListedToken, now: Instant): ShownToken {
  return {
    id: token.id,
    type: token.kind,
    status: tokenStatus(token, now),
    clientId: token.clientId,
    clientName: token.clientName,
    username: token.username,
    scopes: token.scopes,
    issuedAt: token.issuedAt,
    expiresAt: token.expiresAt,
  }
}
