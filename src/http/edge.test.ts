import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, it } from 'node:test'
import { OAuthError } from '../oauth/errors.ts'
import { systemClock } from '../shared/clock.ts'
import { createSystemRandom } from '../shared/random.ts'
import { type Endpoint, html, redirect } from './endpoint.ts'
import { createHttpServer } from './server.ts'

/** A server with one endpoint, what it counted, and the faults it reported. */
function start(endpoint: Pick<Endpoint, 'method' | 'kind' | 'handle'>) {
  const faults: unknown[] = []
  const counted: (number | 'started')[] = []
  const route = {
    requestStarted: () => void counted.push('started'),
    requestFinished: (status: number) => void counted.push(status),
  }
  const server = createHttpServer({
    endpoints: [],
    loadLater: async () => ({
      endpoints: [{ ...endpoint, path: '/here' }],
      errorPage: ({ status }) => html(status, 'sorry'),
    }),
    server: { basePath: '', secure: false, tls: undefined, trustedProxies: new BlockList() },
    cors: { origins: 'any', extraHeaders: [], maxAgeSeconds: 0 },
    clock: systemClock,
    random: createSystemRandom(),
    observer: { route: () => route, unmatched: () => route },
    onAnswered: () => undefined,
    onFault: (error) => void faults.push(error),
    onUntrustedForwardedFor: () => undefined,
  })
  const ask = async (): Promise<number> =>
    (await (await server.framework()).inject({ method: endpoint.method, url: '/here' })).statusCode
  return { ask, faults, counted }
}

describe('the edge', () => {
  for (const method of ['GET', 'POST'] as const) {
    for (const kind of ['page', 'protocol'] as const) {
      it(`answers 500 for a header that cannot be sent: ${method}, ${kind}`, { timeout: 5000 }, async () => {
        const { ask, faults, counted } = start({
          method,
          kind,
          handle: () => redirect('https://例え.example/'),
        })
        assert.equal(await ask(), 500)
        assert.equal(faults.length, 1)
        assert.deepEqual(counted, ['started', 500])
      })
    }
  }

  it('reports every server_error, also one that has no other cause', async () => {
    const error = new OAuthError('server_error', { reason: 'nothing is left' })
    const { ask, faults } = start({
      method: 'POST',
      kind: 'protocol',
      handle: () => {
        throw error
      },
    })
    assert.equal(await ask(), 500)
    assert.deepEqual(faults, [error])
  })

  it('reports no error that is the fault of its client', async () => {
    const { ask, faults } = start({
      method: 'POST',
      kind: 'protocol',
      handle: () => {
        throw new OAuthError('invalid_request')
      },
    })
    assert.equal(await ask(), 400)
    assert.deepEqual(faults, [])
  })
})
