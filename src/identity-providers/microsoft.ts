/**
 * Microsoft Entra ID and personal Microsoft accounts. Whose word an ID token is, its tenant says: the issuer holds the
 * tenant's id, and an identity is the object id within its tenant. What another tenant writes into the mail attribute
 * of its people is its own affair, so that addresses count only where the one tenant that may sign in is the operator's.
 */
import * as oauth from 'oauth4webapi'
import type { IdentityProvidersConfig } from '../config/sign-in-sources.ts'
import { accessTokenOf, createExchange, type ExchangeDependencies, serverAt } from './exchange.ts'
import { identityOf } from './id-token.ts'
import { emailOf, localPartOf, type Members, membersOf, subjectOf, textOf } from './profile-members.ts'
import { type IdentityProvider, ProviderError } from './provider.ts'

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** The tenant that all personal accounts are in. */
const consumersTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'
const profileMembers = [
  'id',
  'userPrincipalName',
  'displayName',
  'mail',
  'givenName',
  'surname',
  'onPremisesSamAccountName',
  'onPremisesSyncEnabled',
  'mailNickname',
]

export function createMicrosoft(
  settings: NonNullable<IdentityProvidersConfig['microsoft']>,
  dependencies: ExchangeDependencies,
): IdentityProvider {
  const { tenant, authorityUrl, graphUrl } = settings
  const exchange = createExchange('microsoft', settings, dependencies)
  const base = `${authorityUrl}/${tenant}`
  const issuerOf = (tenantId: string): string => `${authorityUrl}/${tenantId}/v2.0`
  const serverOf = (issuer: string): oauth.AuthorizationServer => ({
    ...serverAt(issuer, `${base}/oauth2/v2.0/authorize`, `${base}/oauth2/v2.0/token`),
    jwks_uri: `${base}/discovery/v2.0/keys`,
  })
  const authentication = oauth.ClientSecretPost(settings.clientSecret.reveal())
  const isOneTenant = !['common', 'organizations', 'consumers'].includes(tenant)

  const mayComeFrom = (tenantId: string): boolean => {
    if (tenant === 'consumers') return tenantId === consumersTenant
    if (tenant === 'organizations') return tenantId !== consumersTenant
    // The endpoint of a tenant named by its domain issues for that tenant alone.
    return guid.test(tenant) ? tenantId === tenant : true
  }

  return {
    name: 'microsoft',
    displayName: 'Microsoft',
    authorizationUrl: (secrets, { fresh }) =>
      exchange.authorizationUrl(serverOf(issuerOf(tenant)), secrets, {
        nonce: secrets.nonce,
        ...(fresh ? { prompt: 'login' } : {}),
      }),
    async readProfile(callback, secrets) {
      const answering = callback.get('iss') ?? issuerOf(tenant)
      const response = await exchange.redeem(
        serverOf(isTenantIssuer(answering) ? answering : issuerOf(tenant)),
        authentication,
        callback,
        secrets,
      )
      if (response.status !== 200) {
        await accessTokenOf(serverOf(issuerOf(tenant)), exchange.client, response)
        throw new ProviderError('exchange_failed', `token_status_${response.status}`)
      }
      const body = await response.text()
      const tenantId = claimedTenant(body)
      if (!guid.test(tenantId) || !mayComeFrom(tenantId)) {
        throw new ProviderError('exchange_failed', 'tenant_mismatch')
      }
      // From here on the issuer is that of the tenant the token names, and is checked to be.
      const issuer = issuerOf(tenantId)
      const { claims, accessToken } = await identityOf(
        exchange,
        serverOf(issuer),
        new Response(body, { status: response.status, headers: response.headers }),
        secrets,
      )
      const person = membersOf(
        await exchange.getJson(
          'profile',
          `${graphUrl}/v1.0/me?$select=${profileMembers.join(',')}`,
          accessToken,
        ),
      )
      const email = emailOf(person.mail) ?? emailOf(person.userPrincipalName)
      return {
        issuer,
        // The same for every application of the tenant, and as Microsoft Graph names the person.
        subject: subjectOf(claims.oid ?? claims.sub),
        username: usernameOf(person, email),
        fullName:
          textOf(person.displayName) ??
          textOf([person.givenName, person.surname].filter((name) => typeof name === 'string').join(' ')),
        email,
        emailVerified: email !== undefined && isOneTenant,
      }
    },
  }

  function isTenantIssuer(text: string): boolean {
    const [, tenantId = ''] = /\/([^/]+)\/v2\.0$/.exec(text) ?? []
    return guid.test(tenantId) && text === issuerOf(tenantId)
  }
}

/** The tenant that the ID token of an answer names, before anything about it is checked. */
function claimedTenant(body: string): string {
  try {
    const { id_token: token } = membersOf(JSON.parse(body))
    if (typeof token !== 'string') throw new ProviderError('exchange_failed', 'no_id_token')
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
    return textOf(membersOf(JSON.parse(payload)).tid) ?? ''
  } catch (error) {
    if (error instanceof ProviderError) throw error
    throw new ProviderError('exchange_failed', 'no_id_token', error)
  }
}

/** The name people have where their accounts come from: on premises, else in the mail system, else in their address. */
function usernameOf(person: Members, email: string | undefined): string | undefined {
  const onPremises =
    person.onPremisesSyncEnabled === true ? textOf(person.onPremisesSamAccountName) : undefined
  return onPremises ?? textOf(person.mailNickname) ?? localPartOf(email)
}
