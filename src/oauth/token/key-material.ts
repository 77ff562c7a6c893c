/** Making a key, keeping its private part encrypted, and opening it again. */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import type { Clock } from '../../shared/clock.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { SigningAlgorithm, StoredSigningKey } from './signing-key.ts'

const encryptionPurpose = 'signing key'

/** RFC 7518 §3.3 and §3.5: "A key of size 2048 bits or larger MUST be used". */
export const rsaModulusBits = 2048

/** A new key, on its way to be `next`: nobody knows it yet. */
export async function generateSigningKey(
  algorithm: SigningAlgorithm,
  encryption: Encryption,
  clock: Clock,
): Promise<StoredSigningKey> {
  const pair =
    algorithm === 'ES256'
      ? await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
      : await promisify(generateKeyPair)('rsa', { modulusLength: rsaModulusBits })
  const publicJwk = await publishedJwk(pair.publicKey, algorithm, undefined)
  return {
    kid: publicJwk.kid as string,
    algorithm,
    state: 'next',
    publicJwk,
    encryptedPrivateKey: encryption.encrypt(
      pair.privateKey.export({ type: 'pkcs8', format: 'der' }),
      encryptionPurpose,
    ),
    // Its publication counts from here, so not from before the key took its time to be made.
    createdAt: clock.now(),
    activatedAt: undefined,
    supersededAt: undefined,
    retiredAt: undefined,
  }
}

/** @param keyId the operator's own; absent, the RFC 7638 thumbprint. */
export async function publishedJwk(
  publicKey: KeyObject,
  algorithm: SigningAlgorithm,
  keyId: string | undefined,
): Promise<JWK> {
  // Only a new or an external key needs it: other starts do without loading it.
  const { calculateJwkThumbprint } = await import('jose')
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  return { ...jwk, use: 'sig', alg: algorithm, kid: keyId ?? (await calculateJwkThumbprint(jwk)) }
}

/** @throws {Error} saying what to put back: the wrong encryption key is nothing a server can go on with. */
export function openPrivateKey(key: StoredSigningKey, encryption: Encryption): KeyObject {
  let privateKeyDer: Buffer
  try {
    privateKeyDer = encryption.decrypt(key.encryptedPrivateKey, encryptionPurpose)
  } catch (error) {
    throw new Error(
      'the signing keys of this database were stored under another encryption key: put that one back (ENCRYPTION_KEY, ENCRYPTION_KEY_FILE, or authgate.key in DATA_DIR)',
      { cause: error },
    )
  }
  return createPrivateKey({ key: privateKeyDer, format: 'der', type: 'pkcs8' })
}
