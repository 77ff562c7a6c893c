/** Flow: an identity that a provider vouches for becomes an account of ours, by the rule of `decide.ts`. */
import type { Account } from '../accounts/account.ts'
import { actorOf } from '../accounts/sessions.ts'
import type { Publisher } from '../events/bus.ts'
import type {
  DomainEvent,
  IdentityConnectionLinked,
  IdentityProviderFailure,
  IdentityProviderName,
  RequestContext,
} from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { AccountId, IdentityConnectionId, Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import { AlreadyExists, type Storage, type Stores } from '../storage/storage.ts'
import type { Identity, IdentityConnection } from './connection.ts'
import { decideSignIn } from './decide.ts'
import { localPartOf } from './profile-members.ts'
import type { ProviderProfile } from './provider.ts'
import { chooseUsername } from './username.ts'

export type ResolvedIdentity =
  | { readonly kind: 'account'; readonly account: Account }
  | {
      readonly kind: 'refused'
      readonly failure: IdentityProviderFailure
      readonly account: Account | undefined
    }

export interface IdentityResolver {
  /** The account somebody signs in to, which may be made for them. */
  resolve(
    provider: IdentityProviderName,
    profile: ProviderProfile,
    context: RequestContext,
  ): Promise<ResolvedIdentity>
  /** Connects an identity to the account of whoever asked for it. */
  connect(
    account: Account,
    provider: IdentityProviderName,
    profile: ProviderProfile,
    context: RequestContext,
  ): Promise<'connected' | 'identity_taken' | 'already_connected'>
}

/** What a transaction found or did, and what is announced of it after its commit. */
interface Settled<T> {
  readonly result: T
  readonly events: readonly DomainEvent[]
}

/** Names, addresses and identities may be taken meanwhile; the next look sees by whom. */
const maxTries = 4

export function createIdentityResolver(dependencies: {
  storage: Storage
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  autoRegister: boolean
}): IdentityResolver {
  const { storage, publisher, clock, random, ids, autoRegister } = dependencies

  const settle = async <T>(body: (tx: Stores) => Promise<Settled<T>>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const { result, events } = await storage.transaction(body)
        for (const event of events) publisher.publish(event)
        return result
      } catch (error) {
        if (!(error instanceof AlreadyExists) || attempt === maxTries) throw error
      }
    }
  }

  const link = async (
    tx: Stores,
    account: Account,
    identity: Identity,
    profile: ProviderProfile,
    by: IdentityConnectionLinked['by'],
    context: RequestContext,
  ): Promise<DomainEvent> => {
    const now = clock.now()
    const connection: IdentityConnection = {
      ...identity,
      id: ids.next<IdentityConnectionId>(),
      accountId: account.id,
      username: profile.username,
      email: profile.email,
      linkedAt: now,
      lastUsedAt: by === 'owner' ? undefined : now,
    }
    await tx.identityConnections.insert(connection)
    return {
      type: 'identity_connection.linked',
      at: now,
      actor: actorOf(account),
      request: context,
      connectionId: connection.id,
      accountId: account.id,
      source: identity.source,
      by,
    }
  }

  /** Whoever holds an identity of a provider that checked the account's own address has shown that it is theirs. */
  const noteVerified = async (tx: Stores, account: Account, profile: ProviderProfile): Promise<Account> => {
    const isSame = profile.email?.toLowerCase() === account.email.toLowerCase()
    if (account.emailVerified || !profile.emailVerified || !isSame) return account
    const verified = { ...account, emailVerified: true, updatedAt: clock.now() }
    await tx.accounts.changeProfile(account.id, verified, verified.updatedAt)
    return verified
  }

  const register = async (
    tx: Stores,
    identity: Identity,
    profile: ProviderProfile,
    email: string,
    context: RequestContext,
  ): Promise<Settled<ResolvedIdentity>> => {
    const now = clock.now()
    const account: Account = {
      id: ids.next<AccountId>(),
      username: await chooseUsername(
        [profile.username, localPartOf(email)],
        identity.source,
        async (name) => (await tx.accounts.findByUsername(name)) !== undefined,
        random,
      ),
      email,
      emailVerified: profile.emailVerified,
      fullName: profile.fullName ?? '',
      role: 'user',
      status: 'active',
      authSource: identity.source,
      passwordHash: undefined,
      passwordChangeRequired: false,
      createdAt: now,
      updatedAt: now,
    }
    await tx.accounts.insert(account)
    const linked = await link(tx, account, identity, profile, 'registration', context)
    const { id: accountId, username, role } = account
    return {
      result: { kind: 'account', account },
      events: [
        {
          type: 'account.created',
          at: now,
          actor: actorOf(account),
          request: context,
          accountId,
          username,
          role,
        },
        linked,
      ],
    }
  }

  return {
    resolve: (provider, profile, context) =>
      settle<ResolvedIdentity>(async (tx) => {
        const identity = identityOf(provider, profile)
        // The address first: whoever has it because the same person came in at the same moment has the connection, too.
        const holder = profile.email === undefined ? undefined : await tx.accounts.findByEmail(profile.email)
        const connection = await tx.identityConnections.find(identity)
        const owner = connection && (await tx.accounts.find(connection.accountId))
        const theirs = holder === undefined ? [] : await tx.identityConnections.listOf(holder.id)
        const decision = decideSignIn({
          profile,
          owner,
          holder,
          holderIsConnected: theirs.some(({ source }) => source === provider),
          autoRegister,
        })
        switch (decision.kind) {
          case 'refused':
            return { result: decision, events: [] }
          case 'sign_in': {
            const { username, email } = profile
            await tx.identityConnections.noteUse(connection!.id, { username, email }, clock.now())
            return {
              result: { kind: 'account', account: await noteVerified(tx, decision.account, profile) },
              events: [],
            }
          }
          case 'link':
            return {
              result: { kind: 'account', account: decision.account },
              events: [await link(tx, decision.account, identity, profile, 'email', context)],
            }
          case 'register':
            return register(tx, identity, profile, decision.email, context)
        }
      }),

    connect: (account, provider, profile, context) =>
      settle(async (tx) => {
        const identity = identityOf(provider, profile)
        const connection = await tx.identityConnections.find(identity)
        if (connection !== undefined) {
          const result = connection.accountId === account.id ? 'connected' : 'identity_taken'
          return { result, events: [] }
        }
        const theirs = await tx.identityConnections.listOf(account.id)
        if (theirs.some(({ source }) => source === provider))
          return { result: 'already_connected', events: [] }
        const linked = await link(tx, account, identity, profile, 'owner', context)
        // As it is now, which need not be how the caller saw it.
        const current = await tx.accounts.find(account.id)
        if (current !== undefined) await noteVerified(tx, current, profile)
        return { result: 'connected', events: [linked] }
      }),
  }
}

function identityOf(source: IdentityProviderName, { issuer, subject }: ProviderProfile): Identity {
  return { source, issuer, subject }
}
