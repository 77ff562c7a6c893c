/** Why authorization requests are refused, in the few words that metrics have for it. Pure. */
import type { EventOf } from '../events/catalogue.ts'

export const authorizationRejections = [
  'unknown_client',
  'redirect_uri',
  'resource',
  'scope',
  'pkce',
  'policy',
  'document',
  'approval',
  'sign_in',
  'other',
] as const
export type AuthorizationRejection = (typeof authorizationRejections)[number]

const byReason: Readonly<Record<string, AuthorizationRejection>> = {
  unknown_client: 'unknown_client',
  client_expired: 'unknown_client',
  redirect_uri_missing: 'redirect_uri',
  redirect_uri_unregistered: 'redirect_uri',
  pkce: 'pkce',
  document_policy: 'policy',
  document_address: 'document',
  document_busy: 'document',
  document_unusable: 'document',
  client_pending: 'approval',
}

/** Where the code that was sent says it all. */
const byError: Readonly<Record<string, AuthorizationRejection>> = {
  invalid_target: 'resource',
  invalid_scope: 'scope',
  login_required: 'sign_in',
  consent_required: 'sign_in',
}

export function rejectionOf({
  error,
  reason = '',
}: Pick<EventOf<'authorization.refused'>, 'error' | 'reason'>): AuthorizationRejection {
  return byReason[reason] ?? byError[error] ?? 'other'
}
