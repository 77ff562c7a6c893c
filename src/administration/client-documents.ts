/**
 * Acts on documents by which clients describe themselves: write one down by hand, for a host that answers people and
 * turns servers away, and take it back.
 */
import { hash } from 'node:crypto'
import type { Actor, DomainEvent } from '../events/catalogue.ts'
import type { Client } from '../oauth/client.ts'
import { addressProblem, hostOfAddress, isAddress } from '../oauth/client-documents/address.ts'
import { changesBetween, isAnotherClient } from '../oauth/client-documents/changes.ts'
import {
  clientOf,
  type DescribedClient,
  DocumentProblem,
  parseClientDocument,
} from '../oauth/client-documents/document.ts'
import type { DocumentSettings } from '../oauth/client-documents/documents.ts'
import { mayDescribe } from '../oauth/client-documents/policy.ts'
import type { ClientDocument } from '../oauth/client-documents/store.ts'
import { redirectHosts } from '../oauth/redirect-hosts.ts'
import type { MetadataRules } from '../oauth/registration/metadata.ts'
import type { Clock } from '../shared/clock.ts'
import type { ClientId } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'
import { InvalidInput } from './invalid-input.ts'

export interface ClientDocumentAdministration {
  /**
   * Has `body` stand for what the address of a client says, until {@link ClientDocumentAdministration.unpin}. Whoever
   * writes it down has looked at it: a client that waited for approval is approved.
   * @throws {InvalidInput} when the address or the document would not be accepted from its host either.
   */
  pin(address: string, body: Buffer, actor: Actor): Promise<Client>
  /** @returns false when no document is pinned under this address. */
  unpin(address: string, actor: Actor): Promise<boolean>
}

export function createClientDocumentAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
  rules: MetadataRules
  settings: DocumentSettings
}): ClientDocumentAdministration {
  const { storage, announcer, clock, rules, settings } = dependencies

  const requireAccepted = (address: string): void => {
    const problem = isAddress(address, settings) ? addressProblem(address, settings) : 'must be an https URL'
    if (problem !== undefined) throw new InvalidInput('url', problem)
    if (mayDescribe(hostOfAddress(address), settings)) return
    throw new InvalidInput(
      'url',
      settings.mode === 'off'
        ? 'describes no client while CIMD_MODE is off'
        : `is of a host that is not accepted (CIMD_ALLOWED_HOSTS, CIMD_DENIED_HOSTS)`,
    )
  }

  const describe = (address: string, body: Buffer): DescribedClient => {
    if (body.length > settings.maxBytes) {
      throw new InvalidInput('file', `has more than ${settings.maxBytes} bytes (CIMD_MAX_DOCUMENT_SIZE)`)
    }
    try {
      return parseClientDocument(body, address, rules)
    } catch (error) {
      if (!(error instanceof DocumentProblem)) throw error
      throw new InvalidInput('file', error.message, error)
    }
  }

  return {
    async pin(address, body, actor) {
      requireAccepted(address)
      const described = describe(address, body)
      const now = clock.now()
      const id = address as ClientId
      return announcer.transaction(storage, async (tx) => {
        const before = (await tx.clients.lock(id)) ? await tx.clients.find(id) : undefined
        if (before !== undefined && before.origin !== 'metadata_document') {
          throw new InvalidInput('url', 'is the id of a client that was registered')
        }
        const known = await tx.clientDocuments.find(id)
        const changes = before === undefined ? [] : changesBetween(before, described)
        const document: ClientDocument = {
          clientId: id,
          etag: undefined,
          lastModified: undefined,
          digest: hash('sha256', body, 'base64url'),
          firstSeenAt: known?.firstSeenAt ?? now,
          fetchedAt: now,
          freshUntil: now,
          askAgainSince: isAnotherClient(changes) ? now : known?.askAgainSince,
          withdrawnAt: undefined,
          approvedAt: undefined,
          pinnedAt: undefined,
        }
        const events: DomainEvent[] = []
        const client =
          before === undefined
            ? clientOf(address, described, now)
            : { ...before, ...described, updatedAt: now }
        if (before === undefined) await tx.clients.insert(client)
        else await tx.clients.replaceRegistration(client)
        await tx.clientDocuments.put(document)
        await tx.clientDocuments.pin(id, now)
        await tx.clientDocuments.setApproved(id, now)
        const fact = { at: now, actor, clientId: id, clientName: client.name } as const
        if (client.status === 'pending') {
          await tx.clients.setStatus(id, 'active', now)
          client.status = 'active'
          events.push({ ...fact, type: 'client.approved' })
        }
        events.push({ ...fact, type: 'client_document.pinned', redirectHosts: redirectHosts(client) })
        return { result: client, events }
      })
    },

    async unpin(address, actor) {
      const now = clock.now()
      const id = address as ClientId
      return announcer.transaction(storage, async (tx) => {
        const client = (await tx.clients.lock(id)) ? await tx.clients.find(id) : undefined
        if (client === undefined || !(await tx.clientDocuments.unpin(id, now))) {
          return { result: false, events: [] }
        }
        const fact = { at: now, actor, clientId: id, clientName: client.name } as const
        return { result: true, events: [{ ...fact, type: 'client_document.unpinned' }] }
      })
    },
  }
}
