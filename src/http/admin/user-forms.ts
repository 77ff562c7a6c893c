/** `/admin/users/new` and `/admin/users/:id/edit`: the form of a person, filled in again when it cannot be used. */
import type { Account } from '../../accounts/account.ts'
import { actorOf } from '../../accounts/sessions.ts'
import { ActRefused, InvalidInput } from '../../administration/invalid-input.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { AlreadyExists } from '../../storage/storage.ts'
import type { FieldProblem } from '../../views/form.tsx'
import type { Text } from '../../views/languages/languages.ts'
import { UserFormPage, type UserFormPageProps, type UserFormValues } from '../../views/pages/user-form.tsx'
import type { Endpoint, HttpAnswer } from '../endpoint.ts'
import { page, type Visit } from '../page.ts'
import { type UserPagesDependencies, userOf } from './users.ts'

const list = '/admin/users'

export function userForms({ kit, accounts, secrets, storage }: UserPagesDependencies): Endpoint[] {
  const show = (
    status: number,
    { props }: Visit,
    shown: Pick<UserFormPageProps, 'user' | 'values' | 'problems'>,
  ): HttpAnswer => page(status, UserFormPage, { ...props, ...shown })

  return [
    kit.adminGet({
      path: `${list}/new`,
      handle: (visit) => show(200, visit, { user: null, values: emptyValues, problems: [] }),
    }),
    kit.adminPost({
      path: list,
      returnTo: () => `${list}/new`,
      async handle(visit, form) {
        const values = valuesFrom(form)
        try {
          const input = { ...values, password: form.get('password') }
          const { request, account, session } = visit
          const made = await accounts.create(input, actorOf(account), request.context)
          const password = made.password ?? input.password!
          const secret = { 'set-cookie': [secrets.hand(session, made.account.id, password)] }
          return kit.goTo(`${list}/${made.account.id}/password`, secret)
        } catch (error) {
          return show(400, visit, { user: null, values, problems: [problemOf(error, visit)] })
        }
      },
    }),
    kit.adminGet({
      path: `${list}/:id/edit`,
      async handle(visit) {
        const user = await userOf(storage, visit.request)
        return show(200, visit, { user: whom(user, visit), values: valuesOf(user), problems: [] })
      },
    }),
    kit.adminPost({
      path: `${list}/:id`,
      returnTo: (_, { params }) => `${list}/${encodeURIComponent(params.id ?? '')}/edit`,
      async handle(visit, form) {
        const { request, account } = visit
        const user = await userOf(storage, request)
        const values = { ...valuesFrom(form), username: user.username }
        try {
          const changes = await accounts.update(user, values, actorOf(account), request.context)
          return kit.goTo(`${list}/${user.id}?notice=${changes.length === 0 ? 'unchanged' : 'updated'}`)
        } catch (error) {
          return show(400, visit, { user: whom(user, visit), values, problems: [problemOf(error, visit)] })
        }
      },
    }),
  ]
}

const emptyValues: UserFormValues = {
  username: '',
  email: '',
  emailVerified: false,
  fullName: '',
  role: 'user',
}

function valuesFrom(form: Parameters): UserFormValues {
  return {
    username: form.get('username') ?? '',
    email: form.get('email') ?? '',
    emailVerified: form.get('email_verified') === 'true',
    fullName: form.get('full_name') ?? '',
    role: form.get('role') === 'admin' ? 'admin' : 'user',
  }
}

function valuesOf({ username, email, emailVerified, fullName, role }: Account): UserFormValues {
  return { username, email, emailVerified, fullName, role }
}

function whom(user: Account, { account }: Visit) {
  return { id: user.id, username: user.username, own: user.id === account.id }
}

/**
 * What keeps the form from being saved, in the reader's words.
 * @throws the error itself when it is about nothing that was typed.
 */
function problemOf(error: unknown, { props }: Visit): FieldProblem {
  const { form: text, refusals } = props.reader.language.text.people.users
  if (error instanceof ActRefused) return { field: 'role', message: refusals[error.refusal] }
  if (error instanceof AlreadyExists && isField(text.taken, error.what)) {
    return { field: error.what, message: text.taken[error.what] }
  }
  if (error instanceof InvalidInput && isField(text.problems, error.field)) {
    return { field: error.field, message: text.problems[error.field] }
  }
  throw error
}

type FormText = Text['people']['users']['form']

function isField<Words extends FormText['problems'] | FormText['taken']>(
  words: Words,
  field: string,
): field is keyof Words & string {
  return Object.hasOwn(words, field)
}
