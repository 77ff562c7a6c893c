/** Bodies that are made while they are sent: one piece at a time, no faster than their reader takes them. */
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { HttpAnswer } from './endpoint.ts'

export function isStreamed(body: HttpAnswer['body']): body is AsyncIterable<string> {
  return typeof body === 'object' && Symbol.asyncIterator in body
}

/**
 * The same body with its first piece made, so that what fails at once can still be answered as an error.
 * @throws what making the first piece threw.
 */
export async function begun(body: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = body[Symbol.asyncIterator]()
  const first = await iterator.next()
  return (async function* () {
    let ended = first.done === true
    try {
      if (first.done !== true) yield first.value
      while (!ended) {
        const next = await iterator.next()
        ended = next.done === true
        if (next.done !== true) yield next.value
      }
    } finally {
      // Its reader went away: whatever makes the pieces lets go of what it holds.
      if (!ended) await iterator.return?.()
    }
  })()
}

/**
 * Sends a body behind a head that was written. A body that fails half way takes its connection along: the reader must
 * not take what came for the whole.
 * @returns whether all of it was handed over, or its reader went away before.
 * @throws what making a piece threw.
 */
export async function sendStreamed(
  response: ServerResponse,
  body: AsyncIterable<string>,
): Promise<'sent' | 'reader_gone'> {
  let fault: { cause: unknown } | undefined
  const watched = async function* () {
    try {
      yield* body
    } catch (cause) {
      fault = { cause }
      throw cause
    }
  }
  try {
    await pipeline(watched, response)
    return 'sent'
  } catch {
    if (fault !== undefined) throw fault.cause
    return 'reader_gone'
  }
}
