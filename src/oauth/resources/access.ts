/**
 * What a client may ask for at which resource. A client that an operator registered has a list of its own; one that
 * nobody vouches for may ask for every resource that is open to such clients, up to the resource's ceiling. Pure.
 */
import { usualScopes } from '../api-scopes.ts'
import { type Client, vouchedFor } from '../client.ts'
import { OAuthError } from '../errors.ts'
import { findResource, pickResources, selectResources } from '../resource-indicator.ts'
import { narrowScopes, parseScope, requireScopes } from '../scope.ts'
import type { Resource } from './resource.ts'

/** Scopes that are about the person and the session, and no permission at a resource. */
const identityScopes: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What is registered here, as an authorization request is held against. */
export interface ResourceCatalogue {
  readonly resources: readonly Resource[]
  /** The registered identifier that stands in for an absent `resource`, for clients that nobody vouches for. */
  readonly defaultResource: string | undefined
}

/**
 * The registered spellings of what an authorization request wants tokens for.
 * @throws {OAuthError} invalid_target, its detail what was asked for: it is nearly always a misconfigured resource
 *   server.
 */
export function requestedResources(
  requested: readonly string[],
  client: Client,
  { resources, defaultResource }: ResourceCatalogue,
): readonly string[] {
  if (vouchedFor(client)) {
    return selectResources(
      requested,
      client.allowedResources,
      'a requested resource is not allowed for this client',
    )
  }
  const identifiers = resources.map(({ identifier }) => identifier)
  if (requested.length === 0) {
    const standIn = defaultResource === undefined ? undefined : findResource(defaultResource, identifiers)
    return resourcesNamed(standIn === undefined ? [] : [standIn], resources)
      .filter(({ openToDiscovered }) => openToDiscovered)
      .map(({ identifier }) => identifier)
  }
  const picked = pickResources(requested, identifiers, (text) => {
    throw new OAuthError('invalid_target', {
      description: 'a requested resource is not known here',
      reason: 'resource_unknown',
      detail: text,
    })
  })
  for (const { identifier, openToDiscovered } of resourcesNamed(picked, resources)) {
    if (openToDiscovered) continue
    throw new OAuthError('invalid_target', {
      description: 'a requested resource is not open to this client',
      reason: 'resource_closed',
      detail: identifier,
    })
  }
  return picked
}

/**
 * The scopes of an authorization request. Whom an operator vouches for is told of its mistake; others ask every server
 * for everything, and get what they may have (RFC 6749 §3.3).
 * @param targets identifiers as {@link requestedResources} returns them.
 * @throws {OAuthError} invalid_scope
 */
export function requestedScopes(
  scope: string | undefined,
  client: Client,
  targets: readonly string[],
  catalogue: ResourceCatalogue,
): readonly string[] {
  const requested = parseScope(scope)
  if (vouchedFor(client)) {
    if (requested === undefined) return usualScopes(client.scopes)
    requireScopes(requested, client.scopes, 'a requested scope is not allowed for this client')
    return requested
  }
  if (targets.length === 0) return narrowScopes(requested, client.scopes)
  const offered = resourcesNamed(targets, catalogue.resources).flatMap(({ scopes }) =>
    scopes.filter(({ forDiscovered }) => forDiscovered),
  )
  const names = new Set(offered.map(({ name }) => name))
  const mayBeSaid = (name: string): boolean => identityScopes.has(name) && client.scopes.includes(name)
  const granted = (requested ?? []).filter((name) => names.has(name) || mayBeSaid(name))
  if (names.size === 0 || granted.some((name) => names.has(name))) return granted
  // Clients that are told of no scope ask for none, or for whatever else they find: a token that opens nothing would
  // only send them round again.
  const defaults = offered.filter(({ byDefault }) => byDefault).map(({ name }) => name)
  if (granted.length === 0 && defaults.length === 0) {
    throw new OAuthError('invalid_scope', {
      description: 'none of the requested scopes is offered by the requested resource',
      reason: 'scope',
    })
  }
  return [...new Set([...granted, ...defaults])]
}

/** What a token is for and what it allows there. */
export interface TokenTarget {
  readonly resources: readonly string[]
  readonly scopes: readonly string[]
}

/**
 * What a token request gets of what was allowed. A token for a client that nobody vouches for is for one resource
 * unless the request names more, and says nothing of what is allowed elsewhere: services that do not know each other
 * must not be handed tokens that work at both.
 * @param bound what the person allowed; the request can only name parts of it.
 * @throws {OAuthError} invalid_target, or invalid_grant when a resource is no longer there.
 */
export function tokenTarget(
  requested: readonly string[],
  client: Client,
  bound: TokenTarget,
  resources: readonly Resource[],
  description: string,
): TokenTarget {
  const selected = selectResources(requested, bound.resources, description)
  if (vouchedFor(client) || bound.resources.length === 0) {
    return { resources: selected.length > 0 ? selected : bound.resources, scopes: bound.scopes }
  }
  const chosen = selected.length > 0 ? selected : bound.resources.slice(0, 1)
  const known = resourcesNamed(chosen, resources).filter(({ openToDiscovered }) => openToDiscovered)
  if (known.length < chosen.length) {
    throw new OAuthError('invalid_grant', {
      description: 'the resource of this grant is no longer available',
      reason: 'resource_gone',
    })
  }
  // The ceiling may have been lowered since.
  const there = new Set(
    known.flatMap(({ scopes }) => scopes.flatMap(({ name, forDiscovered }) => (forDiscovered ? [name] : []))),
  )
  return {
    resources: chosen,
    scopes: bound.scopes.filter((name) => there.has(name) || identityScopes.has(name)),
  }
}

function resourcesNamed(identifiers: readonly string[], resources: readonly Resource[]): Resource[] {
  return resources.filter(({ identifier }) => identifiers.includes(identifier))
}
