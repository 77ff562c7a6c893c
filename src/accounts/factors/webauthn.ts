/**
 * The WebAuthn ceremonies (W3C Web Authentication Level 3), by `@simplewebauthn/server`, which is loaded when the first
 * passkey is used. Which proofs suffice for what is decided in `factors.ts`.
 */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Account } from '../account.ts'
import type { Passkey } from './factor.ts'

/** Whom passkeys are made for: a registrable domain, and the one origin whose pages may use them. */
export interface RelyingParty {
  readonly id: string
  readonly name: string
  readonly origin: string
}

/** @returns `undefined` for an address without a name: browsers make no passkeys for IP addresses. */
export function relyingPartyOf(issuer: string, name: string): RelyingParty | undefined {
  const { hostname, origin } = new URL(issuer)
  const isAddress = /^[\d.]+$/.test(hostname) || hostname.startsWith('[')
  return isAddress ? undefined : { id: hostname, name, origin }
}

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON
export type NewCredential = Pick<
  Passkey,
  'credentialId' | 'publicKey' | 'counter' | 'transports' | 'syncable'
>

const timeoutMs = 300_000
/** COSE: EdDSA, ES256, RS256. Every authenticator has one of them. */
const algorithms = [-8, -7, -257] as const

export async function creationOptions(
  relyingParty: RelyingParty,
  account: Account,
  known: readonly Passkey[],
  challenge: Buffer,
): Promise<CreationOptions> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  return generateRegistrationOptions({
    rpName: relyingParty.name,
    rpID: relyingParty.id,
    userName: account.username,
    userDisplayName: account.fullName || account.username,
    userID: new Uint8Array(Buffer.from(account.id)),
    challenge: new Uint8Array(challenge),
    timeout: timeoutMs,
    // Which maker's key it is decides nothing here, and asking would show it to us.
    attestationType: 'none',
    supportedAlgorithmIDs: [...algorithms],
    excludeCredentials: known.map((passkey) => ({
      id: passkey.credentialId,
      transports: [...passkey.transports],
    })),
    // Discoverable where that is possible, so that it also works without a name and a password.
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  })
}

/** Plain data, so that the sign-in page need not load the library. */
export function requestOptions(
  relyingParty: RelyingParty,
  /** Those that may answer; `undefined` any that the browser can find. */
  allowed: readonly Passkey[] | undefined,
  challenge: Buffer,
): RequestOptions {
  return {
    rpId: relyingParty.id,
    challenge: challenge.toString('base64url'),
    timeout: timeoutMs,
    // Alone, a passkey has to show that its owner unlocked it; beside a password, that it is there.
    userVerification: allowed === undefined ? 'required' : 'preferred',
    allowCredentials: (allowed ?? []).map((passkey) => ({
      id: passkey.credentialId,
      type: 'public-key',
      transports: [...passkey.transports] as NonNullable<
        NonNullable<RequestOptions['allowCredentials']>[number]['transports']
      >,
    })),
  }
}

/** @returns the new credential; `undefined` when the response does not hold. */
export async function verifyCreation(
  relyingParty: RelyingParty,
  responseText: string,
  challenge: string,
): Promise<NewCredential | undefined> {
  const response = parseResponse<RegistrationResponseJSON>(responseText)
  if (response === undefined) return undefined
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...algorithms],
    })
    if (!verified) return undefined
    const { credential, credentialDeviceType } = registrationInfo
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports: (credential.transports ?? []).map(String),
      syncable: credentialDeviceType === 'multiDevice',
    }
  } catch {
    // The library throws at everything a hostile response can get wrong.
    return undefined
  }
}

/** What a response says it was made with, before anything about it is known to be true. */
export function credentialIdOf(responseText: string): string | undefined {
  const id = parseResponse<AuthenticationResponseJSON>(responseText)?.id
  return typeof id === 'string' && id.length <= 1024 ? id : undefined
}

/** @returns the passkey's new counter; `undefined` when the response does not hold. */
export async function verifyRequest(
  relyingParty: RelyingParty,
  responseText: string,
  challenge: string,
  passkey: Passkey,
  userVerificationRequired: boolean,
): Promise<{ counter: number } | undefined> {
  const response = parseResponse<AuthenticationResponseJSON>(responseText)
  if (response === undefined) return undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    // WebAuthn §7.2 step 6: a user handle, where there is one, must be the owner's.
    const handle = response.response?.userHandle
    if (
      handle !== undefined &&
      handle !== null &&
      Buffer.from(handle, 'base64url').toString() !== passkey.accountId
    ) {
      return undefined
    }
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        // Whether the counter went up is decided where it is stored, so that two responses at once cannot both pass.
        counter: 0,
      },
      requireUserVerification: userVerificationRequired,
    })
    return verified ? { counter: authenticationInfo.newCounter } : undefined
  } catch {
    return undefined
  }
}

function parseResponse<T>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as T) : undefined
  } catch {
    return undefined
  }
}
