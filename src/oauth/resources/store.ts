/** Port: where protected resources are kept. An operator registers each, so that there are few. */
import type { ResourceId } from '../../shared/ids.ts'
import type { Resource } from './resource.ts'

export interface ResourceReader {
  /** Every resource, by name. */
  list(): Promise<Resource[]>
}

export interface ResourceStore extends ResourceReader {
  /** @throws {AlreadyExists} when a resource has this identifier. */
  insert(resource: Resource): Promise<void>
  /** Changes everything but id, identifier and creation. @returns false when there was none. */
  update(resource: Resource): Promise<boolean>
  /** @returns false when there was none. */
  delete(id: ResourceId): Promise<boolean>
}
