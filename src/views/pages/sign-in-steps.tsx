/** What may come between the password and the session: a second factor, a password of one's own, a first factor. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { PasskeyForm, type PasskeyRequest } from '../components/passkey.tsx'
import { NewPasswordField, type PasswordProblemName } from '../components/password-field.tsx'
import { RecoveryCodes } from '../components/recovery-codes.tsx'
import { TotpEnrolmentFields, type TotpEnrolmentProps } from '../components/totp-enrolment.tsx'
import { ErrorSummary, Field, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import type { FormPageProps, PageProps, Site } from '../props.ts'
import { useText } from '../reader.tsx'

export type StepError =
  | { kind: 'wrong' }
  | { kind: 'busy' }
  | { kind: 'throttled'; retryAfterSeconds: number }
  | { kind: 'refused_passkey' }
  | { kind: 'expired' }
  | null

interface StepProps extends FormPageProps {
  /** Where the person goes on after signing in. */
  redirect: string | null
  error: StepError
}

function Redirect({ redirect }: { redirect: string | null }) {
  return redirect === null ? null : <input type="hidden" name="redirect" value={redirect} />
}

function Problem({ error }: { error: NonNullable<StepError> }) {
  const text = useText().security
  switch (error.kind) {
    case 'wrong':
      return (
        <Alert tone="danger" title={text.verify.wrong} focused>
          <p>{text.verify.wrongAdvice}</p>
        </Alert>
      )
    case 'busy':
      return (
        <Alert tone="danger" title={text.busy} focused>
          <p>{text.busyAdvice}</p>
        </Alert>
      )
    case 'throttled':
      return (
        <Alert tone="danger" title={text.throttled} focused>
          <p>{text.throttledAdvice(error.retryAfterSeconds)}</p>
        </Alert>
      )
    case 'refused_passkey':
      return (
        <Alert tone="danger" title={text.enroll.refused} focused>
          <p>{text.enroll.refusedAdvice}</p>
        </Alert>
      )
    case 'expired':
      return <Alert tone="warning" title={text.enroll.expired} focused />
  }
}

/** Gives the sign-in up. */
function StartAgain({
  site,
  csrfToken,
  redirect,
}: {
  site: Site
  csrfToken: string
  redirect: string | null
}) {
  const text = useText().security.verify
  return (
    <Form site={site} action="/login/cancel" csrfToken={csrfToken} className="centered">
      <Redirect redirect={redirect} />
      <Button kind="quiet">{text.other}</Button>
    </Form>
  )
}

export interface VerifyPageProps extends StepProps {
  /** Whether there is an app whose codes may be typed. */
  app: boolean
  passkey: PasskeyRequest | null
}

export function VerifyPage(props: VerifyPageProps) {
  const { site, csrfToken, redirect, error, app, passkey } = props
  const text = useText().security
  const title = text.verify.title
  const code = (
    <Form site={site} action="/login/verify" csrfToken={csrfToken} className="stack">
      <Redirect redirect={redirect} />
      <Field
        name="code"
        label={text.verify.code}
        autocomplete="one-time-code"
        help={app ? text.verify.codeHelp : text.verify.recoveryHelp}
        autofocus={error === null && passkey === null}
      />
      <Button kind={passkey === null ? 'primary' : 'secondary'} wide>
        {text.verify.submit}
      </Button>
    </Form>
  )
  return (
    <PublicPage {...props} title={error === null ? title : text.errorTitle(title)}>
      <h1>{title}</h1>
      <p class="lead">{text.verify.lead}</p>
      {error !== null && <Problem error={error} />}
      {passkey !== null && (
        <>
          <PasskeyForm
            site={site}
            action="/login/verify"
            csrfToken={csrfToken}
            request={passkey}
            ceremony="get"
          >
            <Redirect redirect={redirect} />
            <Button wide>{text.verify.passkey}</Button>
          </PasskeyForm>
          <p class="divider">{text.or}</p>
        </>
      )}
      {code}
      <StartAgain site={site} csrfToken={csrfToken} redirect={redirect} />
    </PublicPage>
  )
}

export interface NewPasswordPageProps extends StepProps {
  username: string
  minLength: number
  problem: PasswordProblemName | null
}

export function NewPasswordPage(props: NewPasswordPageProps) {
  const { site, csrfToken, redirect, error, username, minLength, problem } = props
  const text = useText().security
  const title = text.newPassword.title
  const failed = error !== null || problem !== null
  return (
    <PublicPage {...props} title={failed ? text.errorTitle(title) : title}>
      <h1>{title}</h1>
      <p class="lead">{text.newPassword.lead}</p>
      {error !== null && <Problem error={error} />}
      {problem !== null && (
        <ErrorSummary
          title={title}
          problems={[{ field: 'new_password', message: text.password.problems[problem](minLength) }]}
        />
      )}
      <Form site={site} action="/login/new-password" csrfToken={csrfToken} className="stack">
        <Redirect redirect={redirect} />
        <input type="text" name="username" value={username} autocomplete="username" hidden readOnly />
        <NewPasswordField minLength={minLength} problem={problem} />
        <Button wide>{text.newPassword.submit}</Button>
      </Form>
      <StartAgain site={site} csrfToken={csrfToken} redirect={redirect} />
    </PublicPage>
  )
}

export interface EnrollPageProps extends StepProps {
  totp: TotpEnrolmentProps
  passkey: PasskeyRequest | null
}

export function EnrollPage(props: EnrollPageProps) {
  const { site, csrfToken, redirect, error, totp, passkey } = props
  const text = useText().security
  const title = text.enroll.title
  return (
    <PublicPage {...props} title={error === null && !totp.wrong ? title : text.errorTitle(title)}>
      <h1>{title}</h1>
      <p class="lead">{text.enroll.lead}</p>
      {error !== null && <Problem error={error} />}
      {totp.wrong && (
        <ErrorSummary
          title={text.verify.wrong}
          problems={[{ field: 'code', message: text.totp.firstCodeWrong }]}
        />
      )}
      <h2>{text.enroll.app}</h2>
      <p>{text.enroll.appLead}</p>
      <Form site={site} action="/login/enroll" csrfToken={csrfToken} className="stack">
        <Redirect redirect={redirect} />
        <TotpEnrolmentFields {...totp} />
        <Button wide>{text.enroll.submit}</Button>
      </Form>
      {passkey !== null && (
        <>
          <p class="divider">{text.or}</p>
          <h2>{text.enroll.passkey}</h2>
          <p>{text.enroll.passkeyLead}</p>
          <PasskeyForm
            site={site}
            action="/login/enroll"
            csrfToken={csrfToken}
            request={passkey}
            ceremony="create"
          >
            <Redirect redirect={redirect} />
            <Button kind="secondary" wide>
              {text.enroll.addPasskey}
            </Button>
          </PasskeyForm>
        </>
      )}
      <StartAgain site={site} csrfToken={csrfToken} redirect={redirect} />
    </PublicPage>
  )
}

export interface RecoveryCodesPageProps extends PageProps {
  codes: readonly string[]
  /** Where the person goes on, base path included. */
  continueHref: string
}

/** The only time recovery codes are shown. */
export function RecoveryCodesPage(props: RecoveryCodesPageProps) {
  const text = useText().security.recoveryCodes
  return (
    <PublicPage {...props} title={text.title}>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead}</p>
      <RecoveryCodes codes={props.codes} />
      <LinkButton href={props.continueHref} kind="primary" wide>
        {text.done}
      </LinkButton>
    </PublicPage>
  )
}
