/**
 * The keys that sign and verify: read from the store, decrypted once, signing in memory. Each algorithm has one
 * `current` key; `next` and `previous` ones are published beside it so that verifiers know a key before it signs and
 * as long as its tokens live. Replicas read the store again every half minute; `key-rotation.ts` has the rules.
 */
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import type { Publisher } from '../../events/bus.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Encryption } from '../../shared/encryption.ts'
import type { Storage } from '../../storage/storage.ts'
import { generateSigningKey, openPrivateKey, publishedJwk, rsaModulusBits } from './key-material.ts'
import { chooseSigningKey } from './key-rotation.ts'
import { keyAlgorithms, type SigningAlgorithm, type StoredSigningKey } from './signing-key.ts'

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
  /** Signs what clients verify with the JWK set, such as ID tokens and logout tokens: never with a shared secret. */
  signer(algorithm: SigningAlgorithm): Signer
  /** What {@link SigningKeys.signer} can sign with. */
  algorithms(): readonly SigningAlgorithm[]
  /** The JWK set (RFC 7517 §5): public keys only. */
  jwks(): { keys: JWK[] }
  /**
   * A public key that is ours or was, retired ones included: for recognizing what this server signed, such as an
   * `id_token_hint`. Says nothing about whether the token is still good.
   */
  findPublicKey(kid: string): JWK | undefined
  /** Reads the store again. */
  reload(): Promise<void>
}

export interface SigningKeySource {
  /** Of access tokens, and of the operator's own key. */
  algorithm: 'ES256' | 'RS256' | 'HS256'
  /** Key of HS256. */
  secret: string | undefined
  /** The operator's own key in PEM, in place of a generated one. */
  privateKeyPem: string | undefined
  keyId: string | undefined
}

export class SigningKeyError extends Error {}

/** Retired keys that are still recognized: some years of them at the usual pace. */
const rememberedRetiredKeys = 100

/**
 * Makes the keys that are missing: all on a fresh database, those an older release did not know on another. They sign
 * at once, since nothing else could. Call under the storage's exclusive lock, so that replicas starting together agree
 * on one set.
 * @throws {Error} when the stored keys cannot be opened: there must be no others beside them then.
 */
export async function ensureSigningKeys(dependencies: {
  storage: Storage
  encryption: Encryption
  clock: Clock
  publisher: Publisher
}): Promise<void> {
  const { storage, encryption, clock, publisher } = dependencies
  const existing = await storage.read.signingKeys.list()
  const missing = keyAlgorithms.filter(
    (algorithm) => !existing.some((key) => key.algorithm === algorithm && key.state === 'current'),
  )
  if (missing.length === 0) return
  if (existing[0] !== undefined) openPrivateKey(existing[0], encryption)
  const made = await Promise.all(missing.map((algorithm) => generateSigningKey(algorithm, encryption, clock)))
  const keys = made.map((key): StoredSigningKey => ({ ...key, state: 'current', activatedAt: key.createdAt }))
  await storage.transaction(async (tx) => {
    for (const key of keys) await tx.signingKeys.insert(key)
  })
  for (const { kid, algorithm, createdAt } of keys) {
    const actor = { type: 'system' } as const
    publisher.publish({ type: 'signing_key.created', at: createdAt, actor, keyId: kid, algorithm })
  }
}

/**
 * @throws {SigningKeyError} when the configured key does not fit its algorithm.
 * @throws {Error} when the stored keys cannot be opened, saying what to put back.
 */
export async function loadSigningKeys(dependencies: {
  storage: Storage
  encryption: Encryption
  clock: Clock
  source: SigningKeySource
}): Promise<SigningKeys> {
  const { storage, encryption, clock, source } = dependencies
  const external = await loadExternalSigner(source)
  const ownJwk = external?.jwk
  let signers = new Map<SigningAlgorithm, Signer>()
  let published: JWK[] = []
  let retired: JWK[] = []

  const openSigner = (algorithm: SigningAlgorithm, keys: readonly StoredSigningKey[]): Signer | undefined => {
    const key = chooseSigningKey(
      keys.filter((candidate) => candidate.algorithm === algorithm),
      clock.now(),
    )
    const known = signers.get(algorithm)
    if (key === undefined || known?.kid === key.kid) return key && known
    return asymmetricSigner(openPrivateKey(key, encryption), algorithm, key.kid)
  }

  const reload = async (): Promise<void> => {
    const [keys, past] = await Promise.all([
      storage.read.signingKeys.list(),
      storage.read.signingKeys.listRetired(rememberedRetiredKeys),
    ])
    // First of all, and whatever comes after: others sign with these.
    published = keys.map((key) => key.publicJwk)
    retired = past.map((key) => key.publicJwk)
    const opened = new Map<SigningAlgorithm, Signer>()
    const failures: unknown[] = []
    for (const algorithm of keyAlgorithms) {
      let signer: Signer | undefined
      try {
        signer = openSigner(algorithm, keys)
      } catch (error) {
        failures.push(error)
        // The one in use is good as long as its tokens can be verified.
        const known = signers.get(algorithm)
        if (keys.some(({ kid }) => kid === known?.kid)) signer = known
      }
      if (signer !== undefined) opened.set(algorithm, signer)
    }
    signers = opened
    if (failures.length > 0) throw failures[0]
  }
  await reload()

  const signer = (algorithm: SigningAlgorithm): Signer => {
    if (external?.signer.algorithm === algorithm) return external.signer
    const found = signers.get(algorithm)
    if (found === undefined) throw new SigningKeyError(`there is no current ${algorithm} signing key`)
    return found
  }

  return {
    accessTokenSigner: () => (source.algorithm === 'HS256' ? external!.signer : signer(source.algorithm)),
    signer,
    algorithms: () => keyAlgorithms,
    jwks: () => ({ keys: ownJwk === undefined ? published : [ownJwk, ...published] }),
    findPublicKey: (kid) =>
      [...(ownJwk === undefined ? [] : [ownJwk]), ...published, ...retired].find((jwk) => jwk.kid === kid),
    reload,
  }
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

function checkFits(key: KeyObject, algorithm: 'ES256' | 'RS256'): void {
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
  if (algorithm === 'ES256') {
    const options = { key, dsaEncoding: 'ieee-p1363' } as const
    return {
      algorithm,
      kid,
      sign: (input) => sign('sha256', Buffer.from(input), options).toString('base64url'),
    }
  }
  // RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output."
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const options = algorithm === 'PS256' ? { key, ...pss } : { key }
  // An RSA signature costs ten times an elliptic one: it goes to the thread pool, off the event loop.
  return {
    algorithm,
    kid,
    sign: async (input) =>
      (await signOnThreadPool('sha256', Buffer.from(input), options)).toString('base64url'),
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
