/**
 * A client becomes another: what differs, and what that means for what people allowed it and what it was given. One way
 * for whoever changes it: an administrator, its owner, or the client itself (RFC 7592 §2.2).
 */
import { isDeepStrictEqual } from 'node:util'
import type { Actor, DomainEvent, RequestContext, RevocationReason } from '../events/catalogue.ts'
import type { Instant } from '../shared/clock.ts'
import type { Stores } from '../storage/storage.ts'
import type { Client } from './client.ts'
import { endEverythingOf } from './client-removal.ts'
import { redirectHosts } from './redirect-hosts.ts'
import { authenticationMethodOf } from './registration/encode.ts'
import { tokensRevoked } from './token/revoked.ts'
import type { RevokedCounts } from './token/store.ts'

export interface ClientChange {
  readonly at: Instant
  readonly actor: Actor
  readonly request?: RequestContext | undefined
  /** Why tokens are ended, if they are. */
  readonly reason: RevocationReason
}

/**
 * Keeps a changed client inside a transaction that holds it. One that stops being active loses everything it was given;
 * one that proves itself otherwise its tokens; and what people allowed is forgotten where they had allowed something else.
 * @returns what to announce after the commit.
 */
export async function keepChange(
  tx: Stores,
  before: Client,
  after: Client,
  { at, actor, request, reason }: ClientChange,
): Promise<DomainEvent[]> {
  await tx.clients.replace(after)
  let ended: RevokedCounts = { accessTokens: 0, refreshTokens: 0 }
  if (before.status === 'active' && after.status !== 'active') {
    ended = (await endEverythingOf(tx, after.id, at)).tokens
  } else if (provesItselfOtherwise(before, after)) {
    ended = (await endEverythingOf(tx, after.id, at)).tokens
  } else if (!isDeepStrictEqual(before.redirectUris, after.redirectUris)) {
    await tx.consents.forgetAllOfClient(after.id)
  }
  const fact = { at, actor, clientId: after.id, ...(request === undefined ? {} : { request }) }
  return [
    ...tokensRevoked(ended, { ...fact, reason, accountId: undefined, grantId: undefined }),
    {
      ...fact,
      type: 'client.updated',
      clientName: after.name,
      clientType: after.type,
      grantTypes: after.grants,
      scopes: after.scopes,
      redirectHosts: redirectHosts(after),
      changes: changesBetween(before, after),
      needsApproval: after.status === 'pending',
    },
  ]
}

/** What was given to a client that proved itself is no good to one that proves itself otherwise, or not at all. */
export function provesItselfOtherwise(before: Client, after: Client): boolean {
  return before.type !== after.type || authenticationMethodOf(before) !== authenticationMethodOf(after)
}

type Part = (client: Client) => unknown

const parts: Readonly<Record<string, Part>> = {
  name: ({ name }) => name,
  description: ({ description }) => description,
  type: ({ type }) => type,
  grants: ({ grants }) => new Set(grants),
  scopes: ({ scopes }) => new Set(scopes),
  redirect_uris: ({ redirectUris }) => redirectUris,
  resources: ({ allowedResources }) => allowedResources,
  token_profile: ({ tokenProfile }) => tokenProfile,
  project: ({ project }) => project,
  service_account: ({ serviceAccount }) => serviceAccount,
  introspect_any: ({ introspectAny }) => introspectAny,
  owner: ({ createdBy }) => createdBy,
  metadata: ({ metadata: { approved: _, ...said } }) => said,
}

/** What differs between two versions of a client, by name; never the values. */
export function changesBetween(before: Client, after: Client): string[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    isDeepStrictEqual(part(before), part(after)) ? [] : [name],
  )
}
