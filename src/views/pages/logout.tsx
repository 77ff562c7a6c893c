/** Signing out, asked once more: a link from another site may lead here, but only this button signs out. */
import { Button, LinkButton } from '../components/button.tsx'
import { Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export type LogoutPageProps = SignedInPageProps

export function LogoutPage({ site, csrfToken, account }: LogoutPageProps) {
  const { common, logout: text } = useText()
  return (
    <PublicPage site={site} title={text.title}>
      <h1>{text.question}</h1>
      <p class="lead">{text.lead(<bdi class="signed-in-name">{account.displayName}</bdi>)}</p>
      <div class="stack">
        <Form site={site} action="/logout" csrfToken={csrfToken}>
          <Button icon="leave" wide>
            {text.signOut}
          </Button>
        </Form>
        <LinkButton href={localHref(site, '/account/sessions')} kind="quiet" wide>
          {common.staySignedIn}
        </LinkButton>
      </div>
    </PublicPage>
  )
}
