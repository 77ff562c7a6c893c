/** What the composition root shares among its parts. */
import type { Config } from '../config/load.ts'
import type { EventBus } from '../events/bus.ts'
import type { RateLimiter } from '../limits/limiter.ts'
import type { SigningKeys } from '../oauth/token/signing-keys.ts'
import type { Observers } from '../observability/observers.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Clock } from '../shared/clock.ts'
import type { Encryption } from '../shared/encryption.ts'
import type { Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import type { Storage } from '../storage/storage.ts'

/** What the parts of the composition root are handed: the adapters that were picked, and what came of the start. */
export interface Parts {
  config: Config
  clock: Clock
  random: Random
  ids: Ids
  outbound: Outbound
  encryption: Encryption
  limiter: RateLimiter
  storage: Storage
  bus: EventBus
  observers: Observers
  signingKeys: SigningKeys
}

/** Made from the server's key: what a person types is stored as its digest under this one. */
export function userCodeKey(encryption: Encryption): ReturnType<Encryption['macKey']> {
  return encryption.macKey('user code')
}
