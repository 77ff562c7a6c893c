/**
 * Clients, remembered for a moment: every request names one, and they hardly change. Another process may change one at
 * any time, so nothing is kept longer than the time to live; and since tokens are only stored while their client is
 * still active (`oauth/gate.ts`), what is remembered can never give a deleted client a token.
 */
import type { Client } from '../oauth/client.ts'
import type { ClientReader } from '../oauth/client-store.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'

export interface CacheObserver {
  hit(): void
  miss(): void
  failed(): void
}

export interface ClientCache extends Pick<ClientReader, 'find'> {
  /** Forgets one client, when this process has changed it. */
  forget(id: ClientId): void
}

/** Clients remembered at once; beyond it the longest remembered goes. */
const capacity = 10_000

interface Entry {
  client: Promise<Client | undefined>
  expiresAtSeconds: number
}

export function createClientCache(dependencies: {
  clients: Pick<ClientReader, 'find'>
  clock: Clock
  ttlSeconds: number
  observer: CacheObserver
}): ClientCache {
  const { clients, clock, ttlSeconds, observer } = dependencies
  const entries = new Map<ClientId, Entry>()

  const load = (id: ClientId, now: number): Promise<Client | undefined> => {
    observer.miss()
    const client = clients.find(id)
    entries.delete(id)
    if (entries.size >= capacity) entries.delete(entries.keys().next().value!)
    const entry = { client, expiresAtSeconds: now + ttlSeconds }
    entries.set(id, entry)
    const forgetThis = (): void => {
      if (entries.get(id) === entry) entries.delete(id)
    }
    // Neither an absence nor a failure is remembered: a new client works at once, and so does a database that is back.
    client.then(
      (found) => {
        if (found === undefined) forgetThis()
      },
      () => {
        observer.failed()
        forgetThis()
      },
    )
    return client
  }

  return {
    find(id) {
      const now = clock.monotonicSeconds()
      const entry = entries.get(id)
      if (entry === undefined || entry.expiresAtSeconds <= now) return load(id, now)
      observer.hit()
      return entry.client
    },
    forget(id) {
      entries.delete(id)
    },
  }
}
