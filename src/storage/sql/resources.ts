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
  created_at: Instant
  updated_at: Instant
}

const columns = [
  'id',
  'identifier',
  'name',
  'scopes',
  'open_to_discovered',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof Row)[]

// All of a table that an operator fills by hand.
const list = statement<NoParams, Row>('resources.list', `select ${columns} from resources order by name, id`)

const insert = insertStatement<Row>('resources', columns)

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
    await this.#sql.run(insert, {
      id: resource.id,
      identifier: resource.identifier,
      name: resource.name,
      scopes: JSON.stringify(resource.scopes),
      open_to_discovered: resource.openToDiscovered ? 1 : 0,
      created_at: resource.createdAt,
      updated_at: resource.updatedAt,
    })
  }

  async delete(id: ResourceId): Promise<boolean> {
    return (await this.#sql.run(deleteResource, { id })) === 1
  }
}

function toResource(row: Row): Resource {
  return {
    id: row.id,
    identifier: row.identifier,
    name: row.name,
    scopes: JSON.parse(row.scopes) as ResourceScope[],
    openToDiscovered: row.open_to_discovered === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
