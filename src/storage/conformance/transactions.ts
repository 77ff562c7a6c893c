/** What {@link Storage.transaction} promises, whatever the ports. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addSeconds } from '../../shared/clock.ts'
import { AlreadyExists, type Stores } from '../storage.ts'
import { newAccessToken, newAccount, newClient, now } from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function transactionSuite(open: OpenFresh): void {
  suite('transactions', open, (storage) => {
    test('the answer of the body is the answer of the transaction', async () => {
      assert.equal(await storage().transaction(async () => 'answer'), 'answer')
    })

    test('a transaction sees what it wrote', async () => {
      const client = newClient()
      const found = await storage().transaction(async (tx) => {
        await tx.clients.insert(client)
        return tx.clients.find(client.id)
      })
      assert.deepEqual(found, client)
    })

    test('nothing is kept of a body that throws, and its error comes out', async () => {
      const client = newClient()
      const error = new Error('changed my mind')
      const failed = storage().transaction(async (tx) => {
        await tx.clients.insert(client)
        throw error
      })
      await assert.rejects(failed, (thrown) => thrown === error)
      assert.equal(await storage().read.clients.find(client.id), undefined)
    })

    test('a body that throws before its first statement is rolled back too', async () => {
      const thrower = () => {
        throw new Error('at once')
      }
      await assert.rejects(storage().transaction(thrower), /at once/)
      const token = newAccessToken()
      await storage().transaction((tx) => tx.accessTokens.insert(token))
      assert.deepEqual(await storage().read.accessTokens.find(token.id), token)
    })

    test('a failing body between two good ones undoes only itself', async () => {
      const clients = [newClient(), newClient(), newClient()]
      const outcomes = await Promise.allSettled(
        clients.map((client, index) =>
          storage().transaction(async (tx) => {
            await tx.clients.insert(client)
            if (index === 1) await tx.clients.insert(client)
          }),
        ),
      )
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.ok((outcomes[1] as PromiseRejectedResult).reason instanceof AlreadyExists)
      const found = await Promise.all(clients.map(({ id }) => storage().read.clients.find(id)))
      assert.deepEqual(found, [clients[0], undefined, clients[2]])
    })

    test('reads never see what is not committed', async () => {
      const account = newAccount()
      let release: () => void = () => undefined
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      let seen: Promise<unknown> | undefined
      const failed = storage().transaction(async (tx) => {
        await tx.accounts.insert(account)
        // A body awaits nothing but its tx; this one does, shortly, to give the read every chance to be wrong.
        seen = storage().read.accounts.find(account.id)
        setTimeout(release, 20)
        await held
        throw new Error('rolled back')
      })
      await assert.rejects(failed, /rolled back/)
      assert.equal(await seen, undefined)
    })

    test('what was committed is read at once', async () => {
      for (let round = 0; round < 20; round++) {
        const token = newAccessToken()
        await storage().transaction((tx) => tx.accessTokens.insert(token))
        assert.notEqual(await storage().read.accessTokens.find(token.id), undefined)
      }
    })

    test('a transaction that is over answers no more', async () => {
      let kept: Stores | undefined
      const token = newAccessToken()
      await storage().transaction(async (tx) => {
        kept = tx
      })
      await assert.rejects(kept!.accessTokens.insert(token), /after its transaction was over/)
      assert.equal(await storage().read.accessTokens.find(token.id), undefined)
    })

    test('many at once are all kept', async () => {
      const tokens = Array.from({ length: 700 }, () => newAccessToken({ expiresAt: addSeconds(now, 60) }))
      await Promise.all(tokens.map((token) => storage().transaction((tx) => tx.accessTokens.insert(token))))
      const found = await Promise.all(tokens.map(({ id }) => storage().read.accessTokens.find(id)))
      assert.deepEqual(found, tokens)
    })

    test('exclusive work is done one at a time, also after a failure', async () => {
      let inside = 0
      let most = 0
      const work = async () => {
        inside++
        most = Math.max(most, inside)
        await new Promise((resolve) => setTimeout(resolve, 10))
        inside--
        return inside
      }
      const failing = assert.rejects(
        storage().exclusively(async () => {
          await work()
          throw new Error('no')
        }),
        /no/,
      )
      await Promise.all([failing, storage().exclusively(work), storage().exclusively(work)])
      assert.equal(most, 1)
    })

    test('a database that is open answers', async () => {
      await storage().ping()
    })
  })

  test('a closed storage refuses work instead of hanging', async () => {
    const storage = await open()
    await storage.close()
    await storage.close()
    await assert.rejects(storage.transaction(async () => undefined))
    await assert.rejects(storage.count(now))
    await assert.rejects(storage.ping())
  })
}
