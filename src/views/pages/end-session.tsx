/** Signing out because an app asked for it: the question when there is one, and the page where it ends. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps, type SignedInPageProps } from '../props.ts'

/** What keeps the browser from going where the app wants it to. */
export const endSessionProblems = {
  hint_missing: {
    title: 'Nobody can tell which app sent you here',
    advice: 'You can sign out, and will stay on this page.',
    detail: 'post_logout_redirect_uri needs an id_token_hint',
  },
  hint_invalid: {
    title: 'This request could not be verified',
    advice: 'Sign out only if you wanted to. You will stay on this page.',
    detail: 'id_token_hint is not valid',
  },
  redirect_not_registered: {
    title: 'The app wants to send you to an unknown address',
    advice: 'You can sign out, and will stay on this page.',
    detail: 'post_logout_redirect_uri is not registered',
  },
} as const satisfies Record<string, { title: string; advice: string; detail: string }>

export type EndSessionProblem = keyof typeof endSessionProblems

function Problem({ problem, signedOut }: { problem: EndSessionProblem; signedOut: boolean }) {
  const { title, advice, detail } = endSessionProblems[problem]
  return (
    <Alert tone="warning" title={title}>
      <p>{signedOut ? 'So you stay here.' : advice}</p>
      <p class="muted">For its developers: {detail}.</p>
    </Alert>
  )
}

export interface EndSessionPageProps extends SignedInPageProps {
  /** The app that asks, where that is known. */
  clientName: string | null
  problem: EndSessionProblem | null
  /** Whether signing out leads back to the app. */
  returns: boolean
  /** Where the form goes: base path excluded. */
  action: string
  /** What the app sent along, for the form to repeat. */
  fields: Readonly<Record<string, string>>
}

export function EndSessionPage(props: EndSessionPageProps) {
  const { site, csrfToken, account, clientName, problem, returns, action, fields } = props
  return (
    <PublicPage site={site} title="Sign out">
      <h1>Sign out?</h1>
      <p class="lead">
        {clientName === null ? (
          'An app asks to sign you out of '
        ) : (
          <>
            <strong>
              <bdi>{clientName}</bdi>
            </strong>{' '}
            asks to sign you out of{' '}
          </>
        )}
        {site.name}. You are signed in as <bdi class="signed-in-name">{account.displayName}</bdi>.
      </p>
      {problem !== null && <Problem problem={problem} signedOut={false} />}
      <div class="stack">
        <Form site={site} action={action} csrfToken={csrfToken}>
          {Object.entries(fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <Button id="sign-out" icon="leave" wide>
            {returns ? 'Sign out and go back' : 'Sign out'}
          </Button>
        </Form>
        <LinkButton href={localHref(site, '/account/sessions')} kind="quiet" wide>
          Stay signed in
        </LinkButton>
      </div>
    </PublicPage>
  )
}

export interface SignedOutPageProps extends PageProps {
  problem: EndSessionProblem | null
  /** Where the person may go on to, knowing where it leads. */
  wayBack: { href: string; host: string } | null
}

export function SignedOutPage({ site, problem, wayBack }: SignedOutPageProps) {
  return (
    <PublicPage site={site} title="Signed out">
      <h1 id="signed-out">You are signed out</h1>
      <p class="lead">You may close this page.</p>
      {problem !== null && <Problem problem={problem} signedOut />}
      {wayBack !== null && (
        <LinkButton href={wayBack.href} wide>
          Return to <bdi dir="ltr">{wayBack.host}</bdi>
        </LinkButton>
      )}
      <LinkButton href={localHref(site, '/login')} wide>
        Sign in again
      </LinkButton>
    </PublicPage>
  )
}
