/** A signed-in person is asked once more who they are, before something that should not be done by anybody else. */
import { Alert } from '../components/alert.tsx'
import { Button, LinkButton } from '../components/button.tsx'
import { PasskeyForm, type PasskeyRequest } from '../components/passkey.tsx'
import { Field, Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export type ConfirmError =
  | { kind: 'wrong'; field: 'password' | 'code' | 'passkey' }
  | { kind: 'unavailable' }
  | { kind: 'throttled'; retryAfterSeconds: number }
  | null

export interface ConfirmPageProps extends SignedInPageProps {
  /** Where the person goes on; `null` for the default. */
  redirect: string | null
  /** The form that waits, sealed. */
  kept: string | null
  /** What an app asks for. */
  context: string | null
  /** Which ways this person has. */
  password: boolean
  code: boolean
  passkey: PasskeyRequest | null
  error: ConfirmError
}

function Problem({ error }: { error: NonNullable<ConfirmError> }) {
  const text = useText().security
  switch (error.kind) {
    case 'wrong':
      return (
        <Alert tone="danger" title={text.confirm.wrong} focused>
          <p>{text.confirm.wrongAdvice}</p>
        </Alert>
      )
    case 'unavailable':
      return (
        <Alert tone="danger" title={text.confirm.unavailable} focused>
          <p>{text.busyAdvice}</p>
        </Alert>
      )
    case 'throttled':
      return (
        <Alert tone="danger" title={text.throttled} focused>
          <p>{text.throttledAdvice(error.retryAfterSeconds)}</p>
        </Alert>
      )
  }
}

const action = '/login/confirm'

export function ConfirmPage(props: ConfirmPageProps) {
  const { site, csrfToken, account, redirect, kept, context, password, code, passkey, error } = props
  const text = useText().security
  const target = (
    <>
      {redirect !== null && <input type="hidden" name="redirect" value={redirect} />}
      {kept !== null && <input type="hidden" name="kept" value={kept} />}
      {context !== null && <input type="hidden" name="acr" value={context} />}
    </>
  )
  const ways = [password, code, passkey !== null].filter(Boolean).length
  const title = text.confirm.title
  return (
    <PublicPage {...props} title={error === null ? title : text.errorTitle(title)}>
      <h1>{title}</h1>
      <p class="lead">{context === null ? text.confirm.lead(account.displayName) : text.confirm.stronger}</p>
      {error !== null && <Problem error={error} />}
      {kept !== null && <p class="aside">{text.confirm.formKept}</p>}
      {password && (
        <Form site={site} action={action} csrfToken={csrfToken} className="stack">
          {target}
          <input
            type="text"
            name="username"
            value={account.username}
            autocomplete="username"
            hidden
            readOnly
          />
          <Field
            name="password"
            label={text.confirm.password}
            type="password"
            autocomplete="current-password"
            autofocus={error === null}
            enhance="password"
          />
          <Button wide>{text.confirm.passwordSubmit}</Button>
        </Form>
      )}
      {code && (
        <Form site={site} action={action} csrfToken={csrfToken} className="stack">
          {target}
          <Field
            name="code"
            label={text.confirm.code}
            autocomplete="one-time-code"
            autofocus={error === null && !password}
          />
          <Button kind={password ? 'secondary' : 'primary'} wide>
            {text.confirm.codeSubmit}
          </Button>
        </Form>
      )}
      {passkey !== null && (
        <PasskeyForm site={site} action={action} csrfToken={csrfToken} request={passkey} ceremony="get">
          {target}
          <Button kind={ways > 1 ? 'secondary' : 'primary'} wide>
            {text.confirm.passkey}
          </Button>
        </PasskeyForm>
      )}
      {ways === 0 && (
        <>
          <p>{text.confirm.nothing}</p>
          <LinkButton
            kind="primary"
            wide
            href={localHref(
              site,
              `/login?${new URLSearchParams({ again: '1', ...(redirect === null ? {} : { redirect }) })}`,
            )}
          >
            {text.confirm.signIn}
          </LinkButton>
        </>
      )}
    </PublicPage>
  )
}
