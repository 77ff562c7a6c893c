/** What a sign-in still needs before its session begins. Pure. */
import type { Account } from './account.ts'
import { isMultiFactor, type Proof } from './authentication.ts'
import { type EnrolledFactors, hasSecondFactor } from './factors/factor.ts'

/** In the order in which they are asked for. */
export type SignInStep =
  /** A code, a passkey or a recovery code. */
  | 'second_factor'
  /** A password of one's own in the place of one that somebody else knows. */
  | 'new_password'
  /** A first second factor, since the policy wants one. */
  | 'enroll'

/** Who must have a second factor. */
export type SecondFactorPolicy = 'none' | 'admins' | 'everyone'

export function isRequiredOf(policy: SecondFactorPolicy, account: Pick<Account, 'role'>): boolean {
  return policy === 'everyone' || (policy === 'admins' && account.role === 'admin')
}

/**
 * Whoever has a second factor is asked for it after their password. After a provider only where the policy demands one:
 * the provider has its own, and being asked twice helps nobody who did not want it.
 * @returns `undefined` when nothing is left.
 */
export function nextStep(facts: {
  account: Pick<Account, 'role' | 'passwordChangeRequired'>
  factors: EnrolledFactors
  methods: readonly Proof[]
  policy: SecondFactorPolicy
}): SignInStep | undefined {
  const { account, factors, methods, policy } = facts
  const required = isRequiredOf(policy, account)
  const has = hasSecondFactor(factors)
  const withPassword = methods.includes('pwd')
  if (has && !isMultiFactor(methods) && (withPassword || required)) return 'second_factor'
  if (withPassword && account.passwordChangeRequired) return 'new_password'
  if (!has && required) return 'enroll'
  return undefined
}
