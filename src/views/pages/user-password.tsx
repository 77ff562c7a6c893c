/** A password that was made for somebody, shown once. */
import { Alert } from '../components/alert.tsx'
import { LinkButton } from '../components/button.tsx'
import { OneTimeSecret } from '../components/one-time-secret.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface UserPasswordPageProps extends SignedInPageProps {
  user: { id: string; username: string }
  /** `null` when it was shown before. */
  password: string | null
}

export function UserPasswordPage(props: UserPasswordPageProps) {
  const { site, user, password } = props
  const users = useText().people.users
  const text = users.password
  const path = `/admin/users/${encodeURIComponent(user.id)}`
  return (
    <InsidePage
      {...props}
      title={text.title}
      heading={text.created(<bdi>{user.username}</bdi>)}
      current="/admin/users"
      parent={{ path, label: user.username }}
    >
      {password === null ? (
        <Alert tone="warning" title={text.gone}>
          <p>{text.goneAdvice}</p>
        </Alert>
      ) : (
        <>
          <OneTimeSecret value={password} label={text.label} />
          <p>{text.handOver}</p>
        </>
      )}
      <div class="acts">
        <LinkButton href={localHref(site, path)}>{text.back}</LinkButton>
      </div>
    </InsidePage>
  )
}
