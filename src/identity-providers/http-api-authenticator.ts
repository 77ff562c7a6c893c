/**
 * {@link Authenticator} of the external API: it knows who people are, this server keeps a row for each that has signed
 * in, made with the first sign-in and brought up to date with each further one. The row belongs to the `user_id` of
 * the API and not to a name: names are given to somebody else one day.
 */
import type { Account } from '../accounts/account.ts'
import type { Authenticator, Verdict } from '../accounts/authenticator.ts'
import { parseEmail } from '../accounts/email.ts'
import type { Publisher } from '../events/bus.ts'
import type { DomainEvent, LoginFailureReason } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { AccountId, IdentityConnectionId, Ids } from '../shared/ids.ts'
import { AlreadyExists, type Storage, type Stores } from '../storage/storage.ts'
import type { Identity, IdentityConnection } from './connection.ts'
import type { ExternalPerson, HttpApiClient } from './http-api-client.ts'

/** Names and addresses may be taken while a row is made or changed; the next look sees by whom. */
const maxTries = 3

type Settled = { readonly account: Account; readonly events: readonly DomainEvent[] } | LoginFailureReason

export function createHttpApiAuthenticator(dependencies: {
  storage: Storage
  api: HttpApiClient
  publisher: Publisher
  clock: Clock
  ids: Ids
}): Authenticator {
  const { storage, api, publisher, clock, ids } = dependencies

  const connectionOf = (
    accountId: AccountId,
    identity: Identity,
    username: string,
    person: ExternalPerson,
  ) => {
    const now = clock.now()
    const connection: IdentityConnection = {
      ...identity,
      id: ids.next<IdentityConnectionId>(),
      accountId,
      username,
      email: person.email,
      linkedAt: now,
      lastUsedAt: now,
    }
    return connection
  }

  /** The row of whoever the API vouched for, as it is from now on. */
  const settle = async (
    tx: Stores,
    username: string,
    known: Account | undefined,
    person: ExternalPerson,
  ): Promise<Settled> => {
    const now = clock.now()
    const identity: Identity = { source: 'http_api', issuer: '', subject: person.userId }
    // The address first: whoever has it because the same person came in at the same moment has the connection, too.
    const holder = person.email === undefined ? undefined : await tx.accounts.findByEmail(person.email)
    const connection = await tx.identityConnections.find(identity)
    if (connection !== undefined) {
      // The name led to somebody else's row: their name here is an old one that the API has given away since.
      if (known !== undefined && known.id !== connection.accountId) return 'account_conflict'
      const owner = await tx.accounts.find(connection.accountId)
      if (owner === undefined) return 'account_conflict'
      await tx.identityConnections.noteUse(connection.id, { username, email: person.email }, now)
      return { account: await bringUpToDate(tx, owner, username, person), events: [] }
    }
    if (known !== undefined) {
      const theirs = await tx.identityConnections.listOf(known.id)
      if (theirs.some(({ source }) => source === 'http_api')) return 'account_conflict'
      await tx.identityConnections.insert(connectionOf(known.id, identity, username, person))
      return { account: await bringUpToDate(tx, known, username, person), events: [] }
    }
    const email = parseEmail(person.email ?? '')
    if (email === undefined) return 'profile_incomplete'
    if (holder !== undefined) return 'account_conflict'
    const account: Account = {
      id: ids.next<AccountId>(),
      username,
      email,
      emailVerified: false,
      fullName: person.fullName ?? '',
      role: 'user',
      status: 'active',
      authSource: 'http_api',
      passwordHash: undefined,
      passwordChangeRequired: false,
      createdAt: now,
      updatedAt: now,
    }
    await tx.accounts.insert(account)
    const made = connectionOf(account.id, identity, username, person)
    await tx.identityConnections.insert(made)
    const act = { at: now, actor: { type: 'system' }, accountId: account.id } as const
    return {
      account,
      events: [
        { ...act, type: 'account.created', username, role: 'user' },
        {
          ...act,
          type: 'identity_connection.linked',
          connectionId: made.id,
          source: 'http_api',
          by: 'registration',
        },
      ],
    }
  }

  /** What the API leaves out stays; an address that somebody else has here does too. */
  const bringUpToDate = async (
    tx: Stores,
    account: Account,
    username: string,
    person: ExternalPerson,
  ): Promise<Account> => {
    const told = parseEmail(person.email ?? '') ?? account.email
    const holder = await tx.accounts.findByEmail(told)
    const email = holder === undefined || holder.id === account.id ? told : account.email
    const fullName = person.fullName ?? account.fullName
    if (username === account.username && email === account.email && fullName === account.fullName)
      return account
    // The API says what the address is, not that anybody checked it.
    const emailVerified = account.emailVerified && email.toLowerCase() === account.email.toLowerCase()
    const now = clock.now()
    const profile = { username, email, emailVerified, fullName }
    await tx.accounts.changeProfile(account.id, profile, now)
    return { ...account, ...profile, updatedAt: now }
  }

  const settleSoon = async (
    username: string,
    given: Account | undefined,
    person: ExternalPerson,
  ): Promise<Settled> => {
    let known = given
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const account = known
      try {
        return await storage.transaction((tx) => settle(tx, username, account, person))
      } catch (error) {
        if (!(error instanceof AlreadyExists)) throw error
        known = await storage.read.accounts.findByUsername(username)
        // Somebody who signs in another way has the name: the API's word is not asked about them.
        if (known !== undefined && known.authSource !== 'http_api') return 'account_conflict'
      }
    }
    return 'account_conflict'
  }

  return {
    method: 'http_api',
    authSource: 'http_api',
    async authenticate({ username, password, account }): Promise<Verdict> {
      if (username === undefined) return { kind: 'bad_credentials' }
      const verdict = await api.ask(username, password.reveal())
      if (verdict.kind === 'unavailable') return { kind: 'unavailable' }
      if (verdict.kind === 'rejected') return { kind: 'bad_credentials' }
      const settled = await settleSoon(username, account, verdict.person)
      if (typeof settled === 'string') return { kind: 'not_set_up', reason: settled }
      for (const event of settled.events) publisher.publish(event)
      return { kind: 'authenticated', account: settled.account }
    },
  }
}
