/** Rows of signing keys, and what they mean. */
import type { SigningAlgorithm, SigningKeyState, StoredSigningKey } from '../../oauth/token/signing-key.ts'
import type { Instant } from '../../shared/clock.ts'

export interface SigningKeyRow {
  kid: string
  algorithm: SigningAlgorithm
  state: SigningKeyState
  public_jwk: string
  encrypted_private_key: Uint8Array
  created_at: Instant
  activated_at: Instant | null
  superseded_at: Instant | null
  retired_at: Instant | null
}

export const signingKeyColumns = [
  'kid',
  'algorithm',
  'state',
  'public_jwk',
  'encrypted_private_key',
  'created_at',
  'activated_at',
  'superseded_at',
  'retired_at',
] as const satisfies readonly (keyof SigningKeyRow)[]

export function fromSigningKey(key: StoredSigningKey): SigningKeyRow {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    public_jwk: JSON.stringify(key.publicJwk),
    encrypted_private_key: key.encryptedPrivateKey,
    created_at: key.createdAt,
    activated_at: key.activatedAt ?? null,
    superseded_at: key.supersededAt ?? null,
    retired_at: key.retiredAt ?? null,
  }
}

export function toSigningKey(row: SigningKeyRow): StoredSigningKey {
  const bytes = row.encrypted_private_key
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    state: row.state,
    publicJwk: JSON.parse(row.public_jwk) as StoredSigningKey['publicJwk'],
    encryptedPrivateKey: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    createdAt: row.created_at,
    activatedAt: row.activated_at ?? undefined,
    supersededAt: row.superseded_at ?? undefined,
    retiredAt: row.retired_at ?? undefined,
  }
}
