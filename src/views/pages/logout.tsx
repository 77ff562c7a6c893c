/** Signing out, asked once more: a link from another site may lead here, but only this button signs out. */
import { Button, LinkButton } from '../components/button.tsx'
import { Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'

export type LogoutPageProps = SignedInPageProps

export function LogoutPage({ site, csrfToken, account }: LogoutPageProps) {
  return (
    <PublicPage site={site} title="Sign out">
      <h1>Sign out?</h1>
      <p class="lead">
        You are signed in as <bdi class="signed-in-name">{account.displayName}</bdi>. Apps and devices you
        connected stay connected.
      </p>
      <div class="stack">
        <Form site={site} action="/logout" csrfToken={csrfToken}>
          <Button icon="leave" wide>
            Sign out
          </Button>
        </Form>
        <LinkButton href={localHref(site, '/account/sessions')} kind="quiet" wide>
          Stay signed in
        </LinkButton>
      </div>
    </PublicPage>
  )
}
