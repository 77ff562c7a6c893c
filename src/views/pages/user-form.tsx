/** The form of a new person, and of one who is there. */
import { Button, LinkButton } from '../components/button.tsx'
import { Checkbox, ErrorSummary, Field, type FieldProblem, Form, problemWith, Select } from '../form.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'

/** As typed; a password is not given back. */
export interface UserFormValues {
  username: string
  email: string
  emailVerified: boolean
  fullName: string
  role: 'admin' | 'user'
}

export interface UserFormPageProps extends SignedInPageProps {
  /** Whom it changes; `null` for a new one. */
  user: { id: string; username: string; own: boolean } | null
  values: UserFormValues
  problems: readonly FieldProblem[]
}

export function UserFormPage(props: UserFormPageProps) {
  const { site, csrfToken, user, values, problems } = props
  const words = useText()
  const { form: text, ...users } = words.people.users
  const title = user === null ? text.createTitle : text.editTitle
  const path = user === null ? '/admin/users' : `/admin/users/${encodeURIComponent(user.id)}`
  const roles = [
    { value: 'user', label: users.roles.user },
    { value: 'admin', label: users.roles.admin },
  ]
  return (
    <InsidePage
      {...props}
      title={problems.length > 0 ? words.common.errorTitle(title) : title}
      heading={
        user === null ? (
          title
        ) : (
          <>
            {title}: <bdi>{user.username}</bdi>
          </>
        )
      }
      current="/admin/users"
      parent={user === null ? { path: '/admin/users', label: users.title } : { path, label: user.username }}
    >
      {problems.length > 0 && <ErrorSummary title={text.problem} problems={problems} />}
      <Form site={site} csrfToken={csrfToken} action={path} className="form">
        {user === null && (
          <Field
            name="username"
            label={users.username}
            value={values.username}
            autocomplete="off"
            maxlength={64}
            help={text.usernameHelp}
            error={problemWith(problems, 'username')}
          />
        )}
        <Field
          name="email"
          type="email"
          label={users.email}
          value={values.email}
          autocomplete="off"
          maxlength={254}
          help={user === null ? undefined : text.emailHelp}
          error={problemWith(problems, 'email')}
        />
        {user === null && (
          <Checkbox
            name="email_verified"
            value="true"
            label={text.emailVerified}
            checked={values.emailVerified}
          />
        )}
        <Field
          name="full_name"
          label={users.fullName}
          value={values.fullName}
          autocomplete="off"
          autocapitalize="words"
          required={false}
        />
        {user?.own === true ? (
          <>
            <input type="hidden" name="role" value={values.role} />
            <p class="muted">
              {users.role}: {users.roles[values.role]}. {text.ownRole}
            </p>
          </>
        ) : (
          <Select
            name="role"
            label={users.role}
            value={values.role}
            options={roles}
            error={problemWith(problems, 'role')}
          />
        )}
        {user === null && (
          <Field
            name="password"
            type="password"
            label={text.password}
            autocomplete="new-password"
            required={false}
            maxlength={1024}
            enhance="password"
            help={text.passwordHelp}
            error={problemWith(problems, 'password')}
          />
        )}
        <div class="acts">
          <Button>{user === null ? text.create : text.save}</Button>
          <LinkButton kind="quiet" href={localHref(site, path)}>
            {words.confirm.cancel}
          </LinkButton>
        </div>
      </Form>
    </InsidePage>
  )
}
