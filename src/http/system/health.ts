/** `/health` for existing monitors; `/livez` and `/readyz` for orchestrators, which act on the difference. */
import type { Storage } from '../../storage/storage.ts'
import { type Endpoint, json } from '../endpoint.ts'

const pingTimeoutMs = 2000

export function healthEndpoints(dependencies: {
  storage: Storage
  /** False once a shutdown has begun. */
  acceptsTraffic(): boolean
}): Endpoint[] {
  const { storage, acceptsTraffic } = dependencies

  const databaseAnswers = async (): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the database did not answer in time')), pingTimeoutMs)
    })
    try {
      await Promise.race([storage.ping(), timeout])
      return true
    } catch {
      return false
    } finally {
      clearTimeout(timer)
    }
  }

  return [
    {
      method: 'GET',
      path: '/health',
      kind: 'system',
      atRoot: true,
      async handle() {
        return (await databaseAnswers())
          ? json(200, { status: 'healthy', database: 'connected' })
          : json(503, { status: 'unhealthy', database: 'disconnected' })
      },
    },
    {
      // The process runs. A database that is away is no reason to restart it.
      method: 'GET',
      path: '/livez',
      kind: 'system',
      atRoot: true,
      handle: () => json(200, { status: 'alive' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      kind: 'system',
      atRoot: true,
      async handle() {
        if (!acceptsTraffic()) return json(503, { status: 'shutting_down' })
        return (await databaseAnswers())
          ? json(200, { status: 'ready' })
          : json(503, { status: 'not_ready', database: 'disconnected' })
      },
    },
  ]
}
