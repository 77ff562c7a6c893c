/** Gitea and Forgejo. They check no e-mail addresses unless told to, so that theirs are not believed. */
import * as oauth from 'oauth4webapi'
import type { IdentityProvidersConfig } from '../config/sign-in-sources.ts'
import { accessTokenOf, createExchange, type ExchangeDependencies, serverAt } from './exchange.ts'
import { emailOf, membersOf, numericSubjectOf, textOf } from './profile-members.ts'
import type { IdentityProvider } from './provider.ts'

export function createGitea(
  settings: NonNullable<IdentityProvidersConfig['gitea']>,
  dependencies: ExchangeDependencies,
): IdentityProvider {
  const { url } = settings
  const exchange = createExchange('gitea', settings, dependencies)
  const server = serverAt(url, `${url}/login/oauth/authorize`, `${url}/login/oauth/access_token`)
  const authentication = oauth.ClientSecretPost(settings.clientSecret.reveal())
  return {
    name: 'gitea',
    displayName: 'Gitea',
    authorizationUrl: (secrets) => exchange.authorizationUrl(server, secrets),
    async readProfile(callback, secrets) {
      const response = await exchange.redeem(server, authentication, callback, secrets)
      const accessToken = await accessTokenOf(server, exchange.client, response)
      const user = membersOf(await exchange.getJson('profile', `${url}/api/v1/user`, accessToken))
      return {
        issuer: url,
        subject: numericSubjectOf(user.id),
        username: textOf(user.login),
        fullName: textOf(user.full_name),
        email: emailOf(user.email),
        emailVerified: false,
      }
    },
  }
}
