/** How a person signs in: password, authenticator app, passkeys, recovery codes. */
import type { ComponentChildren } from 'preact'
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Confirm } from '../components/confirm.tsx'
import { PasskeyForm, type PasskeyRequest } from '../components/passkey.tsx'
import { NewPasswordField, type PasswordProblemName } from '../components/password-field.tsx'
import { RecoveryCodes } from '../components/recovery-codes.tsx'
import { Time } from '../components/time.tsx'
import { TotpEnrolmentFields, type TotpEnrolmentProps } from '../components/totp-enrolment.tsx'
import { ErrorSummary, Field, type FieldProblem, Form } from '../form.tsx'
import type { Text } from '../languages/languages.ts'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps, type TimedProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { type SignInActivity, SignInActivitySection } from './sign-in-activity.tsx'

export interface OwnPasskey {
  id: string
  name: string
  syncable: boolean
  createdAt: Instant
  lastUsedAt: Instant | null
}

export type SecurityNotice = keyof Text['security']['page']['notices']
export type SecurityProblem = keyof Text['security']['page']['problems']

export interface AccountSecurityPageProps extends SignedInPageProps, TimedProps {
  /** Whose password it is. */
  password: 'own' | 'provider' | 'directory'
  minLength: number
  /** What was wrong with the password form. */
  passwordError:
    | { kind: 'current' }
    | { kind: 'new'; problem: PasswordProblemName }
    | { kind: 'busy' }
    | { kind: 'throttled'; retryAfterSeconds: number }
    | null
  totp: { createdAt: Instant } | null
  passkeys: readonly OwnPasskey[]
  passkeysPossible: boolean
  recoveryCodesLeft: number
  activity: SignInActivity
  /** Whether the last factor has to stay. */
  required: boolean
  notice: SecurityNotice | null
  problem: SecurityProblem | null
}

function Section({ id, heading, children }: { id: string; heading: string; children: ComponentChildren }) {
  return (
    <section class="section" aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {children}
    </section>
  )
}

function PasswordSection(props: AccountSecurityPageProps) {
  const { site, csrfToken, account, password, minLength, passwordError: error } = props
  const text = useText().security
  const { page } = text
  if (password !== 'own') {
    const where = password === 'provider' ? page.providerName : page.directoryName
    return (
      <Section id="password-heading" heading={page.passwordHeading}>
        <p>{page.passwordElsewhere(where)}</p>
      </Section>
    )
  }
  return (
    <Section id="password-heading" heading={page.passwordHeading}>
      <p class="muted">{page.passwordLead}</p>
      <Form site={site} action="/account/security/password" csrfToken={csrfToken} className="stack narrow">
        <input type="text" name="username" value={account.username} autocomplete="username" hidden readOnly />
        <Field
          name="current_password"
          label={page.current}
          type="password"
          autocomplete="current-password"
          error={error?.kind === 'current' ? page.currentWrong : undefined}
          enhance="password"
        />
        <NewPasswordField minLength={minLength} problem={error?.kind === 'new' ? error.problem : null} />
        <div>
          <Button>{page.change}</Button>
        </div>
      </Form>
    </Section>
  )
}

/** What is removed is named before the button that does it. */
function Removal(props: {
  site: AccountSecurityPageProps['site']
  csrfToken: string
  action: string
  label: string
  about?: string
  what: string
}) {
  return (
    <Confirm {...props} summary={`${props.label}…`} consequence={<p>{props.what}</p>} button={props.label} />
  )
}

/** Asks for the name behind a button, so that the list stays a list. */
function Rename(props: {
  site: AccountSecurityPageProps['site']
  csrfToken: string
  id: string
  name: string
}) {
  const { site, csrfToken, id, name } = props
  const { page } = useText().security
  return (
    <Confirm
      site={site}
      csrfToken={csrfToken}
      action={`/account/security/passkeys/${id}/rename`}
      summary={`${page.passkeyRename}…`}
      about={name}
      consequence={
        <Field
          name={`name-${id}`}
          field="name"
          label={page.passkeyName}
          help={page.passkeyNameHelp}
          value={name}
          autocomplete="off"
          required={false}
        />
      }
      button={page.passkeyRename}
      kind="primary"
    />
  )
}

function AppSection({ site, csrfToken, totp, now, required, passkeys }: AccountSecurityPageProps) {
  const { page } = useText().security
  return (
    <Section id="app-heading" heading={page.appHeading}>
      {totp === null ? (
        <>
          <p class="muted">{page.appOff}</p>
          <div>
            <LinkButton href={localHref(site, '/account/security/app')}>{page.appAdd}</LinkButton>
          </div>
        </>
      ) : (
        <>
          <p>
            {page.appOn} <Time at={totp.createdAt} now={now} />
          </p>
          {required && passkeys.length === 0 ? (
            <p class="muted">{page.lastIsRequired}</p>
          ) : (
            <Removal
              site={site}
              csrfToken={csrfToken}
              action="/account/security/app/remove"
              label={page.appRemove}
              what={page.appRemoveWhat}
            />
          )}
        </>
      )}
    </Section>
  )
}

function PasskeySection(props: AccountSecurityPageProps) {
  const { site, csrfToken, passkeys, passkeysPossible, now, required, totp } = props
  const { page } = useText().security
  return (
    <Section id="passkey-heading" heading={page.passkeyHeading}>
      <p class="muted">{passkeysPossible ? page.passkeyLead : page.passkeyImpossible}</p>
      {passkeys.length === 0 && passkeysPossible && <p>{page.passkeyNone}</p>}
      {passkeys.length > 0 && (
        <ul class="entries">
          {passkeys.map(({ id, name, syncable, createdAt, lastUsedAt }) => (
            <li key={id}>
              <p>
                <strong>
                  <bdi>{name}</bdi>
                </strong>
                <span class="detail">{syncable ? page.passkeySynced : page.passkeyBound}</span>
              </p>
              <p class="muted">
                {page.passkeyAdded} <Time at={createdAt} now={now} /> · {page.passkeyUsed}{' '}
                {lastUsedAt === null ? page.passkeyNever : <Time at={lastUsedAt} now={now} />}
              </p>
              <Rename site={site} csrfToken={csrfToken} id={id} name={name} />
              {required && passkeys.length === 1 && totp === null ? (
                <p class="muted">{page.lastIsRequired}</p>
              ) : (
                <Removal
                  site={site}
                  csrfToken={csrfToken}
                  action={`/account/security/passkeys/${id}/remove`}
                  label={page.passkeyRemove}
                  about={name}
                  what={page.passkeyRemoveWhat(name)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {passkeysPossible && (
        <div>
          <LinkButton href={localHref(site, '/account/security/passkeys/new')}>{page.passkeyAdd}</LinkButton>
        </div>
      )}
    </Section>
  )
}

export function AccountSecurityPage(props: AccountSecurityPageProps) {
  const { site, csrfToken, passwordError, totp, passkeys, recoveryCodesLeft, notice, problem } = props
  const text = useText().security
  const { page } = text
  const problems: FieldProblem[] =
    passwordError?.kind === 'current'
      ? [{ field: 'current_password', message: page.currentWrong }]
      : passwordError?.kind === 'new'
        ? [
            {
              field: 'new_password',
              message: text.password.problems[passwordError.problem](props.minLength),
            },
          ]
        : []
  const failed = passwordError !== null || problem !== null
  return (
    <InsidePage
      {...props}
      title={failed ? text.errorTitle(page.title) : page.title}
      heading={page.title}
      lead={page.lead}
      current="/account/security"
    >
      {problems.length > 0 && <ErrorSummary title={page.passwordHeading} problems={problems} />}
      {passwordError?.kind === 'busy' && (
        <Alert tone="danger" title={text.busy} focused>
          <p>{text.busyAdvice}</p>
        </Alert>
      )}
      {passwordError?.kind === 'throttled' && (
        <Alert tone="danger" title={text.throttled} focused>
          <p>{text.throttledAdvice(passwordError.retryAfterSeconds)}</p>
        </Alert>
      )}
      {problem !== null && <Alert tone="danger" title={page.problems[problem]} focused />}
      {!failed && notice !== null && <Alert tone="good" title={page.notices[notice]} />}
      <PasswordSection {...props} />
      <PasskeySection {...props} />
      <AppSection {...props} />
      <Section id="codes-heading" heading={page.codesHeading}>
        {totp === null && passkeys.length === 0 ? (
          <p class="muted">{page.codesNone}</p>
        ) : (
          <>
            <p>{page.codesLead(recoveryCodesLeft)}</p>
            <Removal
              site={site}
              csrfToken={csrfToken}
              action="/account/security/recovery-codes"
              label={page.codesRenew}
              what={page.codesRenewWhat}
            />
          </>
        )}
      </Section>
      <SignInActivitySection {...props} ownPassword={props.password === 'own'} />
    </InsidePage>
  )
}

export interface AddAppPageProps extends SignedInPageProps {
  totp: TotpEnrolmentProps
  expired: boolean
}

export function AddAppPage(props: AddAppPageProps) {
  const { site, csrfToken, totp, expired } = props
  const text = useText().security
  return (
    <InsidePage
      {...props}
      title={text.page.appAdd}
      parent={{ path: '/account/security', label: text.page.title }}
      lead={text.enroll.appLead}
      current="/account/security"
    >
      {expired && <Alert tone="warning" title={text.enroll.expired} focused />}
      {totp.wrong && (
        <ErrorSummary
          title={text.verify.wrong}
          problems={[{ field: 'code', message: text.totp.firstCodeWrong }]}
        />
      )}
      <Form site={site} action="/account/security/app" csrfToken={csrfToken} className="stack narrow">
        <TotpEnrolmentFields {...totp} />
        <div class="acts">
          <Button>{text.enroll.submit}</Button>
          <LinkButton kind="quiet" href={localHref(site, '/account/security')}>
            {text.confirm.cancel}
          </LinkButton>
        </div>
      </Form>
    </InsidePage>
  )
}

export interface AddPasskeyPageProps extends SignedInPageProps {
  request: PasskeyRequest
}

export function AddPasskeyPage(props: AddPasskeyPageProps) {
  const { site, csrfToken, request } = props
  const text = useText().security
  const { page } = text
  return (
    <InsidePage
      {...props}
      title={page.passkeyAdd}
      parent={{ path: '/account/security', label: page.title }}
      lead={text.enroll.passkeyLead}
      current="/account/security"
    >
      <div class="narrow">
        <PasskeyForm
          site={site}
          action="/account/security/passkeys/new"
          csrfToken={csrfToken}
          request={request}
          ceremony="create"
        >
          <Field
            name="name"
            label={page.passkeyName}
            help={page.passkeyNameHelp}
            autocomplete="off"
            required={false}
          />
          <div class="acts">
            <Button>{text.enroll.addPasskey}</Button>
          </div>
        </PasskeyForm>
      </div>
    </InsidePage>
  )
}

export interface NewRecoveryCodesPageProps extends SignedInPageProps {
  codes: readonly string[]
}

export function NewRecoveryCodesPage(props: NewRecoveryCodesPageProps) {
  const text = useText().security
  return (
    <InsidePage
      {...props}
      title={text.recoveryCodes.title}
      lead={text.recoveryCodes.lead}
      current="/account/security"
    >
      <RecoveryCodes codes={props.codes} />
      <div>
        <LinkButton href={localHref(props.site, '/account/security')} kind="primary">
          {text.recoveryCodes.done}
        </LinkButton>
      </div>
    </InsidePage>
  )
}
