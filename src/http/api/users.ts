/** Operations on people's accounts and on what they have here. */
import type { Account } from '../../accounts/account.ts'
import type { Session } from '../../accounts/session.ts'
import type { AccountFilter } from '../../accounts/store.ts'
import { normalizeUsername } from '../../accounts/username.ts'
import type { AccountAdministration } from '../../administration/accounts.ts'
import { ActRefused } from '../../administration/invalid-input.ts'
import type { AuthSource } from '../../events/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import { type AccountId, isUuid } from '../../shared/ids.ts'
import type { ListPage, ListTotal } from '../../shared/listing.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Call, type Operation, operation } from './operation.ts'
import { encodePage, pageOf, pageQuery, windowOf } from './paging.ts'
import { ApiProblem } from './problem.ts'
import { answer, choice, flag, input, named, nullable, optional, text, time, uuid, whole } from './schema.ts'

const roles = ['admin', 'user'] as const
const statuses = ['active', 'disabled'] as const
const sources = [
  'local',
  'http_api',
  'microsoft',
  'github',
  'gitea',
  'gitlab',
  'oidc',
] as const satisfies readonly AuthSource[]

const userSchema = named(
  'User',
  answer({
    user_id: uuid({ description: 'Also the `sub` of their tokens.' }),
    username: text(),
    email: text(),
    email_verified: flag({ description: 'Whether the address is known to be theirs.' }),
    full_name: text(),
    role: choice(roles),
    status: choice(statuses),
    auth_source: choice(sources, { description: 'Where their password is.' }),
    created_at: time(),
    updated_at: time(),
  }),
)

const passwordNote = 'Shown this once; `null` when the request brought it.'
const createdSchema = named(
  'CreatedUser',
  answer({ user: userSchema, password: nullable(text({ description: passwordNote })) }),
)
const unprotectedSchema = named(
  'RemovedFactors',
  answer({ user: userSchema, removed: flag({ description: 'Whether there was any.' }) }),
)
const endedSchema = named(
  'EndedCount',
  answer({ ended: whole({ minimum: 0, description: 'How many there were.' }) }),
)

const sessionSchema = named(
  'Session',
  answer({
    session_id: uuid(),
    auth_source: choice(sources),
    ip: text({ description: 'Where it began; empty when that is not known.' }),
    user_agent: text(),
    created_at: time(),
    last_seen_at: time(),
    expires_at: time(),
  }),
)

const email = text({ maxLength: 254 })
const full_name = text({ maxLength: 200 })
const password = text({ maxLength: 1024, description: 'Generated and shown once unless it is given.' })

export function userOperations(dependencies: {
  storage: Pick<Storage, 'read'>
  accounts: AccountAdministration
  clock: Clock
  issuer: string
}): Operation[] {
  const { storage, accounts, clock, issuer } = dependencies
  const { read } = storage

  const find = async ({ params }: Pick<Call<never, unknown>, 'params'>): Promise<Account> => {
    const { user_id: id = '' } = params
    const account = isUuid(id) ? await read.accounts.find(id as AccountId) : undefined
    if (account === undefined) throw new ApiProblem(404, 'there is no such user')
    return account
  }

  /** Nobody, or the one of this name if the other filters take them. */
  const pageOfUsername = async (
    name: string,
    { role, status, authSource, search }: AccountFilter,
  ): Promise<[ListPage<Account>, ListTotal]> => {
    if (search !== undefined) {
      const message = 'cannot be combined with search'
      throw new ApiProblem(400, `username: ${message}`, [{ member: 'username', message }])
    }
    const username = normalizeUsername(name)
    const found = username === undefined ? undefined : await read.accounts.findByUsername(username)
    const entries = [found].filter(
      (account): account is Account =>
        account !== undefined &&
        (role ?? account.role) === account.role &&
        (status ?? account.status) === account.status &&
        (authSource ?? account.authSource) === account.authSource,
    )
    return [
      { entries, next: null, previous: null },
      { count: entries.length, atLeast: false },
    ]
  }

  /** An act after which the user is as it says, whether they were before or not. */
  const act = (
    name: string,
    id: string,
    summary: string,
    perform: (account: Account, by: Call<never, unknown>['by']) => Promise<unknown>,
  ): Operation =>
    operation(`POST /users/{user_id}/${name}`, {
      id,
      group: 'users',
      summary,
      answer: userSchema,
      refusals: [409],
      async run(call) {
        await perform(await find(call), call.by)
        return { answer: encodeUser(await find(call)) }
      },
    })

  const ending = (
    name: string,
    id: string,
    summary: string,
    perform: (account: Account, by: Call<never, unknown>['by']) => Promise<number>,
  ): Operation =>
    operation(`POST /users/{user_id}/${name}`, {
      id,
      group: 'users',
      summary,
      answer: endedSchema,
      run: async (call) => ({ answer: { ended: await perform(await find(call), call.by) } }),
    })

  return [
    operation('GET /users', {
      id: 'listUsers',
      group: 'users',
      summary: 'List users, newest first',
      query: {
        role: optional(choice(roles)),
        status: optional(choice(statuses)),
        auth_source: optional(choice(sources)),
        username: optional(text({ maxLength: 64, description: 'Exactly this one, in any case.' })),
        search: optional(
          text({
            maxLength: 255,
            description: 'The beginning of a username, an e-mail address or a name, or a whole id.',
          }),
        ),
        ...pageQuery,
      },
      answer: named('UserPage', pageOf(userSchema)),
      async run({ query, search }) {
        const { role, status } = query
        const filter = { role, status, authSource: query.auth_source, search: query.search }
        const [page, count] =
          query.username === undefined
            ? await Promise.all([read.accounts.page(filter, windowOf(query)), read.accounts.count(filter)])
            : await pageOfUsername(query.username, filter)
        return { answer: encodePage({ issuer, path: '/users', search }, page, count, encodeUser) }
      },
    }),
    operation('POST /users', {
      id: 'createUser',
      group: 'users',
      summary: 'Create a user',
      body: input({
        username: text({ maxLength: 64, description: 'a–z, 0–9, “_” and “-”.' }),
        email,
        email_verified: optional(flag()),
        full_name: optional(full_name),
        role: optional(choice(roles, { description: '`user` unless it is said.' })),
        password: optional(password),
        password_change_required: optional(
          flag({
            description:
              'Whether another password must be chosen at the first sign-in; as `FORCE_PASSWORD_CHANGE` has it unless it is said.',
          }),
        ),
      }),
      status: 201,
      answer: createdSchema,
      refusals: [409],
      async run({ body, by }) {
        const made = await accounts.create(
          {
            username: body.username,
            email: body.email,
            emailVerified: body.email_verified ?? false,
            fullName: body.full_name ?? '',
            role: body.role ?? 'user',
            password: body.password,
            ...(body.password_change_required === undefined
              ? {}
              : { passwordChangeRequired: body.password_change_required }),
          },
          ...by,
        )
        return {
          answer: { user: encodeUser(made.account), password: made.password ?? null },
          headers: { location: `${issuer}/api/v1/users/${made.account.id}` },
        }
      },
    }),
    operation('GET /users/{user_id}', {
      id: 'getUser',
      group: 'users',
      summary: 'Look at a user',
      answer: userSchema,
      run: async (call) => ({ answer: encodeUser(await find(call)) }),
    }),
    operation('PATCH /users/{user_id}', {
      id: 'updateUser',
      group: 'users',
      summary: 'Change a user',
      description:
        'Members that are left out stay as they are. Another address is no longer known to be theirs. The last active administrator keeps the role, and nobody changes their own.',
      body: input({
        email: optional(email),
        full_name: optional(full_name),
        role: optional(choice(roles)),
        email_verified: optional(
          flag({ description: '`true` notes that the address is known to be theirs.' }),
        ),
      }),
      answer: userSchema,
      refusals: [409],
      async run(call) {
        const before = await find(call)
        const { body, by } = call
        if (body.email_verified === false && before.emailVerified) {
          const what = 'can only be set; another address takes it back'
          throw new ApiProblem(422, `email_verified: ${what}`, [{ member: 'email_verified', message: what }])
        }
        const update = {
          email: body.email ?? before.email,
          fullName: body.full_name ?? before.fullName,
          role: body.role ?? before.role,
        }
        await accounts.update(before, update, ...by)
        if (body.email_verified === true) await accounts.verifyEmail(await find(call), ...by)
        return { answer: encodeUser(await find(call)) }
      },
    }),
    operation('DELETE /users/{user_id}', {
      id: 'deleteUser',
      group: 'users',
      summary: 'Delete a user with their sessions, tokens and consents',
      description: 'Clients they own stay, without an owner.',
      status: 204,
      refusals: [409],
      async run(call) {
        if (!(await accounts.delete(await find(call), ...call.by))) {
          throw new ApiProblem(404, 'there is no such user')
        }
        return { answer: undefined }
      },
    }),
    act('disable', 'disableUser', 'Disable a user and end their sessions and tokens', (account, by) =>
      accounts.disable(account, ...by),
    ),
    act('enable', 'enableUser', 'Enable a disabled user', (account, by) => accounts.enable(account, ...by)),
    operation('POST /users/{user_id}/reset-password', {
      id: 'resetUserPassword',
      group: 'users',
      summary: 'Replace the password of a user and end their sessions and tokens',
      description: 'One’s own is changed in the browser: the reset would end the token that asked for it.',
      body: input({ password: optional(password) }),
      answer: named(
        'NewPassword',
        answer({ user_id: uuid(), password: nullable(text({ description: passwordNote })) }),
      ),
      refusals: [409],
      async run(call) {
        const account = await find(call)
        const [actor] = call.by
        if (actor.type === 'account' && actor.id === account.id) throw new ActRefused('own_account')
        const given = call.body.password
        const [by, request] = call.by
        const made = await accounts.resetPassword(account, by, given, request)
        return { answer: { user_id: account.id, password: given === undefined ? made : null } }
      },
    }),
    operation('POST /users/{user_id}/remove-second-factors', {
      id: 'removeUserSecondFactors',
      group: 'users',
      summary: 'Remove every second factor of somebody who lost theirs',
      answer: unprotectedSchema,
      async run(call) {
        const removed = await accounts.removeFactors(await find(call), ...call.by)
        return { answer: { user: encodeUser(await find(call)), removed } }
      },
    }),
    operation('GET /users/{user_id}/sessions', {
      id: 'listUserSessions',
      group: 'users',
      summary: 'List the browser sessions of a user, the most recently used first',
      query: pageQuery,
      answer: named('SessionPage', pageOf(sessionSchema)),
      async run(call) {
        const account = await find(call)
        const now = clock.now()
        const [page, count] = await Promise.all([
          read.sessions.page(account.id, now, windowOf(call.query)),
          read.sessions.count(account.id, now),
        ])
        const path = `/users/${account.id}/sessions`
        return { answer: encodePage({ issuer, path, search: call.search }, page, count, encodeSession) }
      },
    }),
    ending('end-sessions', 'endUserSessions', 'End every browser session of a user', (account, by) =>
      accounts.endSessions(account, ...by),
    ),
    ending('end-tokens', 'endUserTokens', 'Revoke every token that speaks for a user', (account, by) =>
      accounts.endTokens(account, ...by),
    ),
  ]
}

function encodeUser(account: Account) {
  return {
    user_id: account.id,
    username: account.username,
    email: account.email,
    email_verified: account.emailVerified,
    full_name: account.fullName,
    role: account.role,
    status: account.status,
    auth_source: account.authSource,
    created_at: new Date(account.createdAt).toISOString(),
    updated_at: new Date(account.updatedAt).toISOString(),
  }
}

function encodeSession(session: Session) {
  return {
    session_id: session.id,
    auth_source: session.authSource,
    ip: session.ip,
    user_agent: session.userAgent,
    created_at: new Date(session.createdAt).toISOString(),
    last_seen_at: new Date(session.lastSeenAt).toISOString(),
    expires_at: new Date(session.expiresAt).toISOString(),
  }
}
