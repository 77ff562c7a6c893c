/**
 * The person's side of an authorization request: who asks, for what, and where the answer goes. The app's place comes
 * with its name, since anybody can choose a name (RFC 6749 §10.2, RFC 8252 §8.6).
 */
import type { Instant } from '../../shared/clock.ts'
import { Alert } from '../components/alert.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icons.tsx'
import { Resources, type ShownResource } from '../components/resources.tsx'
import { SwitchAccount } from '../components/switch-account.tsx'
import { Time } from '../components/time.tsx'
import { Checkbox, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import type { SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { describeScope } from '../scopes.ts'

/** Where the answer goes: to a site, to a program on this computer, or to an app that claims a scheme. */
export type Destination =
  | { readonly kind: 'web'; readonly host: string }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'private_use'; readonly scheme: string }

export interface DescribedAt {
  readonly host: string
  /** Whether an administrator trusts that host. */
  readonly trusted: boolean
  readonly firstSeenAt: Instant
  readonly now: Instant
}

export interface ConsentPageProps extends SignedInPageProps {
  clientName: string
  /** Its identifier, sent back with the form. */
  clientId: string
  /** The kept request, sent back with the form. */
  requestUri: string
  /** Local path of this page, to come back to. */
  returnTo: string
  /** Whether somebody who runs this server vouches for the app. */
  vouchedFor: boolean
  /** For an app that is known by an address where it describes itself; its name is its own choice then. */
  describedAt: DescribedAt | null
  destination: Destination
  /** Address of its logo on this server, base path included; `null` when there is none to show. */
  logo: string | null
  scopes: readonly string[]
  /** Scopes among them that were allowed before. */
  allowedBefore: readonly string[]
  /** What scopes mean, in the words of the services that have them. */
  scopeWords: Readonly<Record<string, string>>
  resources: readonly ShownResource[]
}

/** Name of the field of one scope's box. */
export function scopeField(scope: string): string {
  return `scope:${scope}`
}

function Place({ destination }: { destination: Destination }) {
  const { consent: text } = useText()
  switch (destination.kind) {
    case 'web':
      return <>{text.goesToSite(<bdi dir="ltr">{destination.host}</bdi>)}</>
    case 'loopback':
      return <>{text.goesToComputer}</>
    case 'private_use':
      return (
        <>
          {text.goesToApp(
            <bdi dir="ltr">
              <code>{destination.scheme}:</code>
            </bdi>,
          )}
        </>
      )
  }
}

function Warning({
  vouchedFor,
  destination,
  describedAt,
}: Pick<ConsentPageProps, 'vouchedFor' | 'destination' | 'describedAt'>) {
  const { consent: text } = useText()
  if (destination.kind === 'loopback' || destination.kind === 'private_use') {
    return (
      <Alert tone="warning" title={text.onlyIfYou}>
        <p>{text.onlyIfYouAdvice}</p>
      </Alert>
    )
  }
  if (vouchedFor) return null
  if (describedAt !== null && describedAt.host !== destination.host) {
    return (
      <Alert tone="warning" title={text.otherSite}>
        <p>
          {text.otherSiteAdvice(
            <bdi dir="ltr">{describedAt.host}</bdi>,
            <bdi dir="ltr">{destination.host}</bdi>,
          )}
          {!describedAt.trusted && text.otherSiteUnchecked}
        </p>
      </Alert>
    )
  }
  if (describedAt?.trusted === true) return null
  return (
    <Alert tone="warning" title={text.unchecked}>
      <p>{text.uncheckedAdvice}</p>
    </Alert>
  )
}

/**
 * A host belongs to somebody, a name to whoever chose it: where there is a host it comes first, so that no name, however
 * long, can take its place.
 */
function Question({ clientName, describedAt }: Pick<ConsentPageProps, 'clientName' | 'describedAt'>) {
  const { consent: text } = useText()
  if (describedAt === null) return <h1>{text.question(<bdi>{clientName}</bdi>)}</h1>
  const { host, trusted, firstSeenAt, now } = describedAt
  return (
    <>
      <h1>{text.questionOfHost(<bdi dir="ltr">{host}</bdi>)}</h1>
      <p class="lead">{text.callsItself(<bdi>{clientName}</bdi>, <Time at={firstSeenAt} now={now} />)}</p>
      {trusted && (
        <p class="choice-fixed">
          <Icon name="check" />
          <span>{text.trustedHost(<bdi dir="ltr">{host}</bdi>)}</span>
        </p>
      )}
    </>
  )
}

export function ConsentPage(props: ConsentPageProps) {
  const { site, csrfToken, account, clientName, scopes, allowedBefore } = props
  const words = useText()
  const { consent: text } = words
  const optional = scopes.filter((scope) => scope !== 'openid')
  const fixed = scopes.filter((scope) => scope === 'openid')
  return (
    <PublicPage site={site} title={text.title}>
      {props.logo !== null && <img class="app-logo" src={props.logo} alt="" />}
      <Question clientName={clientName} describedAt={props.describedAt} />
      <p class="lead">
        <Place destination={props.destination} />
      </p>
      <Warning
        vouchedFor={props.vouchedFor}
        destination={props.destination}
        describedAt={props.describedAt}
      />
      <Form
        site={site}
        action="/oauth/authorize"
        csrfToken={csrfToken}
        className="stack consent"
        label={text.decision}
      >
        <input type="hidden" name="client_id" value={props.clientId} />
        <input type="hidden" name="request_uri" value={props.requestUri} />
        <input type="hidden" name="choose" value="1" />
        {scopes.length > 0 && (
          <fieldset class="choices">
            <legend>{text.abilities}</legend>
            {fixed.map((scope) => (
              <p key={scope} class="choice-fixed">
                <Icon name="check" />
                <span>{describeScope(scope, clientName, words, props.scopeWords)}</span>
              </p>
            ))}
            {optional.map((scope) => (
              <Checkbox
                key={scope}
                name={scopeField(scope)}
                value="1"
                checked
                label={
                  <>
                    <bdi dir="ltr">{describeScope(scope, clientName, words, props.scopeWords)}</bdi>
                    {allowedBefore.includes(scope) && <span class="muted"> {text.allowedBefore}</span>}
                  </>
                }
              />
            ))}
          </fieldset>
        )}
        <Resources resources={props.resources} />
        <div class="decision">
          <Button kind="secondary" icon="check" name="action" value="approve" wide>
            {text.allow}
          </Button>
          <Button kind="secondary" icon="cross" name="action" value="deny" wide>
            {text.deny}
          </Button>
        </div>
      </Form>
      <SwitchAccount site={site} csrfToken={csrfToken} account={account} returnTo={props.returnTo} />
    </PublicPage>
  )
}
