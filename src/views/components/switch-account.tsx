import { Form } from '../form.tsx'
import type { Account, Site } from '../props.ts'
import { useText } from '../reader.tsx'
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
  const { common, switchAccount: text } = useText()
  return (
    <Form site={site} action="/logout" csrfToken={csrfToken} className="account" label={text.label}>
      <input type="hidden" name="redirect" value={returnTo} />
      <Icon name="person" />
      <p>
        <span class="muted">{common.signedInAs}</span>
        <bdi class="signed-in-name">{account.displayName}</bdi>
      </p>
      <Button kind="quiet">{text.switch}</Button>
    </Form>
  )
}
