/** `oidcc-3rdparty-init-login-certification-test-plan`. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  checkJsonError,
  issuer,
  mediaType,
  type Provider,
  startProvider,
  suite,
} from '../support/conformance.ts'
import { manage, register } from '../support/registration.ts'
import { dynamicClient, registrationDocument, unregister } from '../support/relying-party.ts'

describe('oidcc-3rdparty-init-login-certification-test-plan', () => {
  let provider: Provider
  before(async () => {
    provider = await startProvider()
  })
  after(() => provider.close())

  it('oidcc-3rd_party-init-login', async () => {
    const initiate_login_uri = `${suite}/initiate_login`
    const party = await dynamicClient(provider, 'client_secret_basic', { initiate_login_uri })
    const registration = party.registration!
    assert.equal(registration.initiate_login_uri, initiate_login_uri)
    assert.equal(registration.registration_client_uri, `${issuer}/oauth/register/${party.id}`)
    const read = await manage(provider, 'GET', party.id, registration.registration_access_token)
    assert.equal(read.status, 200)
    assert.equal(mediaType(read), 'application/json')
    assert.equal(read.body.initiate_login_uri, initiate_login_uri)
    await unregister(provider, { ...party, registration: { ...registration, ...read.body } })
  })

  it('oidcc-3rd_party-init-login-nohttps', async () => {
    const { document } = await registrationDocument('client_secret_basic')
    const answer = await register(provider, {
      ...document,
      initiate_login_uri: `${suite}/initiate_login`.replace('https:', 'http:'),
    })
    assert.equal(answer.status, 400)
    checkJsonError(answer, ['invalid_client_metadata'])
  })
})
