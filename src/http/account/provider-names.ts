import type { IdentityProviderName } from '../../events/catalogue.ts'

/** What identity providers are called where their own display name is not at hand. */
export const providerNames = {
  microsoft: 'Microsoft',
  github: 'GitHub',
  gitea: 'Gitea',
  gitlab: 'GitLab',
  oidc: 'OpenID Connect',
} as const satisfies Record<IdentityProviderName, string>
