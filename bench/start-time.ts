/** Spawn to ready on an existing database, the servers taking turns. */
import { type RunningServer, type ServerId, serverKind, start } from './servers.ts'
import { rotated } from './statistics.ts'

/** Milliseconds per server, one entry per turn. */
export async function measureStarts(
  ids: readonly ServerId[],
  { turns, say }: { readonly turns: number; readonly say: (line: string) => void },
): Promise<Map<ServerId, number[]>> {
  say('measuring starts')
  const times = new Map<ServerId, number[]>(ids.map((id) => [id, []]))
  const prepared = new Map<ServerId, RunningServer>()
  for (const id of ids) {
    const first = await start(serverKind(id))
    await first.stop()
    prepared.set(id, first)
  }
  for (let turn = 0; turn < turns; turn += 1) {
    for (const id of rotated(ids, turn)) {
      const again = await start(serverKind(id), prepared.get(id)!.folder)
      times.get(id)!.push(again.startMs)
      await again.stop()
    }
  }
  for (const server of prepared.values()) await server.stopAndForget()
  return times
}
