/** What an administrator sees first: how much there is, what signs, what happened last. */

import { dueChange, type RotationPolicy } from '../oauth/token/key-rotation.ts'
import type { SigningKeys } from '../oauth/token/signing-keys.ts'
import type { AuditRecord } from '../observability/audit-record.ts'
import type { Clock, Instant } from '../shared/clock.ts'
import type { DirectoryCounts, Storage, StoreCounts } from '../storage/storage.ts'
import { type Activity, type ActivityWindow, readActivity } from './activity.ts'

const recentRecords = 10

export interface SigningInUse {
  algorithm: string
  /** `undefined` for a shared secret, which has none. */
  kid: string | undefined
  /** When another key takes over by itself; `undefined` when only an operator's act does that. */
  nextAt: Instant | undefined
}

/** Each part is `undefined` when it could not be found out: an unknown number is not 0. */
export interface Overview {
  directory: DirectoryCounts | undefined
  counts: { counts: StoreCounts; ageSeconds: number } | undefined
  signing: SigningInUse | undefined
  recent: readonly AuditRecord[] | undefined
  activity: Activity | undefined
  uptimeSeconds: number
}

export type ReadOverview = (window: ActivityWindow) => Promise<Overview>

export function createOverview(dependencies: {
  storage: Pick<Storage, 'read'>
  /** Counts of the store that are a few seconds old at most. */
  readCounts(): Promise<Overview['counts']>
  signingKeys: Pick<SigningKeys, 'accessTokenSigner'>
  rotation: RotationPolicy
  clock: Clock
  /** Told of each part that could not be read. */
  onFailure(error: unknown): void
}): ReadOverview {
  const { storage, signingKeys, rotation, clock } = dependencies
  const startedAt = clock.monotonicSeconds()

  const orUnknown = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      dependencies.onFailure(error)
      return undefined
    }
  }
  const readSigning = async (): Promise<SigningInUse> => {
    const { algorithm, kid } = signingKeys.accessTokenSigner()
    const keys = await storage.read.signingKeys.list()
    const key = keys.find((candidate) => candidate.kid === kid)
    return { algorithm, kid, nextAt: key && dueChange(key, rotation)?.at }
  }

  return async (window) => {
    const { read } = storage
    const [directory, counts, signing, recent, activity] = await Promise.all([
      orUnknown(() => read.directory.count()),
      orUnknown(() => dependencies.readCounts()),
      orUnknown(readSigning),
      orUnknown(async () => (await read.audit.search({}, { limit: recentRecords })).entries),
      orUnknown(() => readActivity({ rollup: read.rollup, clock }, window)),
    ])
    const uptimeSeconds = clock.monotonicSeconds() - startedAt
    return { directory, counts, signing, recent, activity, uptimeSeconds }
  }
}
