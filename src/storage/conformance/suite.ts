/** What every suite starts with: a fresh, empty storage for its tests, closed after them. */
import { after, before, describe } from 'node:test'
import type { Storage } from '../storage.ts'

/** Opens a new, empty database. {@link Storage.close} also disposes of it. */
export type OpenFresh = () => Promise<Storage>

export function suite(name: string, open: OpenFresh, tests: (storage: () => Storage) => void): void {
  describe(name, () => {
    let storage: Storage | undefined
    before(async () => {
      storage = await open()
    })
    after(() => storage?.close())
    tests(() => storage!)
  })
}
