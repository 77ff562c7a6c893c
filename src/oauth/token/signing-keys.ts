/**
 * The keys that sign and verify: read from the store, decrypted once, signing in memory. Each algorithm has one
 * `current` key; `next` and `previous` ones are published beside it so that verifiers know a key before it signs and
 * as long as its tokens live. Replicas read the store again every half minute.
 */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import type { Publisher } from '../../events/bus.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Storage } from '../../storage/storage.ts'
import type { ResponseSigningAlgorithm } from '../client-metadata.ts'
import type { SigningAlgorithm, StoredSigningKey } from './signing-key.ts'

/** Signs JWS inputs with one key (RFC 7515). */
export interface Signer {
  readonly algorithm: SigningAlgorithm | 'HS256'
  /** `undefined` for HS256, whose key nobody else may know. */
  readonly kid: string | undefined
  /** The base64url signature of `input`; asynchronous only where the signature is slow enough to be worth a thread. */
  sign(input: string): string | Promise<string>
}

export interface SigningKeys {
  /** Signs access tokens. */
  accessTokenSigner(): Signer
  /** Signs what clients verify with an algorithm of their own choice. */
  signer(algorithm: ResponseSigningAlgorithm): Signer
  /** A public key that is or was ours. */
  findPublicKey(kid: string): JWK | undefined
  /** The JWK set (RFC 7517 §5): public keys only. */
  jwks(): { keys: JWK[] }
  /** Reads the store again. */
  reload(): Promise<void>
}

export interface SigningKeySource {
  algorithm: SigningAlgorithm | 'HS256'
  /** Key of HS256. */
  secret: string | undefined
  /** The operator's own key in PEM, in place of a generated one. */
  privateKeyPem: string | undefined
  keyId: string | undefined
}

const encryptionPurpose = 'signing key'
const rsaModulusBits = 2048

export class SigningKeyError extends Error {}

/**
 * Makes the keys a fresh installation needs: one `current` key of each algorithm. Call under the storage's exclusive
 * lock, so that replicas starting together agree on one set.
 */
export async function ensureSigningKeys(dependencies: {
  storage: Storage
  encryption: Encryption
  clock: Clock
  publisher: Publisher
}): Promise<void> {
  const { storage, encryption, clock, publisher } = dependencies
  const existing = await storage.read.signingKeys.list()
  for (const algorithm of ['ES256', 'RS256'] as const) {
    if (existing.some((key) => key.algorithm === algorithm && key.state === 'current')) continue
    const key = await generateSigningKey(algorithm, encryption, clock)
    await storage.transaction((tx) => tx.signingKeys.insert(key))
    publisher.publish({
      type: 'signing_key.created',
      at: clock.now(),
      actor: { type: 'system' },
      keyId: key.kid,
      algorithm,
    })
  }
}

async function generateSigningKey(
  algorithm: SigningAlgorithm,
  encryption: Encryption,
  clock: Clock,
): Promise<StoredSigningKey> {
  const pair =
    algorithm === 'ES256'
      ? await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
      : await promisify(generateKeyPair)('rsa', { modulusLength: rsaModulusBits })
  const publicJwk = await publishedJwk(pair.publicKey, algorithm, undefined)
  const now = clock.now()
  return {
    kid: publicJwk.kid as string,
    algorithm,
    state: 'current',
    publicJwk,
    encryptedPrivateKey: encryption.encrypt(
      pair.privateKey.export({ type: 'pkcs8', format: 'der' }),
      encryptionPurpose,
    ),
    createdAt: now,
    activatedAt: now,
    retiredAt: undefined,
  }
}

async function publishedJwk(
  publicKey: KeyObject,
  algorithm: SigningAlgorithm,
  keyId: string | undefined,
): Promise<JWK> {
  // Only a new or an external key needs it: other starts do without loading it.
  const { calculateJwkThumbprint } = await import('jose')
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  return { ...jwk, use: 'sig', alg: algorithm, kid: keyId ?? (await calculateJwkThumbprint(jwk)) }
}

/**
 * @throws {SigningKeyError} when the configured key does not fit its algorithm.
 * @throws {Error} when the stored keys cannot be opened, saying what to put back.
 */
export async function loadSigningKeys(dependencies: {
  storage: Storage
  encryption: Encryption
  source: SigningKeySource
}): Promise<SigningKeys> {
  const { storage, encryption, source } = dependencies
  const external = await loadExternalSigner(source)
  let stored = new Map<SigningAlgorithm, Signer>()
  let published: JWK[] = []

  const reload = async (): Promise<void> => {
    const keys = await storage.read.signingKeys.list()
    const signers = new Map<SigningAlgorithm, Signer>()
    for (const key of keys) {
      if (key.state !== 'current' || signers.has(key.algorithm)) continue
      const known = stored.get(key.algorithm)
      signers.set(key.algorithm, known?.kid === key.kid ? known : openStoredKey(key, encryption))
    }
    stored = signers
    published = keys.map((key) => key.publicJwk)
  }
  await reload()

  return {
    accessTokenSigner() {
      if (external !== undefined) return external.signer
      const signer = stored.get(source.algorithm as SigningAlgorithm)
      if (signer === undefined)
        throw new SigningKeyError(`there is no current ${source.algorithm} signing key`)
      return signer
    },
    signer(algorithm) {
      const signer = stored.get(algorithm as SigningAlgorithm)
      if (signer === undefined) throw new SigningKeyError(`there is no current ${algorithm} signing key`)
      return signer
    },
    findPublicKey: (kid) =>
      external?.jwk?.kid === kid ? external.jwk : published.find((key) => key.kid === kid),
    jwks: () => ({ keys: external?.jwk === undefined ? published : [external.jwk, ...published] }),
    reload,
  }
}

/** @throws {Error} saying what to put back: the wrong key is nothing a server can go on with. */
function openStoredKey(key: StoredSigningKey, encryption: Encryption): Signer {
  let privateKeyDer: Buffer
  try {
    privateKeyDer = encryption.decrypt(key.encryptedPrivateKey, encryptionPurpose)
  } catch (error) {
    throw new Error(
      'the signing keys of this database were stored under another encryption key: put that one back (ENCRYPTION_KEY, ENCRYPTION_KEY_FILE, or authgate.key in DATA_DIR)',
      { cause: error },
    )
  }
  const privateKey = createPrivateKey({ key: privateKeyDer, format: 'der', type: 'pkcs8' })
  return asymmetricSigner(privateKey, key.algorithm, key.kid)
}

async function loadExternalSigner(
  source: SigningKeySource,
): Promise<{ signer: Signer; jwk: JWK | undefined } | undefined> {
  if (source.algorithm === 'HS256') {
    if (source.secret === undefined) throw new SigningKeyError('HS256 needs JWT_SECRET')
    return { signer: hs256Signer(source.secret), jwk: undefined }
  }
  if (source.privateKeyPem === undefined) return undefined
  const privateKey = firstUsableKey(source.privateKeyPem)
  checkFits(privateKey, source.algorithm)
  const jwk = await publishedJwk(createPublicKey(privateKey), source.algorithm, source.keyId)
  return { signer: asymmetricSigner(privateKey, source.algorithm, jwk.kid as string), jwk }
}

/** The first private key among the blocks of a PEM text: PKCS#8, PKCS#1 or SEC1. */
function firstUsableKey(pem: string): KeyObject {
  for (const [block] of pem.matchAll(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/g,
  )) {
    try {
      return createPrivateKey(block)
    } catch {
      // An unsupported block: another may fit.
    }
  }
  throw new SigningKeyError('the signing key holds no private key in PKCS#8, PKCS#1 or SEC1 PEM')
}

function checkFits(key: KeyObject, algorithm: SigningAlgorithm): void {
  const details = key.asymmetricKeyDetails
  if (algorithm === 'ES256') {
    if (key.asymmetricKeyType !== 'ec' || details?.namedCurve !== 'prime256v1') {
      throw new SigningKeyError('ES256 needs an EC key on the curve P-256 (RFC 7518 §3.4)')
    }
  } else if (key.asymmetricKeyType !== 'rsa' || (details?.modulusLength ?? 0) < rsaModulusBits) {
    throw new SigningKeyError('RS256 needs an RSA key of at least 2048 bits (RFC 7518 §3.3)')
  }
}

const signOnThreadPool = promisify(sign)

function asymmetricSigner(key: KeyObject, algorithm: SigningAlgorithm, kid: string): Signer {
  if (algorithm === 'RS256') {
    // An RSA signature costs ten times an elliptic one: it goes to the thread pool, off the event loop.
    return {
      algorithm,
      kid,
      sign: async (input) =>
        (await signOnThreadPool('sha256', Buffer.from(input), key)).toString('base64url'),
    }
  }
  const options = { key, dsaEncoding: 'ieee-p1363' } as const
  return {
    algorithm,
    kid,
    sign: (input) => sign('sha256', Buffer.from(input), options).toString('base64url'),
  }
}

function hs256Signer(secret: string): Signer {
  const key = createSecretKey(Buffer.from(secret))
  return {
    algorithm: 'HS256',
    kid: undefined,
    sign: (input) => createHmac('sha256', key).update(input).digest('base64url'),
  }
}
