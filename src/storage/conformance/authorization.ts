/** What the stores of the authorization code flow promise: requests that wait, codes, consents. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationCode, StoredAuthorizationRequest } from '../../oauth/authorization/store.ts'
import { addSeconds } from '../../shared/clock.ts'
import type { AccountId, ClientId, GrantId } from '../../shared/ids.ts'
import {
  day,
  hour,
  ids,
  newAccount,
  newAuthorizationCode,
  newAuthorizationRequest,
  newClient,
  newConsent,
  now,
  strangeText,
} from './fixtures.ts'
import { type OpenFresh, suite } from './suite.ts'

export function authorizationRequestStoreSuite(open: OpenFresh): void {
  suite('authorization requests', open, (storage) => {
    const insert = (request: StoredAuthorizationRequest) =>
      storage().transaction((tx) => tx.authorizationRequests.insert(request))

    test('a request comes back as it was stored', async () => {
      const request = newAuthorizationRequest({
        parameters: { state: strangeText, resource: ['https://a.example', 'https://b.example'], nonce: '' },
        dpopJkt: 'thumbprint',
      })
      await insert(request)
      assert.deepEqual(await storage().read.authorizationRequests.find(request.id), request)
      assert.equal(await storage().read.authorizationRequests.find(ids.next()), undefined)
    })

    test('a request is answered once, and not after its time', async () => {
      const request = newAuthorizationRequest()
      const late = newAuthorizationRequest({ expiresAt: now })
      await insert(request)
      await insert(late)
      const consume = ({ id }: StoredAuthorizationRequest) =>
        storage().transaction((tx) => tx.authorizationRequests.consume(id, now))
      assert.deepEqual(
        [await consume(request), await consume(request), await consume(late)],
        ['consumed', 'lost', 'lost'],
      )
      assert.equal((await storage().read.authorizationRequests.find(request.id))!.consumedAt, now)
    })

    test('a request is given more time while it is neither expired nor answered', async () => {
      const requests = [
        newAuthorizationRequest(),
        newAuthorizationRequest({ expiresAt: now }),
        newAuthorizationRequest({ consumedAt: now }),
      ]
      const until = addSeconds(now, hour)
      for (const request of requests) {
        await insert(request)
        await storage().transaction((tx) => tx.authorizationRequests.extend(request.id, until, now))
      }
      const [live, expired, answered] = requests as [
        (typeof requests)[0],
        (typeof requests)[0],
        (typeof requests)[0],
      ]
      const find = ({ id }: StoredAuthorizationRequest) => storage().read.authorizationRequests.find(id)
      assert.deepEqual(await find(live), { ...live, expiresAt: until })
      assert.deepEqual(await find(expired), expired)
      assert.deepEqual(await find(answered), answered)
    })

    test('clean-up deletes expired requests in batches', async () => {
      const fresh = await open()
      try {
        const before = addSeconds(now, -day)
        await fresh.transaction(async (tx) => {
          for (const expiresAt of [1, 2, 3].map((hours) => addSeconds(before, -hours * hour))) {
            await tx.authorizationRequests.insert(newAuthorizationRequest({ expiresAt }))
          }
          await tx.authorizationRequests.insert(newAuthorizationRequest())
        })
        const clean = () => fresh.transaction((tx) => tx.authorizationRequests.deleteExpired(before, 2))
        assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      } finally {
        await fresh.close()
      }
    })
  })
}

export function authorizationCodeStoreSuite(open: OpenFresh): void {
  suite('authorization codes', open, (storage) => {
    const insert = (code: AuthorizationCode) =>
      storage().transaction((tx) => tx.authorizationCodes.insert(code))
    const find = ({ id }: AuthorizationCode) => storage().read.authorizationCodes.find(id)

    test('a code comes back as it was stored, with and without what is optional', async () => {
      const plain = newAuthorizationCode()
      const full = newAuthorizationCode({
        redirectUri: 'http://127.0.0.1:49152/callback?a=b',
        scopes: [],
        resources: ['https://api.example.com/a'],
        codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        nonce: strangeText,
        claimsRequest: '{"userinfo":{"name":null}}',
        dpopJkt: 'thumbprint',
        requestUserAgent: strangeText,
      })
      await insert(plain)
      await insert(full)
      assert.deepEqual(await find(plain), plain)
      assert.deepEqual(await find(full), full)
      assert.equal(await storage().read.authorizationCodes.find(ids.next()), undefined)
    })

    test('a code is redeemed once, and not after its time', async () => {
      const code = newAuthorizationCode()
      const late = newAuthorizationCode({ expiresAt: now })
      await insert(code)
      await insert(late)
      const grantId = ids.next<GrantId>()
      const redeem = ({ id }: AuthorizationCode, grant = ids.next<GrantId>()) =>
        storage().transaction((tx) => tx.authorizationCodes.redeem(id, grant, now))
      assert.deepEqual(
        [await redeem(code, grantId), await redeem(code), await redeem(late)],
        ['redeemed', 'lost', 'lost'],
      )
      assert.deepEqual(await find(code), { ...code, redeemedAt: now, grantId })
    })

    test('unredeemed codes of a person become useless, those for one client or all', async () => {
      const accountId = ids.next<AccountId>()
      const clientId = ids.next<ClientId>()
      const codes = [
        newAuthorizationCode({ accountId, clientId }),
        newAuthorizationCode({ accountId }),
        newAuthorizationCode({ accountId, clientId, redeemedAt: now, grantId: ids.next() }),
        newAuthorizationCode(),
      ]
      for (const code of codes) await insert(code)
      const expire = (client: ClientId | undefined) =>
        storage().transaction((tx) => tx.authorizationCodes.expireUnredeemedOf(accountId, client, now))
      assert.equal(await expire(clientId), 1)
      assert.equal((await find(codes[0]!))!.expiresAt, now)
      assert.equal(await expire(undefined), 1)
      assert.equal((await find(codes[1]!))!.expiresAt, now)
      assert.equal(await expire(undefined), 0)
      assert.deepEqual(await find(codes[2]!), codes[2])
      assert.deepEqual(await find(codes[3]!), codes[3])
    })

    test('unredeemed codes of everybody for one client become useless', async () => {
      const clientId = ids.next<ClientId>()
      const given = { clientId, accountId: ids.next<AccountId>() }
      const codes = [newAuthorizationCode({ clientId }), newAuthorizationCode(given)]
      const others = newAuthorizationCode({ accountId: given.accountId })
      await storage().transaction(async (tx) => {
        for (const code of [...codes, others]) await tx.authorizationCodes.insert(code)
      })
      const expire = () =>
        storage().transaction((tx) => tx.authorizationCodes.expireUnredeemedOfClient(clientId, now))
      assert.deepEqual([await expire(), await expire()], [2, 0])
      const redeem = (id: typeof others.id) =>
        storage().transaction((tx) => tx.authorizationCodes.redeem(id, ids.next(), now))
      assert.equal(await redeem(codes[0]!.id), 'lost')
      assert.equal(await redeem(others.id), 'redeemed')
    })

    test('clean-up deletes expired codes in batches', async () => {
      const fresh = await open()
      try {
        const before = addSeconds(now, -day)
        await fresh.transaction(async (tx) => {
          for (const expiresAt of [1, 2, 3].map((hours) => addSeconds(before, -hours * hour))) {
            await tx.authorizationCodes.insert(newAuthorizationCode({ expiresAt }))
          }
          await tx.authorizationCodes.insert(newAuthorizationCode())
        })
        const clean = () => fresh.transaction((tx) => tx.authorizationCodes.deleteExpired(before, 2))
        assert.deepEqual([await clean(), await clean(), await clean()], [2, 1, 0])
      } finally {
        await fresh.close()
      }
    })
  })
}

export function consentStoreSuite(open: OpenFresh): void {
  suite('consents', open, (storage) => {
    test('a later consent takes the place of the earlier one, which keeps its id', async () => {
      const first = newConsent({
        permissions: [
          { resource: 'https://api.example.com/"a"', scopes: ['read'] },
          { resource: null, scopes: [] },
        ],
      })
      const { accountId, clientId } = first
      const remember = (consent: typeof first) => storage().transaction((tx) => tx.consents.remember(consent))
      await remember(first)
      assert.deepEqual(await storage().read.consents.find(accountId, clientId), first)
      const updatedAt = addSeconds(now, 60)
      const permissions = [{ resource: null, scopes: ['read'] }]
      await remember(newConsent({ accountId, clientId, permissions, updatedAt }))
      const merged = { ...first, permissions, updatedAt }
      assert.deepEqual(await storage().read.consents.find(accountId, clientId), merged)
      assert.deepEqual(await storage().read.consents.findById(first.id), merged)
      assert.equal(await storage().read.consents.find(accountId, ids.next()), undefined)
    })

    test('one person’s consents are listed newest first, in pages, with the client’s name', async () => {
      const accountId = ids.next<AccountId>()
      const client = newClient({ name: strangeText })
      const consents = [newConsent({ accountId, clientId: client.id }), newConsent({ accountId })]
      await storage().transaction(async (tx) => {
        await tx.clients.insert(client)
        for (const consent of [...consents, newConsent()]) await tx.consents.remember(consent)
      })
      const [named, orphan] = consents as [(typeof consents)[0], (typeof consents)[0]]
      assert.deepEqual(await storage().read.consents.listOf(accountId, { limit: 5 }), [
        { consent: orphan, clientName: orphan.clientId },
        { consent: named, clientName: strangeText },
      ])
      assert.deepEqual(await storage().read.consents.listOf(accountId, { limit: 5, before: orphan.id }), [
        { consent: named, clientName: strangeText },
      ])
      assert.equal((await storage().read.consents.listOf(accountId, { limit: 1 })).length, 1)
    })

    test('a client’s consents are listed newest first, in pages, with the person', async () => {
      const clientId = ids.next<ClientId>()
      const person = newAccount({ fullName: strangeText })
      const consents = [newConsent({ clientId, accountId: person.id }), newConsent({ clientId })]
      await storage().transaction(async (tx) => {
        await tx.accounts.insert(person)
        for (const consent of [...consents, newConsent({ accountId: person.id })]) {
          await tx.consents.remember(consent)
        }
      })
      const { username, email } = person
      const read = storage().read.consents
      const first = await read.pageOfClient(clientId, { limit: 1 })
      assert.deepEqual(first.entries, [{ consent: consents[1], person: undefined }])
      const second = await read.pageOfClient(clientId, { limit: 1, after: first.next! })
      assert.deepEqual(second.entries, [
        { consent: consents[0], person: { username, fullName: strangeText, email } },
      ])
      assert.equal(second.next, null)
      assert.deepEqual(await read.countOfClient(clientId), { count: 2, atLeast: false })
    })

    test('a consent is forgotten once, and all of a client at once', async () => {
      const clientId = ids.next<ClientId>()
      const consents = [newConsent({ clientId }), newConsent({ clientId }), newConsent({ clientId })]
      const other = newConsent()
      await storage().transaction(async (tx) => {
        for (const consent of [...consents, other]) await tx.consents.remember(consent)
      })
      const forget = () => storage().transaction((tx) => tx.consents.forget(consents[0]!.id))
      assert.deepEqual([await forget(), await forget()], [true, false])
      const forgetAll = () => storage().transaction((tx) => tx.consents.forgetAllOfClient(clientId))
      assert.deepEqual([await forgetAll(), await forgetAll()], [2, 0])
      assert.deepEqual(await storage().read.consents.findById(other.id), other)
      assert.equal(await storage().read.consents.findById(consents[1]!.id), undefined)
    })
  })
}
