/**
 * The person's side of the device flow (RFC 8628 §3.3): enter a code, compare and decide, read what happened. The
 * page that asks for the decision names who asks, for what and from where, since a stranger can send anyone a link
 * to it (RFC 8628 §5.4).
 */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Icon } from '../components/icons.tsx'
import { Resources } from '../components/resources.tsx'
import { SwitchAccount } from '../components/switch-account.tsx'
import { Time } from '../components/time.tsx'
import { describeDevice } from '../device-description.ts'
import { ErrorSummary, Field, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps, type SignedInPageProps, type TimedProps } from '../props.ts'
import { useReader, useText } from '../reader.tsx'
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

export function EnterCodePage({ site, csrfToken, account, userCode, error }: EnterCodePageProps) {
  const { language } = useReader()
  const { common, device: text } = language.text
  const problem = error === null || error.kind === 'throttled' ? null : text.problems[error.kind]
  return (
    <PublicPage site={site} title={error === null ? text.title : common.errorTitle(text.title)}>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead}</p>
      {problem !== null && (
        <ErrorSummary title={problem.happened} problems={[{ field: 'user_code', message: text.goToCode }]} />
      )}
      {error?.kind === 'throttled' && (
        <Alert tone="danger" title={common.tooManyAttempts} focused>
          <p>{common.tryAgainAfter(waitingTime(error.retryAfterSeconds, language))}</p>
        </Alert>
      )}
      <Form site={site} action="/device/verify" csrfToken={csrfToken} className="stack">
        <Field
          name="user_code"
          label={text.code}
          value={userCode}
          error={problem?.advice}
          help={text.codeHelp}
          autocomplete="one-time-code"
          autocapitalize="characters"
          autofocus={error === null}
          enhance="user-code"
        />
        <Button wide>{text.continue}</Button>
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
  const words = useText()
  const { common, consent, device: text } = words
  return (
    <PublicPage site={site} title={text.confirmTitle}>
      <h1>{text.question(<bdi>{clientName}</bdi>)}</h1>
      <p class="label">{text.mustShow}</p>
      <HeroCode userCode={userCode} />
      <Alert tone="warning" title={text.onlyIfYou}>
        <p>{text.onlyIfYouAdvice}</p>
      </Alert>
      <Facts>
        <Fact term={text.device}>{describeDevice(props.userAgent, words)}</Fact>
        <Fact term={text.from}>
          {props.address === null ? common.addressUnknown : <bdi>{props.address}</bdi>}
        </Fact>
        <Fact term={text.asked}>
          <Time at={props.requestedAt} now={now} />
        </Fact>
      </Facts>
      {props.scopes.length > 0 && (
        <section aria-labelledby="abilities">
          <h2 id="abilities">{consent.abilities}</h2>
          <ul class="abilities">
            {props.scopes.map((scope) => (
              <li key={scope}>
                <Icon name="check" />
                <bdi dir="ltr">{describeScope(scope, clientName, words)}</bdi>
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
        label={consent.decision}
      >
        <input type="hidden" name="user_code" value={userCode} />
        <input type="hidden" name="confirmed" value="true" />
        <Button kind="secondary" icon="check" name="action" value="approve" wide>
          {consent.allow}
        </Button>
        <Button kind="secondary" icon="cross" name="action" value="deny" wide>
          {consent.deny}
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
  const { common, device: text } = useText()
  const approved = outcome === 'approved'
  const name = <bdi>{clientName}</bdi>
  return (
    <PublicPage site={site} title={approved ? text.approvedTitle : text.deniedTitle}>
      <div class={`outcome outcome-${outcome}`}>
        <Icon name={approved ? 'check' : 'cross'} />
      </div>
      <h1 class="centered">{approved ? text.approved(name) : text.denied(name)}</h1>
      <p class="lead centered">{approved ? text.approvedAdvice : text.deniedAdvice}</p>
      <div class="stack">
        <LinkButton href={localHref(site, '/account/sessions')} wide>
          {common.seeSessions}
        </LinkButton>
        <LinkButton href={localHref(site, '/device')} kind="quiet" wide>
          {text.another}
        </LinkButton>
      </div>
    </PublicPage>
  )
}
