/** {@link ResourceStore} in SQL. */
import type { Resource, ResourceScope } from '../../oauth/resources/resource.ts'
import type { ResourceStore } from '../../oauth/resources/store.ts'
import type { Instant } from '../../shared/clock.ts'
import type { ResourceId } from '../../shared/ids.ts'
import { type Executor, insertStatement, type NoParams, statement } from './statement.ts'

interface Row {
  id: ResourceId
  identifier: string
  name: string
  /** JSON. */
  scopes: string
  open_to_discovered: number
  token_lifetime: number | null
  created_at: Instant
  updated_at: Instant
}

const columns = [
  'id',
  'identifier',
  'name',
  'scopes',
  'open_to_discovered',
  'token_lifetime',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof Row)[]

// All of a table that an operator fills by hand.
const list = statement<NoParams, Row>('resources.list', `select ${columns} from resources order by name, id`)

const insert = insertStatement<Row>('resources', columns)

// Primary key.
const update = statement<Omit<Row, 'identifier' | 'created_at'>>(
  'resources.update',
  `update resources set name = :name, scopes = :scopes, open_to_discovered = :open_to_discovered,
    token_lifetime = :token_lifetime, updated_at = :updated_at
  where id = :id`,
)

// Primary key.
const deleteResource = statement<{ id: ResourceId }>(
  'resources.delete',
  'delete from resources where id = :id',
)

export class SqlResourceStore implements ResourceStore {
  readonly #sql: Executor

  constructor(sql: Executor) {
    this.#sql = sql
  }

  async list(): Promise<Resource[]> {
    return (await this.#sql.all(list, {})).map(toResource)
  }

  async insert(resource: Resource): Promise<void> {
    const { identifier, createdAt } = resource
    await this.#sql.run(insert, { ...mutable(resource), identifier, created_at: createdAt })
  }

  async update(resource: Resource): Promise<boolean> {
    return (await this.#sql.run(update, mutable(resource))) === 1
  }

  async delete(id: ResourceId): Promise<boolean> {
    return (await this.#sql.run(deleteResource, { id })) === 1
  }
}

function mutable(resource: Resource): Omit<Row, 'identifier' | 'created_at'> {
  return {
    id: resource.id,
    name: resource.name,
    scopes: JSON.stringify(resource.scopes),
    open_to_discovered: resource.openToDiscovered ? 1 : 0,
    token_lifetime: resource.tokenLifetimeSeconds ?? null,
    updated_at: resource.updatedAt,
  }
}

function toResource(row: Row): Resource {
  return {
    id: row.id,
    identifier: row.identifier,
    name: row.name,
    scopes: JSON.parse(row.scopes) as ResourceScope[],
    openToDiscovered: row.open_to_discovered === 1,
    tokenLifetimeSeconds: row.token_lifetime ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
