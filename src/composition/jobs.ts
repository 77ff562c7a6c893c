/** What runs by the clock. */
import { renewTotpSecrets } from '../accounts/factors/renew-secrets.ts'
import { signingKeyReloadSeconds } from '../config/fixed-times.ts'
import { claimAnnouncements } from '../jobs/claim-announcements.ts'
import { cleanUpAudit, cleanUpExpired, cleanUpRollup, cleanUpUsedValues } from '../jobs/clean-up.ts'
import type { Job } from '../jobs/runner.ts'
import type { ClientDocuments } from '../oauth/client-documents/documents.ts'
import { expireDescribedClients } from '../oauth/client-documents/expire.ts'
import { createBackchannelLogout } from '../oauth/openid/backchannel-logout.ts'
import { expireRegisteredClients } from '../oauth/registration/expire.ts'
import { rotationPolicy } from '../oauth/token/key-rotation.ts'
import { createKeyRotation } from '../oauth/token/rotate-keys.ts'
import type { Parts } from './parts.ts'

const sessionSweepSeconds = 30
/** Late by this much an abandoned sign-in counts. */
const signInSweepSeconds = 15
const announcementSeconds = 1
const keyRotationSeconds = 60
const daySeconds = 86_400
/** As soon as people notice, and far below any client's own time-out. */
const backchannelLogoutSeconds = 1
const usedValueSeconds = 60
const withdrawnClientSeconds = 600
const rollupSeconds = 5
const rollupCleanUpSeconds = 3600

/** Every job, by name and with its pace. */
export function backgroundJobs(
  parts: Parts,
  { sweepSessions, sweepSignIns }: { sweepSessions(): Promise<unknown>; sweepSignIns(): Promise<unknown> },
  documents: ClientDocuments,
): Job[] {
  const { config, clock, ids, storage, bus, observers, signingKeys, encryption, outbound } = parts
  const rotateKeys = createKeyRotation({
    storage,
    encryption,
    clock,
    publisher: bus,
    policy: rotationPolicy(config),
  })
  const backchannelLogout = createBackchannelLogout({
    storage,
    signingKeys,
    outbound,
    publisher: bus,
    clock,
    ids,
    issuer: config.server.issuer,
  })
  const job = (
    name: string,
    everySeconds: number,
    run: () => Promise<unknown>,
    immediately = false,
  ): Job => ({
    name,
    everySeconds,
    immediately,
    run: async () => {
      await run()
    },
  })
  const jobs = [
    job('sweep_sessions', sessionSweepSeconds, sweepSessions, true),
    job('sweep_sign_ins', signInSweepSeconds, sweepSignIns, true),
    job('claim_announcements', announcementSeconds, () => claimAnnouncements(storage, bus, clock), true),
    job(
      'rotate_signing_keys',
      keyRotationSeconds,
      async () => {
        if (await rotateKeys()) await signingKeys.reload()
      },
      true,
    ),
    job('renew_encryption', daySeconds, () => renewTotpSecrets(storage, encryption), true),
    job('deliver_backchannel_logouts', backchannelLogoutSeconds, () => backchannelLogout.deliver(), true),
    // Also where clean-up is off: proofs of possession leave a row with each request.
    job('clean_up_used_values', usedValueSeconds, () => cleanUpUsedValues(storage, clock), true),
    job('flush_rollup', rollupSeconds, () => observers.flushRollup()),
    // Also where clean-up is off: every minute leaves rows.
    job('clean_up_rollup', rollupCleanUpSeconds, () => cleanUpRollup(storage, clock), true),
    job('reload_signing_keys', signingKeyReloadSeconds, () => signingKeys.reload()),
  ]
  if (config.clientDocuments.mode !== 'off') {
    jobs.push(job('end_withdrawn_clients', withdrawnClientSeconds, () => documents.endWithdrawn()))
  }
  if (config.cleanup.enabled) {
    const cleanUp = async (): Promise<void> => {
      // Before grants are forgotten, which show that a client is used.
      await expireRegisteredClients({ storage, publisher: bus, clock })
      await expireDescribedClients({ storage, publisher: bus, clock })
      await cleanUpExpired(storage, clock)
    }
    jobs.push(job('clean_up', config.cleanup.intervalSeconds, cleanUp, true))
  }
  const { retentionSeconds, cleanupIntervalSeconds } = config.audit
  if (retentionSeconds > 0) {
    jobs.push(
      // At every start as well: a server that is restarted daily would never get to it.
      job(
        'clean_up_audit',
        cleanupIntervalSeconds,
        () => cleanUpAudit(storage, clock, retentionSeconds),
        true,
      ),
    )
  }
  return jobs
}
