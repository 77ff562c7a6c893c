/** The enabled identity providers, in the order people see them; each is loaded when somebody first goes there. */
import type { IdentityProvidersConfig } from '../config/sign-in-sources.ts'
import type { IdentityProviderName } from '../events/catalogue.ts'
import type { Peer } from '../outbound/peer.ts'
import type { ExchangeDependencies } from './exchange.ts'
import type { IdentityProvider } from './provider.ts'

export function openIdentityProviders(
  settings: IdentityProvidersConfig,
  dependencies: Omit<ExchangeDependencies, 'peer' | 'timeoutSeconds'> & {
    /** One for each provider, so that a dead one keeps nobody from the others. */
    openPeer(): Peer
  },
): readonly IdentityProvider[] {
  const { oidc, microsoft, github, gitlab, gitea, timeoutSeconds } = settings
  const { openPeer, ...shared } = dependencies
  const exchange = (): ExchangeDependencies => ({ ...shared, timeoutSeconds, peer: openPeer() })
  return [
    oidc &&
      lazily('oidc', oidc.displayName, async () => (await import('./oidc.ts')).createOidc(oidc, exchange())),
    microsoft &&
      lazily('microsoft', 'Microsoft', async () =>
        (await import('./microsoft.ts')).createMicrosoft(microsoft, exchange()),
      ),
    github &&
      lazily('github', 'GitHub', async () => (await import('./github.ts')).createGithub(github, exchange())),
    gitlab &&
      lazily('gitlab', 'GitLab', async () => (await import('./gitlab.ts')).createGitlab(gitlab, exchange())),
    gitea &&
      lazily('gitea', 'Gitea', async () => (await import('./gitea.ts')).createGitea(gitea, exchange())),
  ].filter((provider) => provider !== undefined)
}

function lazily(
  name: IdentityProviderName,
  displayName: string,
  load: () => Promise<IdentityProvider>,
): IdentityProvider {
  let loaded: Promise<IdentityProvider> | undefined
  const open = (): Promise<IdentityProvider> => {
    loaded ??= load()
    return loaded
  }
  return {
    name,
    displayName,
    authorizationUrl: async (secrets, options) => (await open()).authorizationUrl(secrets, options),
    readProfile: async (callback, secrets) => (await open()).readProfile(callback, secrets),
  }
}
