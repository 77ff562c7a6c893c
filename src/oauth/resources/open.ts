/** Whether there is anything that a client nobody vouches for may ask for. */
import type { ResourceReader } from './store.ts'

/** True once an operator opened a resource to such clients; until then letting them in would give them nothing. */
export async function anyOpenToDiscovered(resources: Pick<ResourceReader, 'list'>): Promise<boolean> {
  return (await resources.list()).some(({ openToDiscovered }) => openToDiscovered)
}
