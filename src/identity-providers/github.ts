/**
 * GitHub, and GitHub Enterprise Server. Of its e-mail addresses only those are believed that its list of addresses
 * calls verified; what the profile shows may be anything.
 */
import * as oauth from 'oauth4webapi'
import type { IdentityProvidersConfig } from '../config/sign-in-sources.ts'
import { accessTokenOf, createExchange, type ExchangeDependencies, serverAt } from './exchange.ts'
import { emailOf, membersOf, numericSubjectOf, textOf } from './profile-members.ts'
import { type IdentityProvider, ProviderError } from './provider.ts'

const apiHeaders = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

export function createGithub(
  settings: NonNullable<IdentityProvidersConfig['github']>,
  dependencies: ExchangeDependencies,
): IdentityProvider {
  const { url, apiUrl } = settings
  const exchange = createExchange('github', settings, dependencies)
  const server = serverAt(
    // As GitHub names itself where it says who answers (RFC 9207).
    `${url}/login/oauth`,
    `${url}/login/oauth/authorize`,
    `${url}/login/oauth/access_token`,
  )
  const authentication = oauth.ClientSecretPost(settings.clientSecret.reveal())

  /** The address to write to; without the scope for the list there is none. */
  const readEmail = async (accessToken: string): Promise<string | undefined> => {
    let list: unknown
    try {
      list = await exchange.getJson('emails', `${apiUrl}/user/emails?per_page=100`, accessToken, apiHeaders)
    } catch (error) {
      if (error instanceof ProviderError && /^emails_status_40[34]$/.test(error.detail)) return undefined
      throw error
    }
    if (!Array.isArray(list)) throw new ProviderError('exchange_failed', 'emails_malformed')
    const verified = list.map(membersOf).filter(({ verified }) => verified === true)
    const best =
      verified.find(({ primary }) => primary === true) ??
      // GitHub forwards nothing that is sent to these.
      verified.find(({ email }) => !/@users\.noreply\./i.test(String(email)))
    return emailOf(best?.email)
  }

  return {
    name: 'github',
    displayName: 'GitHub',
    authorizationUrl: (secrets) => exchange.authorizationUrl(server, secrets),
    async readProfile(callback, secrets) {
      const response = await exchange.redeem(server, authentication, callback, secrets)
      const accessToken = await accessTokenOf(server, exchange.client, await withStatus(response))
      const user = membersOf(await exchange.getJson('profile', `${apiUrl}/user`, accessToken, apiHeaders))
      const email = await readEmail(accessToken)
      return {
        issuer: url,
        subject: numericSubjectOf(user.id),
        username: textOf(user.login),
        fullName: textOf(user.name),
        email,
        emailVerified: email !== undefined,
      }
    },
  }
}

/** GitHub answers errors with status 200, where RFC 6749 §5.2 wants 400. */
async function withStatus(response: Response): Promise<Response> {
  if (response.status !== 200) return response
  const body = await response.text()
  const isError = /"error"\s*:/.test(body) && !/"access_token"\s*:/.test(body)
  return new Response(body, { status: isError ? 400 : 200, headers: response.headers })
}
