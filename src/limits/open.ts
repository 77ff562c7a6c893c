/** Picks where rate limits are counted. */
import { isIP } from 'node:net'
import type { Config } from '../config/load.ts'
import type { Clock } from '../shared/clock.ts'
import type { RateLimiter } from './limiter.ts'
import { createMemoryRateLimiter } from './memory.ts'
import { createRedisRateLimiter, giveBackScript, type SharedLimitObserver, takeScript } from './redis.ts'

export interface OpenRateLimiter extends RateLimiter {
  close(): void
}

/** After a connection broke, the next is tried at once, then ever later, at most so often. */
const maxReconnectMilliseconds = 2000

/** @returns at once: with a Redis that does not answer, limits are counted here until it does. */
export async function openRateLimiter(
  { store, redis: settings }: Pick<Config['limits'], 'store' | 'redis'>,
  dependencies: { clock: Clock; observer: SharedLimitObserver },
): Promise<OpenRateLimiter> {
  const memory = createMemoryRateLimiter(dependencies.clock)
  if (store === 'memory') return { ...memory, close: () => undefined }
  const { createClient, defineScript } = await import('@redis/client')
  const { host, port, tls, username, password, database, connectTimeoutSeconds } = settings
  const client = createClient({
    name: 'authgate',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    database,
    socket: {
      host,
      port,
      connectTimeout: connectTimeoutSeconds * 1000,
      reconnectStrategy: (retries: number) =>
        Math.min(maxReconnectMilliseconds, 50 * 2 ** Math.min(retries, 10)),
      // RFC 6066 §3: the name a server is asked for is never an address.
      ...(tls ? { tls: true as const, ...(isIP(host) === 0 ? { servername: host } : {}) } : {}),
    },
    // What cannot be asked now is counted here instead of later there.
    disableOfflineQueue: true,
    scripts: {
      take: defineScript({
        SCRIPT: takeScript,
        NUMBER_OF_KEYS: 1,
        parseCommand(parser, key: string, windowMilliseconds: number) {
          parser.pushKey(key)
          parser.push(String(windowMilliseconds))
        },
        transformReply: (reply: unknown) => reply as readonly [number, number],
      }),
      giveBack: defineScript({
        SCRIPT: giveBackScript,
        NUMBER_OF_KEYS: 1,
        parseCommand(parser, key: string) {
          parser.pushKey(key)
        },
        transformReply: (reply: unknown) => reply as number,
      }),
    },
  })
  // Told once by the limiter, not with each attempt to connect; without a listener it would end the process.
  let lastFault: unknown
  client.on('error', (error: unknown) => {
    lastFault = error
  })
  const limiter = createRedisRateLimiter({
    ...dependencies,
    fallback: memory,
    observer: {
      ...dependencies.observer,
      failed: (error) => dependencies.observer.failed(client.isReady ? error : (lastFault ?? error)),
    },
    redis: {
      get ready() {
        return client.isReady
      },
      take: (key, windowMilliseconds) => client.take(key, windowMilliseconds),
      giveBack: (key) => client.giveBack(key),
    },
  })
  // Goes on trying by itself.
  client.connect().catch((error: unknown) => {
    lastFault = error
  })
  return { ...limiter, close: () => (client.isOpen ? client.destroy() : undefined) }
}
