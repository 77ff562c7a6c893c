/** Accounts of a server. */
import { ActRefused } from '../../../administration/invalid-input.ts'
import type { ShownUser, Users } from '../port.ts'
import type { Api } from './api.ts'
import type { Members } from './read.ts'

export function remoteUsers(api: Api): Users {
  const pathOf = ({ id }: ShownUser): string => `/users/${encodeURIComponent(id)}`
  /** An act on somebody who was there a moment ago. */
  const act = async <T>(
    user: ShownUser,
    name: string,
    read: (answer: Members) => T,
    body?: Record<string, unknown>,
  ): Promise<T> => {
    const request = { method: 'POST', path: `${pathOf(user)}/${name}` } as const
    const answer = await api.ask(body === undefined ? request : { ...request, body }, (members) => ({
      value: read(members),
    }))
    if (answer === undefined) throw new ActRefused('gone')
    return answer.value
  }
  /** The API answers the same when the account is so already; whoever types a command is told. */
  const switchTo = async (user: ShownUser, status: string, name: string): Promise<boolean> => {
    if (user.status === status) return false
    await act(user, name, readUser)
    return true
  }

  return {
    list: ({ search, role, status, source }) =>
      api.list('/users', { search, role, status, auth_source: source }, readUser),

    async find(username) {
      const [user] = await api.list('/users', { username }, readUser, 1)
      return user
    },

    create: (input) =>
      api.get(
        {
          method: 'POST',
          path: '/users',
          body: {
            username: input.username,
            email: input.email,
            email_verified: input.emailVerified,
            full_name: input.fullName,
            role: input.role,
            password: input.password,
            password_change_required: input.passwordChangeRequired,
          },
        },
        (answer) => ({ user: readUser(answer.object('user')), password: answer.textOrNone('password') }),
      ),

    disable: (user) => switchTo(user, 'disabled', 'disable'),
    enable: (user) => switchTo(user, 'active', 'enable'),
    delete: (user) => api.act({ method: 'DELETE', path: pathOf(user) }),
    resetPassword: (user, password) =>
      act(user, 'reset-password', (answer) => answer.textOrNone('password'), { password }),
    removeFactors: (user) => act(user, 'remove-second-factors', (answer) => answer.flag('removed')),
  }
}

function readUser(user: Members): ShownUser {
  return {
    id: user.text('user_id'),
    username: user.text('username'),
    email: user.text('email'),
    emailVerified: user.flag('email_verified'),
    fullName: user.text('full_name'),
    role: user.text('role'),
    status: user.text('status'),
    authSource: user.text('auth_source'),
    createdAt: user.instant('created_at'),
  }
}
