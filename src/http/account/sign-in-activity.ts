/** The last attempts to sign in to an account, as the audit log has them, for its owner to look through. */
import type { AuthSource, LoginFailureReason } from '../../events/catalogue.ts'
import type { AuditReader, AuditRecord } from '../../observability/audit-record.ts'
import type { AccountId } from '../../shared/ids.ts'
import type { SignInActivity, SignInAttempt, SignInOutcome } from '../../views/pages/sign-in-activity.tsx'
import { providerNames } from './provider-names.ts'

const shownAttempts = 10

/** What a failure is called before the owner of the account. The rest are faults that they can do nothing about. */
const outcomes: Partial<Record<LoginFailureReason, SignInOutcome>> = {
  bad_credentials: 'wrong_password',
  second_factor_failed: 'wrong_factor',
  second_factor_abandoned: 'abandoned',
  account_locked: 'delayed',
  account_disabled: 'disabled',
}

export function createSignInActivity(dependencies: {
  audit: Pick<AuditReader, 'signInsOf'>
  /** Whether anything is recorded at present. */
  recorded: boolean
}): (id: AccountId) => Promise<SignInActivity> {
  const { audit, recorded } = dependencies
  return async (id) => ({ recorded, attempts: (await audit.signInsOf(id, shownAttempts)).map(attemptOf) })
}

function attemptOf({
  id,
  at,
  success,
  errorMessage,
  details,
  userAgent,
  actorIp,
}: AuditRecord): SignInAttempt {
  const reason = errorMessage as LoginFailureReason | undefined
  return {
    id,
    at,
    outcome: success ? 'signed_in' : ((reason && outcomes[reason]) ?? 'failed'),
    signedInWith: sourceOf(details?.auth_source as AuthSource | undefined),
    userAgent: userAgent || null,
    address: actorIp || null,
  }
}

function sourceOf(source: AuthSource | undefined): SignInAttempt['signedInWith'] {
  return source === undefined || source === 'local' || source === 'http_api'
    ? 'password'
    : { provider: providerNames[source] }
}
