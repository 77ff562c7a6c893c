/** Pages that end an authorization request: back to the app, or what went wrong with it. */
import type { ComponentChildren } from 'preact'
import { Button, LinkButton } from '../components/button.tsx'
import { Id } from '../components/id.tsx'
import type { Text } from '../languages/languages.ts'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface FormPostPageProps extends PageProps {
  clientName: string
  /** Where the form goes: a redirect URI of the client. */
  action: string
  fields: Readonly<Record<string, string>>
}

/** The one form of this server that leads elsewhere, so it carries no CSRF token. */
function AnswerForm({
  action,
  fields,
  atOnce = false,
  children,
}: {
  action: string
  fields: Readonly<Record<string, string>>
  atOnce?: boolean
  children: ComponentChildren
}) {
  return (
    <form method="post" action={action} class="stack" data-enhance={atOnce ? 'send-at-once' : undefined}>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <Button wide>{children}</Button>
    </form>
  )
}

/** OAuth 2.0 Form Post Response Mode §2: the answer as a form that sends itself. */
export function FormPostPage({ site, clientName, action, fields }: FormPostPageProps) {
  const { authorization: text } = useText()
  return (
    <PublicPage site={site} title={text.title}>
      <h1>{text.backTo(<bdi>{clientName}</bdi>)}</h1>
      <p class="lead">{text.formAdvice}</p>
      <AnswerForm action={action} fields={fields} atOnce>
        {text.continue}
      </AnswerForm>
    </PublicPage>
  )
}

export interface ReturnToAppPageProps extends PageProps {
  clientName: string
  /** Address with a scheme of the app's own. */
  href: string
}

/** For apps that claim a scheme (RFC 8252 §7.1): browsers may want a press before they hand over to one. */
export function ReturnToAppPage({ site, clientName, href }: ReturnToAppPageProps) {
  const { authorization: text } = useText()
  return (
    <PublicPage site={site} title={text.title}>
      <h1>{text.backTo(<bdi>{clientName}</bdi>)}</h1>
      <p class="lead">{text.linkAdvice}</p>
      <LinkButton href={href} kind="primary" wide>
        {text.open}
      </LinkButton>
    </PublicPage>
  )
}

/** By a link, or as the form of an app that wants its answers posted: then nothing of them is in an address. */
export type WayBack =
  | { readonly kind: 'link'; readonly href: string; readonly host: string }
  | {
      readonly kind: 'form'
      readonly action: string
      readonly fields: Readonly<Record<string, string>>
      readonly host: string
    }

function WayBackTo({ wayBack }: { wayBack: WayBack }) {
  const { authorization: text } = useText()
  const label = text.returnTo(<bdi dir="ltr">{wayBack.host}</bdi>)
  if (wayBack.kind === 'link') {
    return (
      <LinkButton href={wayBack.href} wide>
        {label}
      </LinkButton>
    )
  }
  return (
    <AnswerForm action={wayBack.action} fields={wayBack.fields}>
      {label}
    </AnswerForm>
  )
}

export interface AuthorizationErrorPageProps extends PageProps {
  problem: keyof Text['authorization']['problems']
  clientName: string | null
  /** The code and the sentence an app would get (RFC 6749 §4.1.2.1). */
  error: string
  description: string | null
  requestId: string
  /** Where the person may go on to, knowing where it leads. */
  wayBack: WayBack | null
}

export function AuthorizationErrorPage(props: AuthorizationErrorPageProps) {
  const { site, clientName, wayBack } = props
  const { authorization: text, common, error } = useText()
  const { title, advice } = text.problems[props.problem]
  return (
    <PublicPage site={site} title={title}>
      <h1>{title}</h1>
      <p class="lead">{advice}</p>
      {wayBack !== null && <WayBackTo wayBack={wayBack} />}
      <LinkButton href={localHref(site, '/account/sessions')} kind="quiet" wide>
        {common.goToAccount}
      </LinkButton>
      <div class="aside">
        <p>{clientName === null ? text.forDevelopers : text.forDevelopersOf(<bdi>{clientName}</bdi>)}</p>
        <p>
          <code>{props.error}</code>
          {props.description !== null && <>: {props.description}</>}
        </p>
        <Id value={props.requestId} what={error.requestId} whole />
      </div>
    </PublicPage>
  )
}
