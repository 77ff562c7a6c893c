/** From an address to everything there is to say about it. */
import { checkAuthorizationServer } from './check-authorization-server.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkRegistered } from './check-registered.ts'
import { checkServer } from './check-server.ts'
import type { Finding } from './finding.ts'
import { look, type Registered } from './look.ts'
import type { Probe } from './probe.ts'

export type Examination =
  | { readonly kind: 'examined'; readonly findings: readonly Finding[] }
  /** There is nobody to examine. */
  | { readonly kind: 'unreachable'; readonly problem: string }

export async function examine(
  url: string,
  probe: Probe,
  registered: Registered | undefined,
): Promise<Examination> {
  const facts = await look(url, probe, registered)
  if (facts.bare.kind === 'none') return { kind: 'unreachable', problem: facts.bare.problem }
  return {
    kind: 'examined',
    findings: [
      ...checkServer(facts),
      ...checkMetadata(facts),
      ...facts.servers.flatMap(checkAuthorizationServer),
      ...checkRegistered(facts),
    ],
  }
}
