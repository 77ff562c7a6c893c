/**
 * GitLab, hosted or one's own. It is not believed about e-mail addresses: whoever runs a GitLab may have switched their
 * confirmation off.
 */
import * as oauth from 'oauth4webapi'
import type { IdentityProvidersConfig } from '../config/sign-in-sources.ts'
import { accessTokenOf, createExchange, type ExchangeDependencies, serverAt } from './exchange.ts'
import { emailOf, membersOf, numericSubjectOf, textOf } from './profile-members.ts'
import type { IdentityProvider } from './provider.ts'

export function createGitlab(
  settings: NonNullable<IdentityProvidersConfig['gitlab']>,
  dependencies: ExchangeDependencies,
): IdentityProvider {
  const { url } = settings
  const exchange = createExchange('gitlab', settings, dependencies)
  const server = serverAt(url, `${url}/oauth/authorize`, `${url}/oauth/token`)
  const authentication = oauth.ClientSecretPost(settings.clientSecret.reveal())
  return {
    name: 'gitlab',
    displayName: 'GitLab',
    authorizationUrl: (secrets) => exchange.authorizationUrl(server, secrets),
    async readProfile(callback, secrets) {
      const response = await exchange.redeem(server, authentication, callback, secrets)
      const accessToken = await accessTokenOf(server, exchange.client, response)
      const user = membersOf(await exchange.getJson('profile', `${url}/api/v4/user`, accessToken))
      return {
        issuer: url,
        subject: numericSubjectOf(user.id),
        username: textOf(user.username),
        fullName: textOf(user.name),
        email: emailOf(user.email),
        emailVerified: false,
      }
    },
  }
}
