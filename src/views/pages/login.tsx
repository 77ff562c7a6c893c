/** Sign-in: who is there, and on the way to what. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { PasskeyForm, type PasskeyRequest } from '../components/passkey.tsx'
import { Checkbox, ErrorSummary, Field, type FieldProblem, Form, problemWith } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { type FormPageProps, localHref } from '../props.ts'
import { useReader, useText } from '../reader.tsx'
import { waitingTime } from '../relative-time.ts'

/** What is said of a session that is over, by the code in the address. */
export const sessionEndNotices = ['session_timeout', 'session_invalid', 'session_ended'] as const
export type SessionEndNotice = (typeof sessionEndNotices)[number]

/** Why the page is shown again, or at all. Whether an account exists is never among the reasons. */
export type LoginError =
  | { kind: 'missing'; fields: readonly ('username' | 'password')[] }
  | { kind: 'invalid_credentials' }
  | { kind: SessionEndNotice }
  | { kind: 'throttled'; retryAfterSeconds: number }
  | { kind: 'disabled' }
  | { kind: 'not_set_up' }
  | { kind: 'unavailable' }
  | { kind: 'passkey' }
  | { kind: 'expired' }

/** `again`: signed in, and asked to prove it once more. */
export type LoginNotice = 'signed_out' | 'again' | 'password_changed'

/** Another way to sign in, through a provider. */
export interface LoginProvider {
  name: string
  /** Shown after "Continue with". */
  label: string
  /** Address that starts the sign-in there, base path included. */
  href: string
}

/** Addresses of the app's own pages, where its registration names them. */
export interface AppLinks {
  policyUri: string | null
  tosUri: string | null
}

export type LoginDestination =
  | { kind: 'device' }
  | {
      kind: 'app'
      name: string
      links: AppLinks
      /** Address of its logo on this server, base path included; `null` when there is none to show. */
      logo: string | null
    }

export interface LoginPageProps extends FormPageProps {
  /** Local path to go on to, checked by the route; `null` for the default. */
  redirect: string | null
  /** What the person typed before, so that it need not be typed again. */
  username: string
  /** What the person is on the way to, when known. */
  destination: LoginDestination | null
  /** For how many days "remember me" lasts; `null` when it is switched off. */
  rememberMeDays: number | null
  /** Whether the box was ticked before. */
  rememberMe: boolean
  providers: readonly LoginProvider[]
  /** Asks for a passkey that needs no name; `null` where there can be none. */
  passkey: PasskeyRequest | null
  /** Whether a link to choose a new password can be mailed. */
  recovery: boolean
  error: LoginError | null
  notice: LoginNotice | null
}

function LoginAlert({ error, problems }: { error: LoginError; problems: readonly FieldProblem[] }) {
  const { language } = useReader()
  const { common, login: text, security } = language.text
  switch (error.kind) {
    case 'missing':
      return <ErrorSummary title={text.missing} problems={problems} />
    case 'invalid_credentials':
      return (
        <Alert tone="danger" title={text.mismatch} focused>
          <p>
            {text.mismatchAdvice(
              <a href="#username">{text.usernameLink}</a>,
              <a href="#password">{text.passwordLink}</a>,
            )}
          </p>
        </Alert>
      )
    case 'session_timeout':
      return (
        <Alert tone="info" title={text.timeout}>
          <p>{text.timeoutAdvice}</p>
        </Alert>
      )
    case 'session_invalid':
      return (
        <Alert tone="warning" title={text.untrusted}>
          <p>{text.untrustedAdvice}</p>
        </Alert>
      )
    case 'session_ended':
      return (
        <Alert tone="info" title={text.ended}>
          <p>{text.endedAdvice}</p>
        </Alert>
      )
    case 'passkey':
      return (
        <Alert tone="danger" title={security.login.passkeyFailed} focused>
          <p>{security.login.passkeyFailedAdvice}</p>
        </Alert>
      )
    case 'expired':
      return (
        <Alert tone="warning" title={security.login.expired} focused>
          <p>{security.login.expiredAdvice}</p>
        </Alert>
      )
    case 'throttled':
      return (
        <Alert tone="danger" title={common.tooManyAttempts} focused>
          <p>{common.tryAgainAfter(waitingTime(error.retryAfterSeconds, language))}</p>
        </Alert>
      )
    case 'disabled':
      return (
        <Alert tone="danger" title={text.disabled} focused>
          <p>{text.disabledAdvice}</p>
        </Alert>
      )
    case 'not_set_up':
      return (
        <Alert tone="danger" title={text.notSetUp} focused>
          <p>{text.notSetUpAdvice}</p>
        </Alert>
      )
    case 'unavailable':
      return (
        <Alert tone="danger" title={text.unavailable} focused>
          <p>{text.unavailableAdvice}</p>
        </Alert>
      )
  }
}

function Destination({ destination }: { destination: LoginDestination }) {
  const { login: text } = useText()
  return (
    <p class="lead">
      {destination.kind === 'device'
        ? text.toDevice
        : text.toApp(
            <strong>
              <bdi>{destination.name}</bdi>
            </strong>,
          )}
    </p>
  )
}

/** What an app's registration says of it (OpenID Connect Registration 1.0 §2: for the person to see). */
function Links({ name, links }: { name: string; links: AppLinks }) {
  const { login: text } = useText()
  const { policyUri, tosUri } = links
  if (policyUri === null && tosUri === null) return null
  return (
    <p class="app-links muted">
      <bdi>{name}</bdi>:{' '}
      {policyUri !== null && (
        <a href={policyUri} rel="noreferrer">
          {text.privacyPolicy}
        </a>
      )}
      {policyUri !== null && tosUri !== null && ' · '}
      {tosUri !== null && (
        <a href={tosUri} rel="noreferrer">
          {text.terms}
        </a>
      )}
    </p>
  )
}

/** Errors of a form take the focus; a page opened for the first time, or again after a while, puts it in the field. */
function takesFocus(error: LoginError | null): boolean {
  return error !== null && !sessionEndNotices.some((notice) => notice === error.kind)
}

export function LoginPage(props: LoginPageProps) {
  const { site, csrfToken, redirect, username, destination, rememberMeDays, providers, error, notice } = props
  const { passkey, recovery } = props
  const { common, login: text, security } = useText()
  const problems =
    error?.kind === 'missing'
      ? error.fields.map((field) => ({ field, message: text.missingFields[field] }))
      : []
  return (
    <PublicPage site={site} title={error === null ? text.title : common.errorTitle(text.title)}>
      {destination?.kind === 'app' && destination.logo !== null && (
        // Says nothing the name does not say, and leaves no gap when it cannot be had.
        <img class="app-logo" src={destination.logo} alt="" />
      )}
      <h1>{text.title}</h1>
      {destination !== null && <Destination destination={destination} />}
      {site.brand?.signInText != null && <p class="sign-in-text">{site.brand.signInText}</p>}
      {error !== null && <LoginAlert error={error} problems={problems} />}
      {error === null && notice === 'signed_out' && (
        <Alert tone="good" title={text.signedOut}>
          <p>{text.signedOutAdvice}</p>
        </Alert>
      )}
      {error === null && notice === 'password_changed' && (
        <Alert tone="good" title={security.login.passwordChanged}>
          <p>{security.login.passwordChangedAdvice}</p>
        </Alert>
      )}
      {error === null && notice === 'again' && (
        <Alert tone="info" title={text.again}>
          <p>{text.againAdvice}</p>
        </Alert>
      )}
      {providers.length > 0 && (
        <>
          <ul class="providers">
            {providers.map(({ name, label, href }) => (
              <li key={name}>
                <LinkButton href={href} wide enhance="remember-me">
                  {text.continueWith(label)}
                </LinkButton>
              </li>
            ))}
          </ul>
          <p class="divider">{text.or}</p>
        </>
      )}
      <Form site={site} action="/login" csrfToken={csrfToken} className="stack">
        {redirect !== null && <input type="hidden" name="redirect" value={redirect} />}
        <Field
          name="username"
          label={text.username}
          autocomplete={passkey === null ? 'username' : 'username webauthn'}
          value={username}
          error={problemWith(problems, 'username')}
          autofocus={!takesFocus(error) && providers.length === 0}
        />
        <Field
          name="password"
          label={text.password}
          type="password"
          autocomplete="current-password"
          error={problemWith(problems, 'password')}
          enhance="password"
        />
        {rememberMeDays !== null && (
          <Checkbox
            name="remember_me"
            value="1"
            label={text.rememberMe(rememberMeDays)}
            checked={props.rememberMe}
          />
        )}
        <Button wide>{text.signIn}</Button>
      </Form>
      {recovery && (
        <p class="centered">
          <a href={localHref(site, '/forgot-password')}>{security.login.forgot}</a>
        </p>
      )}
      {passkey !== null && (
        <PasskeyForm
          site={site}
          action="/login/passkey"
          csrfToken={csrfToken}
          request={passkey}
          ceremony="get"
          conditional
        >
          {redirect !== null && <input type="hidden" name="redirect" value={redirect} />}
          <Button kind="secondary" wide>
            {security.login.passkey}
          </Button>
        </PasskeyForm>
      )}
      {destination?.kind === 'app' && <Links name={destination.name} links={destination.links} />}
    </PublicPage>
  )
}
