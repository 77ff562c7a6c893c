/** Pages that end an authorization request: back to the app, or what went wrong with it. */
import type { ComponentChildren } from 'preact'
import { Button, LinkButton } from '../components/button.tsx'
import { Id } from '../components/id.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps } from '../props.ts'

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
  return (
    <PublicPage site={site} title="Back to the app">
      <h1>
        Back to <bdi>{clientName}</bdi>
      </h1>
      <p class="lead">You are being sent back. If nothing happens, press Continue.</p>
      <AnswerForm action={action} fields={fields} atOnce>
        Continue
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
  return (
    <PublicPage site={site} title="Back to the app">
      <h1>
        Back to <bdi>{clientName}</bdi>
      </h1>
      <p class="lead">The app opens by itself. If it does not, press the button. You may close this page.</p>
      <LinkButton href={href} kind="primary" wide>
        Open the app
      </LinkButton>
    </PublicPage>
  )
}

/** What is wrong, in the words of the page. */
export const authorizationProblems = {
  redirect_uri_missing: {
    title: 'The redirect URI is missing',
    advice: 'The app did not say where to send you back to. Tell the people who make it.',
  },
  redirect_uri_unregistered: {
    title: 'The redirect URI is not registered',
    advice:
      'The app wants you sent to an address that was not registered for it, so you stay here. Tell the people who make it.',
  },
  unknown_client: {
    title: 'This app is not known here',
    advice: 'The link is wrong, or the app was removed or switched off. Ask the people who run this server.',
  },
  document_address: {
    title: 'The address of this app cannot be right',
    advice: 'Apps are known here by an address where they describe themselves. Tell the people who make it.',
  },
  document_busy: {
    title: 'Too much is asked of the site of this app',
    advice: 'Nothing was changed. Wait a minute, then go back to the app and start again from there.',
  },
  document_policy: {
    title: 'Apps of this site are not accepted here',
    advice: 'The people who run this server have decided so. Ask them.',
  },
  document_unusable: {
    title: 'The app does not describe itself as it should',
    advice:
      'Its description could not be fetched or cannot be used. Try again later, or tell the people who make it.',
  },
  request_uri: {
    title: 'This request is too old or was answered before',
    advice: 'Nothing was changed. Go back to the app and start again from there.',
  },
  other: {
    title: 'The app asked for something it cannot have',
    advice: 'Nothing was changed. Tell the people who make it.',
  },
} as const

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
  const label = (
    <>
      Return to <bdi dir="ltr">{wayBack.host}</bdi>
    </>
  )
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
  problem: keyof typeof authorizationProblems
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
  const { title, advice } = authorizationProblems[props.problem]
  return (
    <PublicPage site={site} title={title}>
      <h1>{title}</h1>
      <p class="lead">{advice}</p>
      {wayBack !== null && <WayBackTo wayBack={wayBack} />}
      <LinkButton href={localHref(site, '/account/sessions')} kind="quiet" wide>
        Go to your account
      </LinkButton>
      <div class="aside">
        <p>For the people who make {clientName === null ? 'the app' : <bdi>{clientName}</bdi>}:</p>
        <p>
          <code>{props.error}</code>
          {props.description !== null && <>: {props.description}</>}
        </p>
        <Id value={props.requestId} what="request id" whole />
      </div>
    </PublicPage>
  )
}
