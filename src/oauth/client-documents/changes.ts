/** What a document says otherwise than before, as far as it matters to people and operators. Pure. */
import type { ClientDocumentChange } from '../../events/catalogue.ts'
import type { Client } from '../client.ts'
import { redirectHosts } from '../redirect-hosts.ts'
import type { DescribedClient } from './document.ts'

export function changesBetween(before: Client, after: DescribedClient): ClientDocumentChange[] {
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
  const methodOf = ({ metadata }: DescribedClient): unknown[] => [
    metadata.tokenEndpointAuthMethod,
    metadata.mayAssert,
  ]
  const keysOf = ({ metadata }: DescribedClient): unknown[] => [metadata.jwks, metadata.jwksUri]
  const changes: [ClientDocumentChange, boolean][] = [
    ['redirect_hosts', !same(redirectHosts(before).sort(), redirectHosts(after).sort())],
    ['authentication', !same(methodOf(before), methodOf(after))],
    ['keys', !same(keysOf(before), keysOf(after))],
    ['name', before.name !== after.name],
  ]
  return changes.flatMap(([change, happened]) => (happened ? [change] : []))
}

/** Whether it leads elsewhere or proves itself otherwise: people who allowed it allowed another client. */
export function isAnotherClient(changes: readonly ClientDocumentChange[]): boolean {
  return changes.includes('redirect_hosts') || changes.includes('authentication')
}
