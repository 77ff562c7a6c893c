/** Whose documents may describe clients here: an operator's choice of hosts, asked before any request is made. Pure. */

export const documentModes = ['open', 'allowlist', 'off'] as const
/** `open` every host that is not denied; `allowlist` only those allowed or trusted; `off` none. */
export type DocumentMode = (typeof documentModes)[number]

export interface DocumentPolicy {
  readonly mode: DocumentMode
  /** Hosts, or `*.` and a domain for every host below it. */
  readonly allow: readonly string[]
  /** Hosts an operator vouches for, in the same form; they need not be allowed as well. */
  readonly trusted: readonly string[]
  /** Wins over the others. */
  readonly deny: readonly string[]
}

export function mayDescribe(host: string, { mode, allow, trusted, deny }: DocumentPolicy): boolean {
  if (mode === 'off' || isAmong(host, deny)) return false
  return mode === 'open' || isAmong(host, allow) || isAmong(host, trusted)
}

/**
 * Whether an operator vouches for a host. That changes what people are told of its clients and how errors reach them;
 * they are asked all the same, need PKCE all the same, and speak for nobody but who asked them.
 */
export function isTrusted(host: string, policy: DocumentPolicy): boolean {
  return mayDescribe(host, policy) && isAmong(host, policy.trusted)
}

function isAmong(host: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(host, pattern))
}

function matches(host: string, pattern: string): boolean {
  const lower = pattern.toLowerCase()
  return lower.startsWith('*.') ? host.endsWith(lower.slice(1)) : host === lower
}
