/** For people who forgot their password, and the pages behind links that are mailed. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { NewPasswordField, type PasswordProblemName } from '../components/password-field.tsx'
import { ErrorSummary, Field, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { type FormPageProps, localHref, type PageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface ForgotPasswordPageProps extends FormPageProps {
  /** A link is on its way, if there is anybody to send it to. */
  sent: boolean
  /** Seconds to wait, when there were too many requests. */
  throttled: number | null
}

export function ForgotPasswordPage(props: ForgotPasswordPageProps) {
  const { site, csrfToken, sent, throttled } = props
  const text = useText().security
  const { forgot } = text
  const back = (
    <p class="centered">
      <a href={localHref(site, '/login')}>{forgot.back}</a>
    </p>
  )
  if (sent) {
    return (
      <PublicPage {...props} title={forgot.sentTitle}>
        <h1>{forgot.sentTitle}</h1>
        <p>{forgot.sent}</p>
        <p class="aside">{forgot.sentAdvice}</p>
        {back}
      </PublicPage>
    )
  }
  return (
    <PublicPage {...props} title={throttled === null ? forgot.title : text.errorTitle(forgot.title)}>
      <h1>{forgot.title}</h1>
      <p class="lead">{forgot.lead}</p>
      {throttled !== null && (
        <Alert tone="danger" title={text.throttled} focused>
          <p>{text.throttledAdvice(throttled)}</p>
        </Alert>
      )}
      <Form site={site} action="/forgot-password" csrfToken={csrfToken} className="stack">
        <Field name="username" label={forgot.field} autocomplete="username" autofocus={throttled === null} />
        <Button wide>{forgot.submit}</Button>
      </Form>
      {back}
    </PublicPage>
  )
}

export interface ResetPasswordPageProps extends FormPageProps {
  token: string
  username: string
  minLength: number
  problem: PasswordProblemName | null
  busy: boolean
}

export function ResetPasswordPage(props: ResetPasswordPageProps) {
  const { site, csrfToken, token, username, minLength, problem, busy } = props
  const text = useText().security
  const failed = problem !== null || busy
  return (
    <PublicPage {...props} title={failed ? text.errorTitle(text.reset.title) : text.reset.title}>
      <h1>{text.reset.title}</h1>
      <p class="lead">{text.reset.lead(username)}</p>
      {busy && (
        <Alert tone="danger" title={text.busy} focused>
          <p>{text.busyAdvice}</p>
        </Alert>
      )}
      {problem !== null && (
        <ErrorSummary
          title={text.reset.title}
          problems={[{ field: 'new_password', message: text.password.problems[problem](minLength) }]}
        />
      )}
      <Form site={site} action="/reset-password" csrfToken={csrfToken} className="stack">
        <input type="hidden" name="token" value={token} />
        <input type="text" name="username" value={username} autocomplete="username" hidden readOnly />
        <NewPasswordField minLength={minLength} problem={problem} />
        <Button wide>{text.reset.submit}</Button>
      </Form>
    </PublicPage>
  )
}

export interface LinkPageProps extends PageProps {
  purpose: 'reset_password' | 'verify_email'
}

/** For a link that is none, or none any more. */
export function InvalidLinkPage(props: LinkPageProps) {
  const text = useText().security
  const words = props.purpose === 'reset_password' ? text.reset : text.verifyEmail
  return (
    <PublicPage {...props} title={words.invalidTitle}>
      <h1>{words.invalidTitle}</h1>
      <p>{words.invalid}</p>
      {props.purpose === 'reset_password' ? (
        <LinkButton href={localHref(props.site, '/forgot-password')} kind="primary" wide>
          {text.reset.again}
        </LinkButton>
      ) : (
        <LinkButton href={localHref(props.site, '/account/profile')} kind="primary" wide>
          {text.verifyEmail.profile}
        </LinkButton>
      )}
    </PublicPage>
  )
}

export interface VerifyEmailPageProps extends FormPageProps {
  token: string
  email: string
}

/** A link alone does nothing: mail scanners open links. */
export function VerifyEmailPage(props: VerifyEmailPageProps) {
  const { site, csrfToken, token, email } = props
  const text = useText().security.verifyEmail
  return (
    <PublicPage {...props} title={text.title}>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead}</p>
      <p>
        <bdi dir="ltr">{email}</bdi>
      </p>
      <Form site={site} action="/verify-email" csrfToken={csrfToken} className="stack">
        <input type="hidden" name="token" value={token} />
        <Button wide>{text.submit}</Button>
      </Form>
    </PublicPage>
  )
}

export function EmailVerifiedPage(props: PageProps) {
  const text = useText().security.verifyEmail
  return (
    <PublicPage {...props} title={text.doneTitle}>
      <h1>{text.doneTitle}</h1>
      <p>{text.done}</p>
      <p>
        <a href={localHref(props.site, '/account/profile')}>{text.profile}</a>
      </p>
    </PublicPage>
  )
}
