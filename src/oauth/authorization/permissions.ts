/**
 * What a person allowed a client: scopes, each at the resource it was asked for (RFC 8707 §2), so that "read" at one
 * and "write" at another never become "write" at the first. Pure.
 */

/** Scopes at one resource; without a resource, at this server and wherever its tokens go by default. */
export interface Permission {
  readonly resource: string | null
  readonly scopes: readonly string[]
}

/** Whether everything of a request was allowed before. */
export function covers(
  permissions: readonly Permission[],
  scopes: readonly string[],
  resources: readonly string[],
): boolean {
  return places(resources).every((place) => {
    const allowed = permissions.find(({ resource }) => resource === place)
    return allowed !== undefined && scopes.every((scope) => allowed.scopes.includes(scope))
  })
}

/** The scopes of a request that were allowed before wherever it asks for them. */
export function allowedBefore(
  permissions: readonly Permission[],
  scopes: readonly string[],
  resources: readonly string[],
): readonly string[] {
  return scopes.filter((scope) => covers(permissions, [scope], resources))
}

/** What is allowed after a person allowed `scopes` at `resources` as well. */
export function allowAlso(
  permissions: readonly Permission[],
  scopes: readonly string[],
  resources: readonly string[],
): readonly Permission[] {
  const merged = new Map(permissions.map(({ resource, scopes: before }) => [resource, before]))
  for (const place of places(resources)) {
    merged.set(place, [...new Set([...(merged.get(place) ?? []), ...scopes])])
  }
  return [...merged].map(([resource, allowed]) => ({ resource, scopes: allowed }))
}

function places(resources: readonly string[]): readonly (string | null)[] {
  return resources.length === 0 ? [null] : resources
}
