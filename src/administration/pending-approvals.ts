/**
 * How many clients wait for an administrator, which every page of theirs shows: counted anew when a client changed in
 * this process, else once in a few seconds, because another process may have changed one.
 */

import type { EventBus } from '../events/bus.ts'
import type { EventType } from '../events/catalogue.ts'
import type { ClientReader } from '../oauth/client-store.ts'
import type { Clock } from '../shared/clock.ts'

/** What can make a client wait, or end that. */
const changes = [
  'client.created',
  'client.registered',
  'client.updated',
  'client.approved',
  'client.rejected',
  'client.activated',
  'client.deactivated',
  'client.deleted',
  'client_document.discovered',
] as const satisfies readonly EventType[]

export const pendingApprovalsLifeSeconds = 5

/** @returns a count that never reaches beyond what is counted of a list. */
export function createPendingApprovals(dependencies: {
  clients: Pick<ClientReader, 'count'>
  clock: Clock
  bus: Pick<EventBus, 'on'>
}): () => Promise<number> {
  const { clients, clock, bus } = dependencies
  let counted: { count: Promise<number>; until: number } | undefined
  for (const type of changes) {
    bus.on(type, () => {
      counted = undefined
    })
  }
  return () => {
    const now = clock.monotonicSeconds()
    if (counted !== undefined && now < counted.until) return counted.count
    const count = clients.count({ status: 'pending' }).then((total) => total.count)
    const fresh = { count, until: now + pendingApprovalsLifeSeconds }
    counted = fresh
    // A failure is not remembered.
    count.catch(() => {
      if (counted === fresh) counted = undefined
    })
    return count
  }
}
