/** Going on after signing in again: what was typed before, and one button that sends it. */
import { Button, LinkButton } from '../components/button.tsx'
import { SwitchAccount } from '../components/switch-account.tsx'
import { enteredIn } from '../entered.ts'
import { Form } from '../form.tsx'
import { PublicPage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface ResumePageProps extends SignedInPageProps {
  kept: {
    /** Where the form goes, without the base path. */
    readonly path: string
    /** The page it stood on, without the base path. */
    readonly page: string
    readonly fields: Readonly<Record<string, string>>
    readonly withoutSecrets: boolean
  }
}

/** Longer texts are shown from their beginning. */
const shownLength = 200

export function ResumePage({ site, csrfToken, account, kept }: ResumePageProps) {
  const words = useText()
  const { resume: text } = words
  const entered = enteredIn(kept.fields, words)
  return (
    <PublicPage site={site} title={text.title}>
      <h1>{text.title}</h1>
      <p class="lead">{text.lead}</p>
      {entered.length > 0 && (
        <section aria-labelledby="entered">
          <h2 id="entered">{text.entered}</h2>
          <dl class="entered">
            {entered.map(({ label, value }) => (
              <div key={label}>
                <dt class="detail">{label}</dt>
                <dd>
                  <bdi>{value.length > shownLength ? `${value.slice(0, shownLength)}…` : value}</bdi>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {kept.withoutSecrets && <p class="muted">{text.withoutSecrets}</p>}
      <div class="stack">
        <Form site={site} action={kept.path} csrfToken={csrfToken}>
          {Object.entries(kept.fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <Button wide>{text.send}</Button>
        </Form>
        <LinkButton href={localHref(site, kept.page)} kind="quiet" wide>
          {text.leave}
        </LinkButton>
      </div>
      <SwitchAccount site={site} csrfToken={csrfToken} account={account} returnTo="/" />
    </PublicPage>
  )
}
