import { Form } from '../form.tsx'
import type { Account, Site } from '../props.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

interface SwitchAccountProps {
  site: Site
  csrfToken: string
  account: Account
  /** Local path to come back to after signing in as someone else. */
  returnTo: string
}

/** Who would be connected, and a way to be someone else: signing out, and back here after signing in. */
export function SwitchAccount({ site, csrfToken, account, returnTo }: SwitchAccountProps) {
  return (
    <Form site={site} action="/logout" csrfToken={csrfToken} className="account" label="Signed-in account">
      <input type="hidden" name="redirect" value={returnTo} />
      <Icon name="person" />
      <p>
        <span class="muted">Signed in as</span>
        <bdi class="signed-in-name">{account.displayName}</bdi>
      </p>
      <Button kind="quiet">Switch account</Button>
    </Form>
  )
}
