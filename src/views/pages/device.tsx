/**
 * The person's side of the device flow (RFC 8628 §3.3): enter a code, compare and decide, read what happened. The
 * page that asks for the decision names who asks, for what and from where, since a stranger can send anyone a link
 * to it (RFC 8628 §5.4).
 */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Icon } from '../components/icons.tsx'
import { Resources } from '../components/resources.tsx'
import { SwitchAccount } from '../components/switch-account.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import { ErrorSummary, Field, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps, type SignedInPageProps, type TimedProps } from '../props.ts'
import { waitingTime } from '../relative-time.ts'
import { describeScope } from '../scopes.ts'

export type EnterCodeError =
  | { kind: 'empty' }
  | { kind: 'not_found' }
  | { kind: 'expired' }
  | { kind: 'already_used' }
  | { kind: 'client_inactive' }
  | { kind: 'throttled'; retryAfterSeconds: number }

export interface EnterCodePageProps extends SignedInPageProps {
  /** What the person typed before; empty on a first visit. */
  userCode: string
  error: EnterCodeError | null
}

/** What happened goes on top, what to do now beside the field. */
const codeMessages = {
  empty: {
    happened: 'No code was entered',
    advice: 'Enter the code that your device shows.',
  },
  not_found: {
    happened: 'No device is waiting with this code',
    advice: 'Compare it with your device, letter by letter. Each code works only once.',
  },
  expired: {
    happened: 'This code is too old',
    advice: 'Ask your device for a new code and enter that one.',
  },
  already_used: {
    happened: 'This code was used before',
    advice: 'Ask your device for a new code and enter that one.',
  },
  client_inactive: {
    happened: 'The app behind this code is switched off',
    advice: 'Ask the people who run this server to switch it on.',
  },
} as const satisfies Record<
  Exclude<EnterCodeError['kind'], 'throttled'>,
  { happened: string; advice: string }
>

export function EnterCodePage({ site, csrfToken, account, userCode, error }: EnterCodePageProps) {
  const problem = error === null || error.kind === 'throttled' ? null : codeMessages[error.kind]
  return (
    <PublicPage site={site} title={error === null ? 'Connect a device' : 'Error: Connect a device'}>
      <h1>Connect a device</h1>
      <p class="lead">Enter the code that your device or terminal shows.</p>
      {problem !== null && (
        <ErrorSummary
          title={problem.happened}
          problems={[{ field: 'user_code', message: 'Go to the code' }]}
        />
      )}
      {error?.kind === 'throttled' && (
        <Alert tone="danger" title="Too many attempts" focused>
          <p>Wait {waitingTime(error.retryAfterSeconds)}, then try again.</p>
        </Alert>
      )}
      <Form site={site} action="/device/verify" csrfToken={csrfToken} className="stack">
        <Field
          name="user_code"
          label="Code"
          value={userCode}
          error={problem?.advice}
          help="Eight letters and digits. Small letters, spaces and dashes are fine."
          autocomplete="one-time-code"
          autocapitalize="characters"
          autofocus={error === null}
          enhance="user-code"
        />
        <Button wide>Continue</Button>
      </Form>
      <SwitchAccount site={site} csrfToken={csrfToken} account={account} returnTo="/device" />
    </PublicPage>
  )
}

export interface ConfirmDevicePageProps extends SignedInPageProps, TimedProps {
  /** As the device shows it: `XXXX-XXXX`. */
  userCode: string
  clientName: string
  /** Address the device asked from; `null` when it was not recorded. */
  address: string | null
  /** User-Agent header of the device's request. */
  userAgent: string | null
  requestedAt: Instant
  scopes: readonly string[]
  /** Resource indicators (RFC 8707) the tokens would be bound to. */
  resources: readonly string[]
}

/** Two groups, as on the device; a screen reader gets the characters one by one instead of a guess at a word. */
function HeroCode({ userCode }: { userCode: string }) {
  return (
    <p class="hero-code">
      <span class="visually-hidden">{[...userCode].join(' ')}</span>
      <span aria-hidden="true" class="hero-code-shown">
        {userCode}
      </span>
    </p>
  )
}

export function ConfirmDevicePage(props: ConfirmDevicePageProps) {
  const { site, csrfToken, account, userCode, clientName, now } = props
  return (
    <PublicPage site={site} title="Allow this device?">
      <h1>
        Allow <bdi>{clientName}</bdi> to sign in as you?
      </h1>
      <p class="label">Your device must show this code</p>
      <HeroCode userCode={userCode} />
      <Alert tone="warning" title="Only continue if you started this yourself">
        <p>If someone sent you this code or a link to it, choose Deny.</p>
      </Alert>
      <dl class="facts">
        <dt>Device</dt>
        <dd>{describeDevice(props.userAgent)}</dd>
        <dt>From</dt>
        <dd>{props.address === null ? 'Address not known' : <bdi>{props.address}</bdi>}</dd>
        <dt>Asked</dt>
        <dd>
          <Time at={props.requestedAt} now={now} />
        </dd>
      </dl>
      {props.scopes.length > 0 && (
        <section aria-labelledby="abilities">
          <h2 id="abilities">It will be able to</h2>
          <ul class="abilities">
            {props.scopes.map((scope) => (
              <li key={scope}>
                <Icon name="check" />
                <bdi dir="ltr">{describeScope(scope, clientName)}</bdi>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Resources resources={props.resources.map((identifier) => ({ identifier, name: null }))} />
      <Form
        site={site}
        action="/device/verify"
        csrfToken={csrfToken}
        className="decision"
        label="Your decision"
      >
        <input type="hidden" name="user_code" value={userCode} />
        <input type="hidden" name="confirmed" value="true" />
        <Button kind="secondary" icon="check" name="action" value="approve" wide>
          Allow
        </Button>
        <Button kind="secondary" icon="cross" name="action" value="deny" wide>
          Deny
        </Button>
      </Form>
      <SwitchAccount
        site={site}
        csrfToken={csrfToken}
        account={account}
        returnTo={`/device?user_code=${encodeURIComponent(userCode)}`}
      />
    </PublicPage>
  )
}

export interface DeviceResultPageProps extends PageProps {
  outcome: 'approved' | 'denied'
  clientName: string
}

export function DeviceResultPage({ site, outcome, clientName }: DeviceResultPageProps) {
  const approved = outcome === 'approved'
  return (
    <PublicPage site={site} title={approved ? 'Device connected' : 'Device denied'}>
      <div class={`outcome outcome-${outcome}`}>
        <Icon name={approved ? 'check' : 'cross'} />
      </div>
      <h1 class="centered">
        {approved ? 'You allowed ' : 'You denied '}
        <bdi>{clientName}</bdi>
      </h1>
      <p class="lead centered">
        {approved
          ? 'Go back to your device: it signs in by itself within a few seconds. You may close this page.'
          : 'The device did not get into your account, and its code works no more. You may close this page.'}
      </p>
      <div class="stack">
        <LinkButton href={localHref(site, '/account/sessions')} wide>
          See your sessions and apps
        </LinkButton>
        <LinkButton href={localHref(site, '/device')} kind="quiet" wide>
          Enter another code
        </LinkButton>
      </div>
    </PublicPage>
  )
}
