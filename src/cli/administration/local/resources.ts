/** Protected resources of the configured database. */
import { createResourceAdministration } from '../../../administration/resources.ts'
import type { AdministrationTools } from '../../database.ts'
import type { Resources } from '../port.ts'

export function localResources(tools: AdministrationTools): Resources {
  const { storage, actor, config } = tools
  const administration = createResourceAdministration({
    ...tools,
    maxTokenLifetimeSeconds: config.tokens.accessTtlMaxSeconds,
  })
  return {
    list: () => storage.read.resources.list(),
    create: (input) => administration.create(input, actor),
    update: (identifier, change) => administration.update(identifier, change, actor),
    delete: (identifier) => administration.delete(identifier, actor),
  }
}
