/** The keys a client registers by value (RFC 7591 §2, RFC 7517 §5): public ones, for signatures. */
import type { JWK } from 'jose'
import { MetadataProblem } from './members.ts'

const maxKeys = 20
const maxMemberLength = 2048
const member = 'jwks'

/** RFC 7518 §6: what a key of each type must have. */
const required: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
}
const curves: Readonly<Record<string, readonly string[]>> = {
  EC: ['P-256', 'P-384', 'P-521'],
  OKP: ['Ed25519'],
}
/** Members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const keptMembers = ['kty', 'use', 'key_ops', 'alg', 'kid', 'n', 'e', 'crv', 'x', 'y'] as const
const base64urlMembers = new Set(['n', 'e', 'x', 'y'])

/**
 * The set as it is kept: what identifies and describes public keys, and nothing else a client wrote beside it.
 * @throws {MetadataProblem}
 */
export function parseJwks(value: unknown): { keys: readonly JWK[] } | undefined {
  if (value === undefined) return undefined
  const keys: unknown = (value as { keys?: unknown }).keys
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > maxKeys) {
    throw new MetadataProblem(member, `must be a JWK Set of 1 to ${maxKeys} keys`)
  }
  const parsed = keys.map(parseKey)
  const names = parsed.flatMap(({ kid }) => (kid === undefined ? [] : [kid]))
  if (new Set(names).size !== names.length) throw new MetadataProblem(member, 'has two keys of one kid')
  return { keys: parsed }
}

function parseKey(value: unknown): JWK {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MetadataProblem(member, 'holds something that is no key')
  }
  const key = value as Record<string, unknown>
  // Whoever sends us a private key has shown it to somebody: it must not be used, not even its public half.
  if (secretMembers.some((name) => Object.hasOwn(key, name))) {
    throw new MetadataProblem(member, 'must hold public keys only')
  }
  const kty = typeof key.kty === 'string' && Object.hasOwn(required, key.kty) ? key.kty : undefined
  if (kty === undefined) throw new MetadataProblem(member, 'holds a key of a type other than RSA, EC and OKP')
  const kept: Record<string, unknown> = {}
  for (const name of keptMembers) {
    const part = key[name]
    if (part === undefined || part === null) continue
    if (
      name === 'key_ops' ? !isListOfWords(part) : typeof part !== 'string' || part.length > maxMemberLength
    ) {
      throw new MetadataProblem(member, `holds a key whose ${name} is malformed`)
    }
    if (base64urlMembers.has(name) && !/^[A-Za-z0-9_-]+$/.test(part as string)) {
      throw new MetadataProblem(member, `holds a key whose ${name} is not base64url`)
    }
    kept[name] = part
  }
  const missing = required[kty]!.find((name) => kept[name] === undefined)
  if (missing !== undefined) throw new MetadataProblem(member, `holds a key without ${missing}`)
  if (curves[kty]?.includes(kept.crv as string) === false) {
    throw new MetadataProblem(member, `holds a key of another curve than ${curves[kty].join(', ')}`)
  }
  return kept as JWK
}

function isListOfWords(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= 10 &&
    value.every((word) => typeof word === 'string' && word.length <= 100)
  )
}
