/** Whose documents may describe clients here: an operator's choice of hosts, asked before any request is made. Pure. */

export const documentModes = ['open', 'allowlist', 'off'] as const
/** `open` every host that is not denied; `allowlist` only those named; `off` none. */
export type DocumentMode = (typeof documentModes)[number]

export interface DocumentPolicy {
  readonly mode: DocumentMode
  /** Hosts, or `*.` and a domain for every host below it. */
  readonly allow: readonly string[]
  /** Wins over {@link DocumentPolicy.allow}. */
  readonly deny: readonly string[]
}

export function mayDescribe(host: string, { mode, allow, deny }: DocumentPolicy): boolean {
  if (mode === 'off' || deny.some((pattern) => matches(host, pattern))) return false
  return mode === 'open' || allow.some((pattern) => matches(host, pattern))
}

function matches(host: string, pattern: string): boolean {
  const lower = pattern.toLowerCase()
  return lower.startsWith('*.') ? host.endsWith(lower.slice(1)) : host === lower
}
