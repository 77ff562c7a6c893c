/** Signing out because an app asked for it: the question when there is one, and the page where it ends. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type PageProps, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** What keeps the browser from going where the app wants it to. */
export const endSessionProblems = ['hint_missing', 'hint_invalid', 'redirect_not_registered'] as const

export type EndSessionProblem = (typeof endSessionProblems)[number]

function Problem({ problem, signedOut }: { problem: EndSessionProblem; signedOut: boolean }) {
  const { endSession: text } = useText()
  const { title, advice, detail } = text.problems[problem]
  return (
    <Alert tone="warning" title={title}>
      <p>{signedOut ? text.stayHere : advice}</p>
      <p class="muted">{detail}</p>
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
  const { common, endSession: text } = useText()
  return (
    <PublicPage site={site} title={text.title}>
      <h1>{text.question}</h1>
      <p class="lead">
        {clientName === null
          ? text.someAppAsks(site.name)
          : text.appAsks(
              <strong>
                <bdi>{clientName}</bdi>
              </strong>,
              site.name,
            )}{' '}
        {common.youAre(<bdi class="signed-in-name">{account.displayName}</bdi>)}
      </p>
      {problem !== null && <Problem problem={problem} signedOut={false} />}
      <div class="stack">
        <Form site={site} action={action} csrfToken={csrfToken}>
          {Object.entries(fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <Button id="sign-out" icon="leave" wide>
            {returns ? text.signOutAndReturn : text.signOut}
          </Button>
        </Form>
        <LinkButton href={localHref(site, '/account/sessions')} kind="quiet" wide>
          {common.staySignedIn}
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
  const { authorization, endSession: text } = useText()
  return (
    <PublicPage site={site} title={text.doneTitle}>
      <h1 id="signed-out">{text.done}</h1>
      <p class="lead">{text.doneAdvice}</p>
      {problem !== null && <Problem problem={problem} signedOut />}
      {wayBack !== null && (
        <LinkButton href={wayBack.href} wide>
          {authorization.returnTo(<bdi dir="ltr">{wayBack.host}</bdi>)}
        </LinkButton>
      )}
      <LinkButton href={localHref(site, '/login')} wide>
        {text.again}
      </LinkButton>
    </PublicPage>
  )
}
