/** Pages about how people prove who they are, in their states. */
import type { ComponentProps } from 'preact'
import { en } from '../../languages/en/en.tsx'
import type { Site } from '../../props.ts'
import { defaultReader } from '../../reader.tsx'
import { AccountProfilePage } from '../account-profile.tsx'
import {
  AccountSecurityPage,
  AddAppPage,
  AddPasskeyPage,
  NewRecoveryCodesPage,
} from '../account-security.tsx'
import { FormPostPage } from '../authorization.tsx'
import { type ConfirmError, ConfirmPage } from '../confirm.tsx'
import {
  EmailVerifiedPage,
  ForgotPasswordPage,
  InvalidLinkPage,
  ResetPasswordPage,
  VerifyEmailPage,
} from '../recovery.tsx'
import type { SignInOutcome } from '../sign-in-activity.tsx'
import {
  EnrollPage,
  NewPasswordPage,
  RecoveryCodesPage,
  type StepError,
  VerifyPage,
} from '../sign-in-steps.tsx'
import { csrfToken, earlier, now, type State, signedIn } from './everybody.fixture.tsx'

type Page<Component extends (props: never) => unknown> = Partial<
  Component extends (props: infer Props) => unknown ? Props : never
>

const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>): Key[] =>
  Object.keys(table) as Key[]

const visitor = (site: Site) => ({ site, reader: defaultReader, csrfToken })
const totp = (text: string, wrong = false) => ({
  sealed: text,
  address: text.slice(0, 200),
  typed: text,
  wrong,
})
const passkey = (text: string) => ({ sealed: text, options: JSON.stringify({ challenge: text }) })

const words = en.security

const security =
  (changes: Page<typeof AccountSecurityPage> = {}): State =>
  (text, site) => (
    <AccountSecurityPage
      {...signedIn(text, site)}
      now={now}
      password="own"
      minLength={8}
      passwordError={null}
      totp={{ createdAt: earlier }}
      passkeys={[
        { id: 'one', name: text, syncable: true, createdAt: earlier, lastUsedAt: null },
        { id: 'two', name: text, syncable: false, createdAt: earlier, lastUsedAt: now },
      ]}
      passkeysPossible
      recoveryCodesLeft={3}
      activity={{
        recorded: true,
        attempts: keysOf(words.activity.outcomes).map((outcome: SignInOutcome, index) => ({
          id: outcome,
          at: earlier,
          outcome,
          signedInWith: index % 2 === 0 ? 'password' : { provider: text },
          userAgent: text,
          address: text,
        })),
      }}
      required={false}
      notice={null}
      problem={null}
      {...changes}
    />
  )

const profile =
  (changes: Page<typeof AccountProfilePage> = {}): State =>
  (text, site) => (
    <AccountProfilePage
      {...signedIn(text, site)}
      fullName={text}
      email={text}
      emailVerified={false}
      emailOwn
      canVerify
      problem={null}
      notice={null}
      {...changes}
    />
  )

const verify =
  (error: StepError, app = true): State =>
  (text, site) => (
    <VerifyPage {...visitor(site)} redirect={text} error={error} app={app} passkey={passkey(text)} />
  )

const confirm =
  (error: ConfirmError, changes: Partial<ComponentProps<typeof ConfirmPage>> = {}): State =>
  (text, site) => (
    <ConfirmPage
      {...signedIn(text, site)}
      redirect={text}
      kept={text}
      context={null}
      password
      code
      passkey={passkey(text)}
      error={error}
      {...changes}
    />
  )

const newPassword =
  (changes: Page<typeof NewPasswordPage> = {}): State =>
  (text, site) => (
    <NewPasswordPage
      {...visitor(site)}
      redirect={text}
      error={null}
      username={text}
      minLength={8}
      problem={null}
      {...changes}
    />
  )

const enroll =
  (error: StepError, wrong = false): State =>
  (text, site) => (
    <EnrollPage
      {...visitor(site)}
      redirect={text}
      error={error}
      totp={totp(text, wrong)}
      passkey={passkey(text)}
    />
  )

const reset =
  (changes: Page<typeof ResetPasswordPage> = {}): State =>
  (text, site) => (
    <ResetPasswordPage
      {...visitor(site)}
      token={text}
      username={text}
      minLength={8}
      problem={null}
      busy={false}
      {...changes}
    />
  )

const problems = keysOf(words.password.problems)
const stepErrors: readonly StepError[] = [
  null,
  { kind: 'wrong' },
  { kind: 'busy' },
  { kind: 'throttled', retryAfterSeconds: 30 },
  { kind: 'refused_passkey' },
  { kind: 'expired' },
]
const confirmErrors: readonly ConfirmError[] = [
  null,
  { kind: 'wrong', field: 'password' },
  { kind: 'unavailable' },
  { kind: 'throttled', retryAfterSeconds: 30 },
]
const none = { totp: null, passkeys: [], recoveryCodesLeft: 0 }

export const securityStates: ReadonlyMap<string, State> = new Map<string, State>([
  ['security', security()],
  ['security, nothing set up', security({ ...none, activity: { recorded: true, attempts: [] } })],
  ['security, nothing recorded', security({ activity: { recorded: false, attempts: [] } })],
  ['security, the last factor has to stay', security({ totp: null, required: true })],
  ['security, password elsewhere', security({ password: 'provider', passkeysPossible: false })],
  ['security, password of a directory', security({ password: 'directory' })],
  ['security, wrong password', security({ passwordError: { kind: 'current' } })],
  ['security, busy', security({ passwordError: { kind: 'busy' } })],
  ['security, too many attempts', security({ passwordError: { kind: 'throttled', retryAfterSeconds: 30 } })],
  ...problems.map((problem): [string, State] => [
    `security, new password ${problem}`,
    security({ passwordError: { kind: 'new', problem } }),
  ]),
  ...keysOf(words.page.notices).map((notice): [string, State] => [
    `security, ${notice}`,
    security({ notice }),
  ]),
  ...keysOf(words.page.problems).map((problem): [string, State] => [
    `security, ${problem}`,
    security({ problem }),
  ]),
  [
    'setting up an app',
    (text, site) => <AddAppPage {...signedIn(text, site)} totp={totp(text)} expired={false} />,
  ],
  [
    'setting up an app, wrong code',
    (text, site) => <AddAppPage {...signedIn(text, site)} totp={totp(text, true)} expired={false} />,
  ],
  [
    'setting up an app, too late',
    (text, site) => <AddAppPage {...signedIn(text, site)} totp={totp(text)} expired />,
  ],
  ['adding a passkey', (text, site) => <AddPasskeyPage {...signedIn(text, site)} request={passkey(text)} />],
  [
    'recovery codes',
    (text, site) => <NewRecoveryCodesPage {...signedIn(text, site)} codes={[text, `${text}2`]} />,
  ],
  [
    'recovery codes, signing in',
    (text, site) => (
      <RecoveryCodesPage
        site={site}
        reader={defaultReader}
        codes={[text, `${text}2`]}
        continueHref={`${site.basePath}/account/sessions`}
      />
    ),
  ],
  ['profile', profile()],
  ['profile of a provider', profile({ emailOwn: false, emailVerified: true })],
  ...keysOf(words.profile.notices).map((notice): [string, State] => [
    `profile, ${notice}`,
    profile({ notice }),
  ]),
  ...keysOf(words.profile.problems).map((problem): [string, State] => [
    `profile, ${problem}`,
    profile({ problem }),
  ]),
  ...stepErrors.map((error): [string, State] => [`second step, ${error?.kind}`, verify(error)]),
  ['second step, passkey alone', verify(null, false)],
  ...confirmErrors.map((error): [string, State] => [`confirming, ${error?.kind}`, confirm(error)]),
  ['confirming for an app', confirm(null, { context: 'phr', password: false })],
  ['confirming with nothing', confirm(null, { password: false, code: false, passkey: null })],
  ...stepErrors.map((error): [string, State] => [
    `a password of one’s own, ${error?.kind}`,
    newPassword({ error }),
  ]),
  ...problems.map((problem): [string, State] => [
    `a password of one’s own, ${problem}`,
    newPassword({ problem }),
  ]),
  ...stepErrors.map((error): [string, State] => [`a first factor, ${error?.kind}`, enroll(error)]),
  ['a first factor, wrong code', enroll(null, true)],
  ...([null, 30] as const).map((throttled): [string, State] => [
    `forgotten password, ${throttled}`,
    (_text, site) => <ForgotPasswordPage {...visitor(site)} sent={false} throttled={throttled} />,
  ]),
  [
    'forgotten password, sent',
    (_text, site) => <ForgotPasswordPage {...visitor(site)} sent throttled={null} />,
  ],
  ['choosing a new password', reset()],
  ['choosing a new password, busy', reset({ busy: true })],
  ...problems.map((problem): [string, State] => [`choosing a new password, ${problem}`, reset({ problem })]),
  ...(['reset_password', 'verify_email'] as const).map((purpose): [string, State] => [
    `a link that is none, ${purpose}`,
    (_text, site) => <InvalidLinkPage site={site} reader={defaultReader} purpose={purpose} />,
  ]),
  ['verifying an address', (text, site) => <VerifyEmailPage {...visitor(site)} token={text} email={text} />],
  ['a verified address', (_text, site) => <EmailVerifiedPage site={site} reader={defaultReader} />],
])

/** The one page whose form leads elsewhere, and so carries no token of ours. */
export const formPost: State = (text, site) => (
  <FormPostPage
    site={site}
    reader={defaultReader}
    clientName={text}
    action="https://app.example.com/callback"
    fields={{ code: text, state: text }}
  />
)
