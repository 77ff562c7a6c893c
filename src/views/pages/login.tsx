/** Sign-in: who is there, and on the way to what. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Checkbox, ErrorSummary, Field, type FieldProblem, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import type { FormPageProps } from '../props.ts'
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
  | { kind: 'unavailable' }

/** `again`: signed in, and asked to prove it once more. */
export type LoginNotice = 'signed_out' | 'again'

/** Another way to sign in, through a provider. */
export interface LoginProvider {
  name: string
  /** Shown as "Continue with …". */
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
  error: LoginError | null
  notice: LoginNotice | null
}

const fieldMessages = { username: 'Enter your username', password: 'Enter your password' } as const

function problemsOf(error: LoginError | null): readonly FieldProblem[] {
  if (error?.kind !== 'missing') return []
  return error.fields.map((field) => ({ field, message: fieldMessages[field] }))
}

function LoginAlert({ error }: { error: LoginError }) {
  switch (error.kind) {
    case 'missing':
      return <ErrorSummary title="Something is missing" problems={problemsOf(error)} />
    case 'invalid_credentials':
      return (
        <Alert tone="danger" title="That username and password do not match" focused>
          <p>
            Check your <a href="#username">username</a> and <a href="#password">password</a>, then try again.
          </p>
        </Alert>
      )
    case 'session_timeout':
      return (
        <Alert tone="info" title="You were away for a while">
          <p>We signed you out to keep your account safe. Sign in again to go on.</p>
        </Alert>
      )
    case 'session_invalid':
      return (
        <Alert tone="warning" title="Your session could not be trusted any more">
          <p>It looked different from the one you started, so we ended it. Sign in again to go on.</p>
        </Alert>
      )
    case 'session_ended':
      return (
        <Alert tone="info" title="You were signed out">
          <p>
            Your session was ended from another browser, or by the people who run this server. Sign in again
            to go on.
          </p>
        </Alert>
      )
    case 'throttled':
      return (
        <Alert tone="danger" title="Too many attempts" focused>
          <p>Wait {waitingTime(error.retryAfterSeconds)}, then try again.</p>
        </Alert>
      )
    case 'disabled':
      return (
        <Alert tone="danger" title="This account is switched off" focused>
          <p>Ask the people who run this server to switch it on again.</p>
        </Alert>
      )
    case 'unavailable':
      return (
        <Alert tone="danger" title="Signing in does not work right now" focused>
          <p>Nothing is wrong with what you typed. Try again in a minute.</p>
        </Alert>
      )
  }
}

function Destination({ destination }: { destination: LoginDestination }) {
  return (
    <p class="lead">
      {destination.kind === 'device' ? (
        'to connect a device'
      ) : (
        <>
          to continue to{' '}
          <strong>
            <bdi>{destination.name}</bdi>
          </strong>
        </>
      )}
    </p>
  )
}

/** What an app's registration says of it (OpenID Connect Registration 1.0 §2: for the person to see). */
function Links({ name, links }: { name: string; links: AppLinks }) {
  const { policyUri, tosUri } = links
  if (policyUri === null && tosUri === null) return null
  return (
    <p class="app-links muted">
      <bdi>{name}</bdi>:{' '}
      {policyUri !== null && (
        <a href={policyUri} rel="noreferrer">
          Privacy policy
        </a>
      )}
      {policyUri !== null && tosUri !== null && ' · '}
      {tosUri !== null && (
        <a href={tosUri} rel="noreferrer">
          Terms of service
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
  const problems = problemsOf(error)
  const messageFor = (field: string) => problems.find((problem) => problem.field === field)?.message
  return (
    <PublicPage site={site} title={error === null ? 'Sign in' : 'Error: Sign in'}>
      {destination?.kind === 'app' && destination.logo !== null && (
        // Says nothing the name does not say, and leaves no gap when it cannot be had.
        <img class="app-logo" src={destination.logo} alt="" />
      )}
      <h1>Sign in</h1>
      {destination !== null && <Destination destination={destination} />}
      {error !== null && <LoginAlert error={error} />}
      {error === null && notice === 'signed_out' && (
        <Alert tone="good" title="You are signed out">
          <p>You may close this page.</p>
        </Alert>
      )}
      {error === null && notice === 'again' && (
        <Alert tone="info" title="Sign in once more">
          <p>You are signed in already. The app asks you to show that it is still you.</p>
        </Alert>
      )}
      {providers.length > 0 && (
        <>
          <ul class="providers">
            {providers.map(({ name, label, href }) => (
              <li key={name}>
                <LinkButton href={href} wide>
                  Continue with {label}
                </LinkButton>
              </li>
            ))}
          </ul>
          <p class="divider">or</p>
        </>
      )}
      <Form site={site} action="/login" csrfToken={csrfToken} className="stack">
        {redirect !== null && <input type="hidden" name="redirect" value={redirect} />}
        <Field
          name="username"
          label="Username"
          autocomplete="username"
          value={username}
          error={messageFor('username')}
          autofocus={!takesFocus(error) && providers.length === 0}
        />
        <Field
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          error={messageFor('password')}
          enhance="password"
        />
        {rememberMeDays !== null && (
          <Checkbox
            name="remember_me"
            value="1"
            label={`Stay signed in for ${rememberMeDays} ${rememberMeDays === 1 ? 'day' : 'days'}`}
            checked={props.rememberMe}
          />
        )}
        <Button wide>Sign in</Button>
      </Form>
      {destination?.kind === 'app' && <Links name={destination.name} links={destination.links} />}
    </PublicPage>
  )
}
