/** Whose values the examples have: those of one of the reader's own apps, or made-up ones. */
import { Button } from '../components/button.tsx'
import { localHref, type Site } from '../props.ts'
import { useText } from '../reader.tsx'

export interface GuideChoiceProps {
  site: Site
  /** Of the guide. */
  path: string
  /** `null` for whoever is not signed in. */
  choice: { apps: readonly { clientId: string; name: string }[]; chosen: string | null } | null
}

export function GuideChoice({ site, path, choice }: GuideChoiceProps) {
  const { guides: text } = useText()
  if (choice === null) {
    const signIn = localHref(site, `/login?${new URLSearchParams({ redirect: path })}`)
    return <p class="guide-note">{text.signInForValues(signIn)}</p>
  }
  if (choice.apps.length === 0) return <p class="guide-note">{text.noOwnApps}</p>
  return (
    <form method="get" action={localHref(site, path)} class="guide-choice">
      <label for="client_id">{text.choose}</label>
      <select id="client_id" name="client_id">
        <option value="">{text.madeUp}</option>
        {choice.apps.map(({ clientId, name }) => (
          <option key={clientId} value={clientId} selected={clientId === choice.chosen}>
            {name}
          </option>
        ))}
      </select>
      <Button kind="secondary">{text.useValues}</Button>
    </form>
  )
}
