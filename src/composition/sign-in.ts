/** Others who may say who a person is: the external API, identity providers. */
import type { Authenticator } from '../accounts/authenticator.ts'
import type { SignIns } from '../accounts/sign-in.ts'
import type { IdentitySource } from '../identity-providers/connection.ts'
import { type Connections, createConnections } from '../identity-providers/connections.ts'
import { createFlowStates } from '../identity-providers/flow-state.ts'
import { createHttpApiAuthenticator } from '../identity-providers/http-api-authenticator.ts'
import { createHttpApiClient } from '../identity-providers/http-api-client.ts'
import { openIdentityProviders } from '../identity-providers/open.ts'
import type { IdentityProvider } from '../identity-providers/provider.ts'
import { createIdentityResolver } from '../identity-providers/resolve.ts'
import { createSignInWith, type SignInWith } from '../identity-providers/sign-in-with.ts'
import { openPeer } from '../outbound/open.ts'
import type { Peer } from '../outbound/peer.ts'
import { version } from '../version.ts'
import type { Parts } from './parts.ts'

/** Who answers for passwords that are kept elsewhere; `undefined` when all are kept here. */
export function externalAuthenticatorOf(parts: Parts): Authenticator | undefined {
  const { config, storage, clock, random, ids, bus } = parts
  const { httpApi: settings } = config
  if (settings === undefined) return undefined
  const api = createHttpApiClient({
    peer: peerFor(settings.insecureSkipVerify, clock),
    publisher: bus,
    clock,
    random,
    ids,
    settings,
  })
  return createHttpApiAuthenticator({ storage, api, publisher: bus, clock, ids })
}

/** What sign-in through identity providers is made of. */
export function identityProvidersOf(
  { config, storage, clock, random, ids, bus, encryption }: Parts,
  signIns: SignIns,
): { providers: readonly IdentityProvider[]; signInWith: SignInWith; connections: Connections } {
  const { identityProviders: settings } = config
  const providers = openIdentityProviders(settings, {
    openPeer: () => peerFor(settings.insecureSkipVerify, clock),
    publisher: bus,
    clock,
  })
  const enabled = new Set<IdentitySource>(providers.map(({ name }) => name))
  if (config.httpApi !== undefined) enabled.add('http_api')
  const { autoRegister } = settings
  return {
    providers,
    signInWith: createSignInWith({
      flows: createFlowStates({ storage, encryption, clock, random }),
      identities: createIdentityResolver({ storage, publisher: bus, clock, random, ids, autoRegister }),
      signIns,
      publisher: bus,
      clock,
    }),
    connections: createConnections({ storage, publisher: bus, clock, enabled }),
  }
}

function peerFor(insecureSkipVerify: boolean, clock: Parts['clock']): Peer {
  return openPeer({ userAgent: `AuthGate/${version}`, insecureSkipVerify, clock })
}
