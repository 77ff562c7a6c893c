/** Acts on protected resources: register one, change one, delete one. */
import type { Actor, EventOf, RequestContext } from '../events/catalogue.ts'
import { isReservedScope } from '../oauth/api-scopes.ts'
import { canonicalResource } from '../oauth/resource-indicator.ts'
import type { Resource, ResourceScope } from '../oauth/resources/resource.ts'
import { parseScope } from '../oauth/scope.ts'
import type { Clock } from '../shared/clock.ts'
import type { Ids, ResourceId } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { Announcer } from './announcer.ts'
import { InvalidInput } from './invalid-input.ts'

export interface NewResource {
  /** As the resource server publishes it. */
  identifier: string
  name: string
  scopes?: readonly { name: string; description: string }[]
  /** Names of scopes a request gets that names none. Absent: all that clients nobody vouches for may have. */
  defaultScopes?: readonly string[] | undefined
  /** Names of scopes that clients may have which nobody vouches for. Absent: all. */
  discoveredScopes?: readonly string[] | undefined
  openToDiscovered?: boolean
  /** Seconds that access tokens for it live at most, or `default` for what each client's profile gives. */
  tokenLifetimeSeconds?: number | 'default' | undefined
}

/** What stays as it is is left out; new scopes take the place of all there were. */
export type ResourceChange = Partial<Omit<NewResource, 'identifier'>>

export interface ResourceAdministration {
  /**
   * @throws {InvalidInput} saying what to change.
   * @throws {AlreadyExists} when the identifier is registered.
   */
  create(input: NewResource, actor: Actor, request?: RequestContext): Promise<Resource>
  /**
   * Tokens that were issued before stay as they are.
   * @returns the resource as it is now; `undefined` when none has this identifier.
   * @throws {InvalidInput} saying what to change.
   */
  update(
    identifier: string,
    change: ResourceChange,
    actor: Actor,
    request?: RequestContext,
  ): Promise<Resource | undefined>
  /** @returns false when none has this identifier. */
  delete(identifier: string, actor: Actor, request?: RequestContext): Promise<boolean>
}

const maxNameLength = 100
const maxDescriptionLength = 200
/** Shorter ones are refreshed more often than they are used. */
const minLifetimeSeconds = 60
/** In lower case, so that what the resource server publishes and what is in `aud` are the same in every spelling. */
const identifierPattern = /^https?:\/\/[^/?#@\s\\]+(?:[/?][^#\s\\]*)?$/

export function createResourceAdministration(dependencies: {
  storage: Storage
  announcer: Announcer
  clock: Clock
  ids: Ids
  /** No token of this server lives longer. */
  maxTokenLifetimeSeconds: number
}): ResourceAdministration {
  const { storage, announcer, clock, ids, maxTokenLifetimeSeconds } = dependencies

  const validLifetime = (lifetime: NewResource['tokenLifetimeSeconds']): number | undefined => {
    if (lifetime === undefined || lifetime === 'default') return undefined
    if (!Number.isInteger(lifetime) || lifetime < minLifetimeSeconds || lifetime > maxTokenLifetimeSeconds) {
      throw new InvalidInput(
        'token-lifetime',
        `must be whole seconds from ${minLifetimeSeconds} to ${maxTokenLifetimeSeconds}, which is JWT_EXPIRATION_MAX`,
      )
    }
    return lifetime
  }

  return {
    async create(input, actor, request) {
      const now = clock.now()
      const resource: Resource = {
        id: ids.next<ResourceId>(),
        identifier: validIdentifier(input.identifier),
        name: validText('name', input.name, maxNameLength),
        scopes: validScopes(input),
        openToDiscovered: input.openToDiscovered ?? false,
        tokenLifetimeSeconds: validLifetime(input.tokenLifetimeSeconds),
        createdAt: now,
        updatedAt: now,
      }
      const canonical = canonicalResource(resource.identifier)
      for (const { identifier } of await storage.read.resources.list()) {
        if (identifier === resource.identifier || canonicalResource(identifier) !== canonical) continue
        throw new InvalidInput('identifier', `is the same resource as ${identifier}, which is registered`)
      }
      return announcer.transaction(storage, async (tx) => {
        await tx.resources.insert(resource)
        return {
          result: resource,
          events: [{ type: 'resource.created', at: now, actor, request, ...factsOf(resource) }],
        }
      })
    },

    async update(identifier, change, actor, request) {
      const now = clock.now()
      return announcer.transaction(storage, async (tx) => {
        const before = (await tx.resources.list()).find((each) => each.identifier === identifier)
        if (before === undefined) return { result: undefined, events: [] }
        const resource: Resource = {
          ...before,
          ...(change.name === undefined ? {} : { name: validText('name', change.name, maxNameLength) }),
          scopes: changedScopes(before.scopes, change),
          openToDiscovered: change.openToDiscovered ?? before.openToDiscovered,
          ...(change.tokenLifetimeSeconds === undefined
            ? {}
            : { tokenLifetimeSeconds: validLifetime(change.tokenLifetimeSeconds) }),
          updatedAt: now,
        }
        await tx.resources.update(resource)
        return {
          result: resource,
          events: [{ type: 'resource.updated', at: now, actor, request, ...factsOf(resource) }],
        }
      })
    },

    async delete(identifier, actor, request) {
      return announcer.transaction(storage, async (tx) => {
        const resource = (await tx.resources.list()).find((each) => each.identifier === identifier)
        if (resource === undefined || !(await tx.resources.delete(resource.id))) {
          return { result: false, events: [] }
        }
        const { name } = resource
        return {
          result: true,
          events: [{ type: 'resource.deleted', at: clock.now(), actor, request, identifier, name }],
        }
      })
    },
  }
}

function factsOf(
  resource: Resource,
): Pick<
  EventOf<'resource.created'>,
  'identifier' | 'name' | 'scopes' | 'openToDiscovered' | 'tokenLifetimeSeconds'
> {
  const { identifier, name, openToDiscovered, tokenLifetimeSeconds } = resource
  const scopes = resource.scopes.map((scope) => scope.name)
  return { identifier, name, scopes, openToDiscovered, tokenLifetimeSeconds }
}

/** Which scopes are default and which are for clients nobody vouches for stays as it was, unless it is said anew. */
function changedScopes(before: readonly ResourceScope[], change: ResourceChange): readonly ResourceScope[] {
  const { scopes, defaultScopes, discoveredScopes } = change
  if (scopes !== undefined) return validScopes(change)
  if (defaultScopes === undefined && discoveredScopes === undefined) return before
  const namesWhere = (holds: (scope: ResourceScope) => boolean): string[] =>
    before.filter(holds).map(({ name }) => name)
  return validScopes({
    scopes: before,
    defaultScopes: defaultScopes ?? namesWhere(({ byDefault }) => byDefault),
    discoveredScopes: discoveredScopes ?? namesWhere(({ forDiscovered }) => forDiscovered),
  })
}

function validIdentifier(text: string): string {
  if (!identifierPattern.test(text) || canonicalResource(text) === undefined) {
    throw new InvalidInput(
      'identifier',
      'must be an absolute http or https URI without fragment (RFC 8707 §2)',
    )
  }
  return text
}

function validText(field: string, text: string, maxLength: number): string {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > maxLength || /\p{Cc}/u.test(trimmed)) {
    throw new InvalidInput(field, `must have 1 to ${maxLength} characters and no control characters`)
  }
  return trimmed
}

function validScopes(
  input: Pick<NewResource, 'scopes' | 'defaultScopes' | 'discoveredScopes'>,
): ResourceScope[] {
  const scopes = input.scopes ?? []
  const names = new Set(scopes.map(({ name }) => name))
  if (names.size < scopes.length) throw new InvalidInput('scope', 'is given twice')
  const known = (field: string, chosen: readonly string[] | undefined): ReadonlySet<string> => {
    const unknown = chosen?.find((name) => !names.has(name))
    if (unknown !== undefined) throw new InvalidInput(field, `“${unknown}” is no scope of this resource`)
    return new Set(chosen ?? names)
  }
  const ceiling = known('discovered-scope', input.discoveredScopes)
  const defaults = known('default-scope', input.defaultScopes ?? [...ceiling])
  return scopes.map(({ name, description }) => {
    if (isReservedScope(name))
      throw new InvalidInput('scope', `“${name}” is a scope of this server's own API`)
    if (!isScope(name))
      throw new InvalidInput('scope', `“${name}” is no word of printable ASCII (RFC 6749 §3.3)`)
    return {
      name,
      description: validText('scope', description, maxDescriptionLength),
      byDefault: defaults.has(name),
      forDiscovered: ceiling.has(name),
    }
  })
}

function isScope(name: string): boolean {
  try {
    return parseScope(name)?.join() === name
  } catch {
    return false
  }
}
