/** jose as resource servers and relying parties use it: it fetches the keys itself, and again when one is unknown. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Outbound } from '../../src/outbound/outbound.ts'
import { obtainCode, redeem, webClient } from '../support/authorization.ts'
import { type Listening, startListening } from '../support/listening.ts'
import { sessionOf } from '../support/openid-client.ts'

const day = 86_400
const callToLogOut = 'http://schemas.openid.net/event/backchannel-logout'

interface Received {
  accessToken: string
  idToken: string
  logoutToken: string
  accountId: string
}

describe('jose', () => {
  it('verifies access, ID and logout tokens by the published keys, also while they change', async (t) => {
    const logoutTokens: string[] = []
    const fetchNothing = async (): Promise<never> => {
      throw new Error('nothing is to be fetched')
    }
    const outbound: Outbound = {
      getJson: fetchNothing,
      getDocument: fetchNothing,
      getBytes: fetchNothing,
      async postForm(_target, fields) {
        logoutTokens.push(fields.logout_token!)
      },
    }
    const server = await startListening({}, { outbound })
    t.after(() => server.close())
    const { test, url } = server
    const client = await webClient(test, {
      metadata: { backchannelLogoutUri: 'https://app.example/backchannel_logout' },
    })

    /** A person signs in to the app, and signs out here. */
    const visit = async (): Promise<Received> => {
      const browser = await test.signedIn()
      const { accountId } = await sessionOf(test)
      const code = await obtainCode(test, client, { scope: 'openid' }, browser)
      const { body } = await redeem(test, client, code)
      await browser.get('/logout')
      await browser.submit('/logout')
      await test.app.runJob('deliver_backchannel_logouts')
      assert.equal(logoutTokens.length, 1)
      return {
        accessToken: body.access_token,
        idToken: body.id_token,
        logoutToken: logoutTokens.pop()!,
        accountId,
      }
    }
    // Without the pause between two fetches, so that an unknown key is looked for at once.
    const jwks = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), { cooldownDuration: 0 })
    const verify = async (
      token: string,
      audience: string,
      typ: string,
    ): Promise<JWTPayload & { kid: string }> => {
      const currentDate = new Date(test.clock.now())
      const { payload, protectedHeader } = await jwtVerify(token, jwks, {
        issuer: url,
        audience,
        typ,
        currentDate,
      })
      return { ...payload, kid: protectedHeader.kid! }
    }
    /** @returns the ids of the keys. */
    const verifyAll = async (received: Received): Promise<string[]> => {
      const access = await verify(received.accessToken, url, 'at+jwt')
      const id = await verify(received.idToken, client.id, 'JWT')
      const logout = await verify(received.logoutToken, client.id, 'logout+jwt')
      for (const { sub } of [access, id, logout]) assert.equal(sub, received.accountId)
      for (const { sid } of [id, logout]) assert.equal(sid, id.sid)
      assert.deepEqual(logout.events, { [callToLogOut]: {} })
      return [access.kid, id.kid, logout.kid]
    }

    const before = await verifyAll(await visit())
    // The next keys are published for a day before they sign.
    test.clock.advance(89 * day)
    await rotate(server)
    test.clock.advance(day - 60)
    const last = await visit()
    test.clock.advance(60)
    await rotate(server)
    const first = await visit()

    const after = await verifyAll(first)
    assert.deepEqual(await verifyAll(last), before, 'what the keys before signed is still good')
    for (const kid of after) assert.ok(!before.includes(kid))
    // One token is never taken for another (RFC 8725 §3.11).
    await assert.rejects(verify(first.idToken, client.id, 'at+jwt'), {
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
    await assert.rejects(verify(first.accessToken, client.id, 'at+jwt'), {
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
  })
})

async function rotate({ test }: Listening): Promise<void> {
  await test.app.runJob('rotate_signing_keys')
  await test.app.runJob('reload_signing_keys')
}
