/** A sign-in through an identity provider that did not end as its person wanted: what happened, and the way on. */
import { LinkButton } from '../components/button.tsx'
import { Id } from '../components/id.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** Every way it can go wrong, and the status of the page that says so. */
export const providerFailures = {
  state_missing: 400,
  state_mismatch: 400,
  state_expired: 400,
  cancelled: 403,
  provider_error: 502,
  exchange_failed: 502,
  unavailable: 503,
  no_email: 403,
  email_taken: 409,
  registration_off: 403,
  account_disabled: 403,
  session_changed: 403,
  identity_taken: 409,
  already_connected: 409,
} as const satisfies Record<string, number>

export type ProviderFailure = keyof typeof providerFailures

export interface ProviderFailurePageProps extends PageProps {
  failure: ProviderFailure
  /** What people call the provider. */
  provider: string
  /** Whether somebody was connecting it to their account, and goes on there. */
  connecting: boolean
  /** Where they were on the way to. */
  redirect: string | null
  requestId: string
}

export function ProviderFailurePage(props: ProviderFailurePageProps) {
  const { site, failure, provider, connecting, redirect, requestId } = props
  const { signInWith: text, error } = useText()
  const words = text.failures[failure]
  const title = words.title(provider)
  return (
    <PublicPage site={site} title={title}>
      <h1>
        <bdi>{title}</bdi>
      </h1>
      <p class="lead">
        <bdi>{words.advice(provider)}</bdi>
      </p>
      <LinkButton href={localHref(site, wayOn(failure, connecting, redirect))} wide>
        {connecting
          ? text.toConnections
          : failure === 'email_taken'
            ? text.signInFirst
            : failure.startsWith('state_')
              ? text.startAgain
              : text.backToSignIn}
      </LinkButton>
      <div class="aside">
        <p>{error.requestIdAdvice}</p>
        <Id value={requestId} what={error.requestId} whole />
      </div>
    </PublicPage>
  )
}

function wayOn(failure: ProviderFailure, connecting: boolean, redirect: string | null): string {
  if (connecting) return '/account/connections'
  // Signed in, the person finds there what the page told them to do.
  const target = failure === 'email_taken' ? '/account/connections' : redirect
  return target === null ? '/login' : `/login?${new URLSearchParams({ redirect: target })}`
}
