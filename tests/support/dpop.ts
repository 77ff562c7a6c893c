/** Clients that prove to hold a key with each request (RFC 9449), as the tests make them. */
import { calculateJwkThumbprint, SignJWT } from 'jose'
import { digestOf } from '../../src/shared/digest.ts'
import { generateKey, issuer, type KeyPair } from './client-assertion.ts'
import type { TestApp } from './test-app.ts'

export interface DpopKey extends KeyPair {
  jkt: string
}

export async function dpopKey(algorithm = 'ES256'): Promise<DpopKey> {
  const key = await generateKey(algorithm)
  return { ...key, jkt: await calculateJwkThumbprint(key.publicJwk) }
}

export interface ProofOptions {
  method?: string
  /** The access token it goes with. */
  token?: string | undefined
  /** Changes to the claims; `undefined` leaves one out. */
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
}

let count = 0

/** A proof for a request to `path`, made now. */
export function makeProof(
  test: { clock: Pick<TestApp['clock'], 'now'> },
  key: DpopKey,
  path: string,
  { method = 'POST', token, claims = {}, header = {} }: ProofOptions = {},
): Promise<string> {
  return new SignJWT({
    jti: `proof-${++count}`,
    htm: method,
    htu: issuer + path,
    iat: Math.floor(test.clock.now() / 1000),
    ...(token === undefined ? {} : { ath: digestOf(token) }),
    ...claims,
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.algorithm, jwk: key.publicJwk, ...header })
    .sign(key.privateKey)
}
