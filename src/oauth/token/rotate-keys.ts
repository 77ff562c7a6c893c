/**
 * Flow: signing keys go from stage to stage by the clock. Every replica runs it; the store lets each step happen once,
 * and who took it announces it.
 */
import type { Publisher } from '../../events/bus.ts'
import type { DomainEvent } from '../../events/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Storage } from '../../storage/storage.ts'
import { generateSigningKey } from './key-material.ts'
import { decideKeySteps, type KeyStep, type RotationPolicy } from './key-rotation.ts'

/** @returns whether this call changed a key. */
export type RotateKeys = () => Promise<boolean>

export function createKeyRotation(dependencies: {
  storage: Storage
  encryption: Encryption
  clock: Clock
  publisher: Publisher
  policy: RotationPolicy
}): RotateKeys {
  const { storage, encryption, clock, publisher, policy } = dependencies

  /** @returns what happened; `undefined` when another replica was first. */
  const take = async (step: KeyStep): Promise<DomainEvent | undefined> => {
    const { algorithm } = step
    const base = { actor: { type: 'system' }, algorithm } as const
    if (step.step === 'create_next') {
      const key = await generateSigningKey(algorithm, encryption, clock)
      const outcome = await storage.transaction((tx) => tx.signingKeys.insertNext(key, step.currentKid))
      if (outcome === 'lost') return undefined
      return { ...base, type: 'signing_key.created', at: key.createdAt, keyId: key.kid }
    }
    const at = clock.now()
    if (step.step === 'activate') {
      const outcome = await storage.transaction((tx) =>
        tx.signingKeys.activate(step.kid, step.currentKid, at),
      )
      if (outcome === 'lost') return undefined
      return {
        ...base,
        type: 'signing_key.activated',
        at,
        keyId: step.kid,
        supersededKeyId: step.currentKid,
      }
    }
    const outcome = await storage.transaction((tx) => tx.signingKeys.retire(step.kid, at))
    if (outcome === 'lost') return undefined
    return { ...base, type: 'signing_key.retired', at, keyId: step.kid }
  }

  return async () => {
    let changed = false
    for (const step of decideKeySteps(await storage.read.signingKeys.list(), policy, clock.now())) {
      const event = await take(step)
      if (event === undefined) continue
      publisher.publish(event)
      changed = true
    }
    return changed
  }
}
