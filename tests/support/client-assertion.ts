/** Clients that sign assertions, as the tests make them. */
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { Client } from '../../src/oauth/client.ts'
import type { ClientMetadata } from '../../src/oauth/client-metadata.ts'
import { newClient } from '../../src/storage/conformance/fixtures.ts'
import type { Fields, TestApp } from './test-app.ts'

export interface KeyPair {
  algorithm: string
  publicJwk: JWK
  privateJwk: JWK
  privateKey: CryptoKey
}

export async function generateKey(algorithm: string, kid?: string): Promise<KeyPair> {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const named = kid === undefined ? {} : { kid }
  return {
    algorithm,
    publicJwk: { ...(await exportJWK(pair.publicKey)), ...named },
    privateJwk: { ...(await exportJWK(pair.privateKey)), ...named },
    privateKey: pair.privateKey,
  }
}

/** A client that authenticates with `private_key_jwt`, put into the store. */
export async function keyClient(
  test: TestApp,
  metadata: ClientMetadata,
  given: Partial<Client> = {},
): Promise<Client> {
  const client = newClient({
    type: 'confidential',
    grants: ['client_credentials', 'device_code', 'refresh_token'],
    scopes: ['read', 'write'],
    metadata: { tokenEndpointAuthMethod: 'private_key_jwt', ...metadata },
    ...given,
  })
  await test.app.storage.transaction((tx) => tx.clients.insert(client))
  return client
}

export interface AssertionOptions {
  /** Changes to the claims; `undefined` leaves one out. */
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
}

let count = 0

/** An assertion as the conformance suite makes it: 60 seconds long, for the token endpoint. */
export async function signAssertion(
  test: TestApp,
  clientId: string,
  key: KeyPair,
  { claims = {}, header = {} }: AssertionOptions = {},
): Promise<string> {
  const now = Math.floor(test.clock.now() / 1000)
  const all = {
    iss: clientId,
    sub: clientId,
    aud: `${issuer}/oauth/token`,
    jti: `assertion-${++count}`,
    iat: now,
    nbf: now,
    exp: now + 60,
    ...claims,
  }
  const { kid } = key.publicJwk
  return new SignJWT(all)
    .setProtectedHeader({ alg: key.algorithm, ...(kid === undefined ? {} : { kid }), ...header })
    .sign(key.privateKey)
}

export const issuer = 'http://localhost:8080'
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export function assertionFields(assertion: string): Fields {
  return { client_assertion_type: assertionType, client_assertion: assertion }
}
