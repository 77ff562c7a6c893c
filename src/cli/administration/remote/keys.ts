/** Signing keys of a server. */
import type { Keys, ShownKey } from '../port.ts'
import type { Api } from './api.ts'
import type { Members } from './read.ts'

/** As many as the API tells of. */
const longestList = 900

export function remoteKeys(api: Api): Keys {
  const list = (retired: number): Promise<readonly ShownKey[]> =>
    api.get({ method: 'GET', path: '/keys', query: { retired } }, readKeys)

  return {
    list: ({ retiredToo }) => list(retiredToo ? longestList : 0),

    async rotate({ algorithm, immediately }) {
      const algorithms = algorithm === undefined ? undefined : [algorithm]
      const keys = await api.get(
        { method: 'POST', path: '/keys/rotate', body: { immediately, algorithms } },
        readKeys,
      )
      const state = immediately ? 'current' : 'next'
      return keys.filter((key) => key.state === state && (algorithms?.includes(key.algorithm) ?? true))
    },

    async retire(kid, { force }) {
      const before = (await list(longestList)).find((key) => key.kid === kid)
      if (before === undefined) return { outcome: 'unknown' }
      if (before.state === 'current') return { outcome: 'current' }
      if (before.state === 'retired') return { outcome: 'already_retired' }
      const retired = await api.ask(
        { method: 'POST', path: `/keys/${encodeURIComponent(kid)}/retire`, body: { force } },
        readKey,
      )
      return { outcome: retired === undefined ? 'unknown' : 'retired' }
    },
  }
}

function readKeys(answer: Members): readonly ShownKey[] {
  return answer.objects('items').map(readKey)
}

function readKey(key: Members): ShownKey {
  const state = key.textOrNone('next_state')
  const at = key.instantOrNone('next_state_at')
  return {
    kid: key.text('kid'),
    algorithm: key.text('algorithm'),
    state: key.text('state'),
    createdAt: key.instant('created_at'),
    activatedAt: key.instantOrNone('activated_at'),
    supersededAt: key.instantOrNone('superseded_at'),
    retiredAt: key.instantOrNone('retired_at'),
    next: state === undefined || at === undefined ? undefined : { state, at },
  }
}
