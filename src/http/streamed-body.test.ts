/** Answers that are made while they are sent, over a real connection. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as ask } from 'node:http'
import { type AddressInfo, BlockList, connect } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../shared/clock.ts'
import { createSystemRandom } from '../shared/random.ts'
import { type HttpAnswer, html } from './endpoint.ts'
import { createHttpServer, type HttpServer } from './server.ts'

describe('a body that is made while it is sent', { timeout: 20_000 }, () => {
  let server: HttpServer
  let port: number
  let pieces: () => AsyncGenerator<string>
  let faults: unknown[]
  let answered: number[]
  let counted: number[]

  const route = {
    requestStarted: () => undefined,
    requestFinished: (status: number) => void counted.push(status),
  }
  before(async () => {
    server = createHttpServer({
      endpoints: [],
      loadLater: async () => ({
        endpoints: [
          {
            method: 'GET',
            path: '/stream',
            kind: 'page',
            handle: (): HttpAnswer => ({
              status: 200,
              headers: { 'content-type': 'text/plain' },
              body: pieces(),
            }),
          },
        ],
        errorPage: ({ status }) => html(status, 'sorry'),
      }),
      server: { basePath: '', secure: false, tls: undefined, trustedProxies: new BlockList() },
      cors: { origins: 'any', extraHeaders: [], maxAgeSeconds: 0 },
      clock: systemClock,
      random: createSystemRandom(),
      observer: { route: () => route, unmatched: () => route },
      onAnswered: ({ status }) => void answered.push(status),
      onFault: (error) => void faults.push(error),
      onUntrustedForwardedFor: () => undefined,
    })
    await server.listen({ host: '127.0.0.1', port: 0 })
    port = (server.server.address() as AddressInfo).port
  })
  after(() => server.close())
  beforeEach(() => {
    faults = []
    answered = []
    counted = []
  })

  const url = () => `http://127.0.0.1:${port}/stream`
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await turn()
  }

  it('arrives whole, in chunks, and is counted once, when it has', async () => {
    pieces = async function* () {
      for (let number = 0; number < 1000; number++) yield `${number}\n`
    }
    const response = await fetch(url())
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-length'), null)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(await response.text(), Array.from({ length: 1000 }, (_, number) => `${number}\n`).join(''))
    await until(() => answered.length > 0)
    assert.deepEqual([answered, counted, faults], [[200], [200], []])
  })

  it('may be empty', async () => {
    pieces = async function* () {}
    const response = await fetch(url())
    assert.deepEqual([response.status, await response.text()], [200, ''])
  })

  it('is not made for HEAD', async () => {
    let made = 0
    pieces = async function* () {
      made++
      yield 'something'
    }
    const response = await fetch(url(), { method: 'HEAD' })
    assert.deepEqual([response.status, await response.text(), made], [200, '', 0])
    await until(() => answered.length > 0)
    assert.deepEqual([answered, counted], [[200], [200]])
  })

  it('that fails before its first piece is an error like any other', async () => {
    // biome-ignore lint/correctness/useYield: it fails before it can.
    pieces = async function* () {
      throw new Error('no database')
    }
    const response = await fetch(url())
    assert.deepEqual([response.status, await response.text()], [500, 'sorry'])
    assert.deepEqual([answered, faults.length], [[500], 1])
  })

  it('that fails half way breaks the connection off, and is reported and counted as a failure', async () => {
    pieces = async function* () {
      yield 'half'
      throw new Error('no database')
    }
    await assert.rejects(async () => (await fetch(url())).text())
    await until(() => answered.length > 0)
    assert.deepEqual([answered, counted, faults.map(String)], [[500], [500], ['Error: no database']])
  })

  it('is made no faster than it is read', async () => {
    let made = 0
    const piece = 'x'.repeat(64 * 1024)
    const all = 2000
    pieces = async function* () {
      for (; made < all; made++) yield piece
    }
    const request = ask(url()).end()
    const [response] = await once(request, 'response')
    // Nobody reads: what is made goes into buffers until they are full, far below the whole.
    let before = -1
    while (before !== made) {
      before = made
      for (let wait = 0; wait < 200; wait++) await turn()
    }
    assert.ok(made < all / 2, `${made} of ${all} pieces were made without a reader`)
    let received = 0
    for await (const chunk of response) received += chunk.length
    assert.equal(received, all * piece.length)
  })

  it('ends with its reader: what makes it lets go, and it is no fault', async () => {
    let released = false
    pieces = async function* () {
      try {
        for (;;) {
          yield 'x'.repeat(1024)
          await turn()
        }
      } finally {
        released = true
      }
    }
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /stream HTTP/1.1\r\nHost: here\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await until(() => released && answered.length > 0)
    assert.deepEqual([answered, counted, faults], [[200], [200], []])
  })
})
