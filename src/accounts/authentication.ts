/**
 * How somebody proved who they are, and how much that is worth: what a session remembers, and what clients hear of it as
 * `amr` (RFC 8176) and `acr` (OpenID Connect Core 1.0 §2). Pure.
 */

/**
 * One proof. `provider`: signed in elsewhere, by means that stay between the person and their provider. `hwk` and `swk`:
 * a passkey that stays in its device, or one that its owner's devices share.
 */
export const proofs = ['pwd', 'provider', 'otp', 'recovery', 'hwk', 'swk'] as const
export type Proof = (typeof proofs)[number]

/** What a proof shows: something known, something had, somebody else's word. */
const kindOf = {
  pwd: 'knowledge',
  provider: 'word',
  otp: 'possession',
  recovery: 'possession',
  hwk: 'key',
  swk: 'key',
} as const satisfies Record<Proof, string>

/**
 * Values of `acr`, the weakest first; each includes those before it. The last one is registered with IANA by the OpenID
 * Enhanced Authentication Profile (ACR Values 1.0): phishing-resistant.
 */
export const authenticationContexts = [
  'urn:authgate:acr:single-factor',
  'urn:authgate:acr:multi-factor',
  'phr',
] as const
export type AuthenticationContext = (typeof authenticationContexts)[number]

export function isAuthenticationContext(text: unknown): text is AuthenticationContext {
  return authenticationContexts.some((context) => context === text)
}

export function hasPasskey(methods: readonly Proof[]): boolean {
  return methods.some((method) => kindOf[method] === 'key')
}

/**
 * Whether two kinds of proof came together. A passkey alone is two: this server takes one without anything else only when
 * its device made sure who holds it (WebAuthn user verification).
 */
export function isMultiFactor(methods: readonly Proof[]): boolean {
  return hasPasskey(methods) || new Set(methods.map((method) => kindOf[method])).size > 1
}

/** The strongest context that `methods` reach; `undefined` when nothing is known of them. */
export function reachedContext(methods: readonly Proof[]): AuthenticationContext | undefined {
  if (methods.length === 0) return undefined
  if (hasPasskey(methods)) return 'phr'
  return authenticationContexts[isMultiFactor(methods) ? 1 : 0]
}

/** Whether `methods` are enough for `wanted`. */
export function satisfies(methods: readonly Proof[], wanted: AuthenticationContext): boolean {
  const reached = reachedContext(methods)
  return (
    reached !== undefined && authenticationContexts.indexOf(reached) >= authenticationContexts.indexOf(wanted)
  )
}

/**
 * The `acr` to report: the first of those asked for that was reached, since they come in order of preference (§3.1.2.1),
 * else the strongest reached.
 */
export function reportedContext(
  methods: readonly Proof[],
  wanted: readonly unknown[] = [],
): AuthenticationContext | undefined {
  return (
    wanted.filter(isAuthenticationContext).find((context) => satisfies(methods, context)) ??
    reachedContext(methods)
  )
}

/** `amr`: words of RFC 8176 §2; `undefined` when there is none to say. */
export function authenticationMethodsReferences(methods: readonly Proof[]): readonly string[] | undefined {
  const words = new Set<string>()
  for (const method of methods) {
    if (method === 'provider') continue
    words.add(method === 'recovery' ? 'otp' : method)
    // "Evidence that the end user is present and interacting with the device", which every use of a passkey is.
    if (kindOf[method] === 'key') words.add('user')
  }
  if (isMultiFactor(methods)) words.add('mfa')
  return words.size === 0 ? undefined : [...words]
}

/** Both, each once, in the order they came. */
export function withProof(methods: readonly Proof[], ...more: readonly Proof[]): readonly Proof[] {
  return [...new Set([...methods, ...more])]
}
