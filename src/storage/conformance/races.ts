/** One-time acts under parallel callers: of any number, one wins. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, GrantId } from '../../shared/ids.ts'
import type { Storage, Stores } from '../storage.ts'
import { newAnnouncement } from './announcements.ts'
import {
  hour,
  ids,
  newAccessToken,
  newAccount,
  newAuthorizationCode,
  newAuthorizationRequest,
  newConsent,
  newDecider,
  newDeviceGrant,
  newDigest,
  newGrant,
  newPasskey,
  newSession,
  newSigningKey,
  newTokensOf,
  newUserCode,
  now,
} from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

const callers = 100

export function raceSuite(open: OpenFresh): void {
  suite('races', open, (storage) => {
    const together = <T>(act: (tx: Stores, caller: number) => Promise<T>): Promise<T[]> =>
      Promise.all(
        Array.from({ length: callers }, (_, caller) => storage().transaction((tx) => act(tx, caller))),
      )
    const insertDeviceGrant = async (given: Parameters<typeof newDeviceGrant>[0]) => {
      const grant = newDeviceGrant(given)
      await storage().transaction((tx) => tx.deviceGrants.insert(grant, newUserCode()))
      return grant
    }

    test('an approved device grant gives one token', async () => {
      const { id } = await insertDeviceGrant({ state: 'approved', accountId: ids.next() })
      const tokens = Array.from({ length: callers }, () => newAccessToken())
      const outcomes = await together(async (tx, caller) => {
        const outcome = await tx.deviceGrants.redeem(id, now)
        if (outcome === 'redeemed') await tx.accessTokens.insert(tokens[caller]!)
        return outcome
      })
      assert.equal(outcomes.filter((outcome) => outcome === 'redeemed').length, 1)
      const stored = await Promise.all(tokens.map((token) => storage().read.accessTokens.find(token.id)))
      assert.equal(stored.filter((token) => token !== undefined).length, 1)
    })

    test('an authorization code is redeemed for one grant', async () => {
      const code = newAuthorizationCode()
      await storage().transaction((tx) => tx.authorizationCodes.insert(code))
      const grantIds = Array.from({ length: callers }, () => ids.next<GrantId>())
      const outcomes = await together((tx, caller) =>
        tx.authorizationCodes.redeem(code.id, grantIds[caller]!, now),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'redeemed').length, 1)
      const stored = await storage().read.authorizationCodes.find(code.id)
      assert.equal(stored!.grantId, grantIds[outcomes.indexOf('redeemed')])
    })

    test('an authorization request is answered once', async () => {
      const request = newAuthorizationRequest()
      await storage().transaction((tx) => tx.authorizationRequests.insert(request))
      const outcomes = await together((tx) => tx.authorizationRequests.consume(request.id, now))
      assert.equal(outcomes.filter((outcome) => outcome === 'consumed').length, 1)
    })

    test('of two factors, one stays when both are removed for as long as another is there', async () => {
      for (let round = 0; round < 10; round++) {
        const account = newAccount()
        const passkeys = [newPasskey({ accountId: account.id }), newPasskey({ accountId: account.id })]
        await storage().transaction(async (tx) => {
          await tx.accounts.insert(account)
          for (const passkey of passkeys) await tx.factors.insertPasskey(passkey)
        })
        const removed = await Promise.all(
          passkeys.map(({ id }) =>
            storage().transaction(async (tx) => {
              assert.equal(await tx.accounts.lock(account.id), true)
              const { passkeys: left } = await tx.factors.enrolledOf(account.id)
              return left.length > 1 && tx.factors.removePasskey(account.id, id)
            }),
          ),
        )
        assert.deepEqual(removed.sort(), [false, true])
      }
      assert.equal(await storage().transaction((tx) => tx.accounts.lock(ids.next())), false)
    })

    test('a consent that is held grows by what each caller adds', async () => {
      const consent = newConsent({ permissions: [] })
      const { accountId, clientId } = consent
      await storage().transaction((tx) => tx.consents.remember(consent))
      await together(async (tx, caller) => {
        const { permissions } = (await tx.consents.hold(accountId, clientId))!
        const added = { resource: `urn:example:${caller}`, scopes: ['read'] }
        await tx.consents.remember({ ...consent, permissions: [...permissions, added] })
      })
      assert.equal((await storage().read.consents.find(accountId, clientId))!.permissions.length, callers)
    })

    test('administrators who disable each other leave one', async () => {
      const admins = Array.from({ length: 10 }, () => newAccount({ role: 'admin' }))
      await storage().transaction(async (tx) => {
        for (const admin of admins) await tx.accounts.insert(admin)
      })
      const disabled = await Promise.all(
        admins.map(({ id }) =>
          storage().transaction(
            async (tx) =>
              (await tx.accounts.holdActiveAdmins()) > 1 && tx.accounts.setStatus(id, 'disabled', now),
          ),
        ),
      )
      assert.equal(disabled.filter(Boolean).length, 9)
      assert.equal(await storage().transaction((tx) => tx.accounts.holdActiveAdmins()), 1)
    })

    test('a pending device grant is decided by one person', async () => {
      const { id } = await insertDeviceGrant({})
      const people = Array.from({ length: callers }, () => newDecider())
      const outcomes = await together((tx, caller) =>
        tx.deviceGrants.decide(id, caller % 2 === 0 ? 'approved' : 'denied', people[caller]!, now),
      )
      const decided = outcomes.filter((outcome) => outcome !== undefined)
      assert.equal(decided.length, 1)
      assert.deepEqual(await storage().read.deviceGrants.find(id), decided[0])
    })

    test('polls at the same time each see another one before them', async () => {
      const grant = await insertDeviceGrant({})
      const polls = await together((tx, caller) =>
        tx.deviceGrants.recordPoll(
          grant.id,
          grant.deviceCodeDigest,
          grant.clientId,
          addSeconds(now, caller + 1),
        ),
      )
      const previous = polls.map((poll) => poll!.previousPollAt)
      assert.equal(new Set(previous).size, callers)
      assert.equal(previous.filter((at) => at === undefined).length, 1)
    })

    test('a user code goes to one grant', async () => {
      const userCode = newUserCode()
      const outcomes = await together((tx) => tx.deviceGrants.insert(newDeviceGrant(), userCode))
      assert.equal(outcomes.filter((outcome) => outcome === 'inserted').length, 1)
    })

    test('a refresh token is exchanged once', async () => {
      const grant = newGrant()
      const { refresh } = newTokensOf(grant)
      await storage().transaction(async (tx) => {
        await tx.grants.insert(grant)
        await tx.refreshTokens.insert(refresh)
      })
      const outcomes = await together((tx) => tx.refreshTokens.supersede(refresh.id, now))
      assert.equal(outcomes.filter((outcome) => outcome === 'superseded').length, 1)
    })

    test('a family that ends while it is refreshed keeps no usable token', async () => {
      for (let round = 0; round < 20; round++) {
        const grant = newGrant()
        const first = newTokensOf(grant)
        await storage().transaction(async (tx) => {
          await tx.grants.insert(grant)
          await tx.accessTokens.insert(first.access)
          await tx.refreshTokens.insert(first.refresh)
        })
        const next = newTokensOf(grant, { refresh: { predecessorId: first.refresh.id } })
        const refresh = storage().transaction(async (tx) => {
          const outcome = await tx.refreshTokens.supersede(first.refresh.id, now)
          if (outcome === 'lost') return outcome
          await tx.grants.touch(grant.id, addSeconds(now, 1))
          await tx.accessTokens.insert(next.access)
          await tx.refreshTokens.insert(next.refresh)
          return outcome
        })
        const end = storage().transaction((tx) =>
          round % 2 === 0 ? tx.grants.end(grant.id, now) : tx.grants.endAllOf(grant.accountId, now),
        )
        const [outcome, counts] = await Promise.all([refresh, end])
        assert.deepEqual(
          counts,
          outcome === 'superseded'
            ? { accessTokens: 2, refreshTokens: 1 }
            : { accessTokens: 1, refreshTokens: 1 },
        )
        assert.deepEqual(await usable(storage(), grant.accountId), [])
      }
    })

    test('administrators disabled, deleted and made users at the same time leave one', async () => {
      const admins = Array.from({ length: callers }, () => newAccount({ role: 'admin' }))
      await storage().transaction(async (tx) => {
        for (const admin of admins) await tx.accounts.insert(admin)
      })
      await together(async (tx, caller) => {
        if ((await tx.accounts.holdActiveAdmins()) > 1) {
          const { id } = admins[caller]!
          if (caller % 3 === 0) await tx.accounts.setStatus(id, 'disabled', now)
          else if (caller % 3 === 1) await tx.accounts.setRole(id, 'user', now)
          else await tx.accounts.delete(id)
        }
      })
      assert.equal(await storage().transaction((tx) => tx.accounts.holdActiveAdmins()), 1)
    })

    test('an account that is disabled while somebody signs in with it keeps no usable token', async () => {
      for (let round = 0; round < 20; round++) {
        const account = newAccount()
        await storage().transaction((tx) => tx.accounts.insert(account))
        const grant = newGrant({ accountId: account.id })
        const { access, refresh } = newTokensOf(grant)
        const signIn = storage().transaction(async (tx) => {
          if (!(await tx.accounts.holdActive(account.id))) return 'refused'
          await tx.grants.insert(grant)
          await tx.accessTokens.insert(access)
          await tx.refreshTokens.insert(refresh)
          return 'signed in'
        })
        const disable = storage().transaction(async (tx) => {
          await tx.accounts.setStatus(account.id, 'disabled', now)
          return tx.grants.endAllOf(account.id, now)
        })
        const [outcome, counts] = await Promise.all([signIn, disable])
        const expected = outcome === 'signed in' ? 1 : 0
        assert.deepEqual(counts, { accessTokens: expected, refreshTokens: expected })
        assert.deepEqual(await usable(storage(), account.id), [])
      }
    })

    test('a family is ended, and its tokens counted, once', async () => {
      const grant = newGrant()
      const { access, refresh } = newTokensOf(grant)
      await storage().transaction(async (tx) => {
        await tx.grants.insert(grant)
        await tx.accessTokens.insert(access)
        await tx.refreshTokens.insert(refresh)
      })
      const counts = await together((tx, caller) =>
        [
          () => tx.grants.end(grant.id, now),
          () => tx.grants.endAllOf(grant.accountId, now),
          () => tx.grants.endAllOfClient(grant.clientId, now),
        ][caller % 3]!(),
      )
      assert.deepEqual(
        counts.filter(({ accessTokens, refreshTokens }) => accessTokens + refreshTokens > 0),
        [{ accessTokens: 1, refreshTokens: 1 }],
      )
    })

    test('a session ends for one reason, told to one caller', async () => {
      const session = newSession({ expiresAt: addSeconds(now, hour) })
      await storage().transaction((tx) => tx.sessions.insert(session))
      const outcomes = await together(async (tx, caller) =>
        caller % 2 === 0
          ? tx.sessions.end(session.id, 'logout', now)
          : (await tx.sessions.endAllOf(session.accountId, 'security', now))[0],
      )
      assert.equal(outcomes.filter((outcome) => outcome !== undefined).length, 1)
    })

    test('sweeps at the same time end each session once', async () => {
      const sessions = Array.from({ length: 50 }, () => newSession({ expiresAt: now }))
      await storage().transaction(async (tx) => {
        for (const session of sessions) await tx.sessions.insert(session)
      })
      const ended = (await together((tx) => tx.sessions.endRunOut(now, 7))).flat().map(({ id }) => id)
      assert.deepEqual(ended.sort(), sessions.map(({ id }) => id).sort())
    })

    test('a value is used by one caller, and by nobody after an attempt that was undone', async () => {
      const digest = newDigest()
      const undone = storage().transaction(async (tx) => {
        await tx.usedValues.use(digest, now)
        throw new Error('undone')
      })
      await assert.rejects(undone, /undone/)
      const outcomes = await together((tx) => tx.usedValues.use(digest, now))
      assert.equal(outcomes.filter((outcome) => outcome === 'first').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'replayed').length, callers - 1)
    })

    test('an announcement goes to one server', async () => {
      const announcements = Array.from({ length: 50 }, () => newAnnouncement())
      await storage().transaction(async (tx) => {
        for (const announcement of announcements) await tx.announcements.insert(announcement)
      })
      const claimed = (await together((tx) => tx.announcements.claim(7))).flat().map(({ id }) => id)
      assert.deepEqual(
        claimed.sort(),
        announcements.map(({ id }) => id),
      )
    })

    test('of replicas that make the next signing key, one does', async () => {
      const current = newSigningKey()
      await storage().transaction((tx) => tx.signingKeys.insert(current))
      const made = Array.from({ length: callers }, () => newSigningKey({ state: 'next' }))
      const outcomes = await together((tx, caller) => tx.signingKeys.insertNext(made[caller]!, current.kid))
      assert.equal(outcomes.filter((outcome) => outcome === 'inserted').length, 1)
      const next = (await storage().read.signingKeys.list()).filter(({ state }) => state === 'next')
      assert.deepEqual(next, [made[outcomes.indexOf('inserted')]])
      await storage().transaction((tx) => tx.signingKeys.retire(next[0]!.kid, now))
    })

    test('a signing key is activated once, and never beside one that is retired at the same moment', async () => {
      for (let round = 0; round < 10; round++) {
        const current = newSigningKey({ algorithm: 'PS256' })
        const next = newSigningKey({ algorithm: 'PS256', state: 'next', activatedAt: undefined })
        await storage().transaction(async (tx) => {
          await tx.signingKeys.insert(current)
          await tx.signingKeys.insert(next)
        })
        const outcomes = await Promise.all([
          together((tx, caller) => tx.signingKeys.activate(next.kid, current.kid, addSeconds(now, caller))),
          ...(round % 2 === 0 ? [] : [together((tx) => tx.signingKeys.retire(next.kid, now))]),
        ])
        const [activated, retired = []] = outcomes
        const won = [...activated, ...retired].filter((outcome) => outcome !== 'lost')
        assert.equal(won.length, 1)
        const stateOf = async (kid: string) => (await storage().read.signingKeys.find(kid))!.state
        assert.deepEqual(
          [await stateOf(current.kid), await stateOf(next.kid)],
          won[0] === 'activated' ? ['previous', 'current'] : ['current', 'retired'],
        )
        const at = (await storage().read.signingKeys.find(next.kid))!.activatedAt
        const winner = activated.indexOf('activated')
        assert.equal(at, winner < 0 ? undefined : addSeconds(now, winner))
      }
    })

    test('a signing key is made for the key that signs, not for one that was replaced meanwhile', async () => {
      for (let round = 0; round < 10; round++) {
        const current = newSigningKey({ algorithm: 'RS256' })
        const next = newSigningKey({ algorithm: 'RS256', state: 'next' })
        const late = newSigningKey({ algorithm: 'RS256', state: 'next' })
        await storage().transaction(async (tx) => {
          await tx.signingKeys.insert(current)
          await tx.signingKeys.insert(next)
        })
        const [activated, inserted] = await Promise.all([
          storage().transaction((tx) => tx.signingKeys.activate(next.kid, current.kid, now)),
          storage().transaction((tx) => tx.signingKeys.insertNext(late, current.kid)),
        ])
        assert.deepEqual([activated, inserted], ['activated', 'lost'])
      }
    })

    test('a user name goes to one account', async () => {
      const username = `wanted-${ids.next()}`
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () =>
          storage().transaction((tx) => tx.accounts.insert(newAccount({ username }))),
        ),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    test('a token that is disabled, revoked and refreshed at the same time comes to one end', async () => {
      for (let round = 0; round < 10; round++) {
        const grant = newGrant()
        const { refresh } = newTokensOf(grant)
        await storage().transaction(async (tx) => {
          await tx.grants.insert(grant)
          await tx.refreshTokens.insert(refresh)
        })
        const outcomes = await together(async (tx, caller) => {
          if (caller % 3 === 0) return tx.refreshTokens.disable(refresh.id, now)
          if (caller % 3 === 1) return (await tx.refreshTokens.supersede(refresh.id, now)) === 'superseded'
          return (
            (await tx.grants.touch(grant.id, now)) && (await tx.grants.end(grant.id, now)).refreshTokens > 0
          )
        })
        assert.equal(outcomes.filter((done) => done).length, 1)
      }
    })

    test('a token is revoked once', async () => {
      const token = newAccessToken()
      await storage().transaction((tx) => tx.accessTokens.insert(token))
      const outcomes = await together((tx) => tx.accessTokens.revoke(token.id, now))
      assert.equal(outcomes.filter((revoked) => revoked).length, 1)
    })
  })
}

function usable(storage: Storage, accountId: AccountId) {
  return storage.read.grants.listLive(accountId, now, { limit: 10 })
}
