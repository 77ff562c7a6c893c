/** Speaks as Microsoft Entra ID (v2.0 endpoints) and Microsoft Graph do, on one address. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createDesk, type StandIn, sendJson, settingsFor, standInClient, startStandIn } from './stand-in.ts'

export const tenants = {
  ours: '11111111-2222-3333-4444-555555555555',
  theirs: '99999999-8888-7777-6666-555555555555',
  consumers: '9188040d-6c67-4c5b-b112-36a304b66dad',
}

export interface Microsoft extends StandIn {
  /** In which tenant the person is. */
  tenant: string
  user: {
    id: string
    displayName: string | null
    mail: string | null
    userPrincipalName: string
    givenName: string | null
    surname: string | null
    mailNickname: string | null
    onPremisesSamAccountName: string | null
    onPremisesSyncEnabled: boolean | null
  }
  /** Claims of the ID token in place of the right ones; `undefined` leaves one out. */
  claims: Record<string, unknown>
  settings: Record<string, string>
}

/** @param configured whose accounts the server under test lets in: what the endpoints of its settings name. */
export async function startMicrosoft(configured = tenants.ours): Promise<Microsoft> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'a-key-of-microsoft', use: 'sig' }
  const desk = createDesk({
    error: 'access_denied',
    error_subcode: 'cancel',
    error_description: 'AADSTS65004: User declined to consent to access the app.',
  })
  const standIn = await startStandIn((url) => ({
    [`GET /${configured}/oauth2/v2.0/authorize`]: desk.authorize,
    [`POST /${configured}/oauth2/v2.0/token`]: async (request, response) => {
      const redeemed = desk.redeem(request)
      if (typeof redeemed === 'string') {
        const isClient = redeemed === 'client'
        sendJson(response, isClient ? 401 : 400, {
          error: isClient ? 'invalid_client' : 'invalid_grant',
          error_description: `AADSTS${isClient ? 7000215 : 70008}: Trace ID: 0 Correlation ID: 0`,
          error_codes: [isClient ? 7000215 : 70008],
          timestamp: '2026-11-24 14:00:00Z',
          trace_id: '0',
          correlation_id: '0',
        })
        return
      }
      const { tenant, user, claims } = self
      const now = Math.floor(Date.now() / 1000)
      const idToken = await new SignJWT({
        iss: `${url}/${tenant}/v2.0`,
        aud: standInClient.id,
        iat: now,
        nbf: now,
        exp: now + 3600,
        tid: tenant,
        oid: user.id,
        sub: `pairwise-${user.id}`,
        preferred_username: user.userPrincipalName,
        name: user.displayName,
        nonce: redeemed.nonce,
        ver: '2.0',
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })
        .sign(privateKey)
      sendJson(response, 200, {
        token_type: 'Bearer',
        scope: redeemed.scopes,
        expires_in: 3599,
        ext_expires_in: 3599,
        access_token: desk.issueToken(),
        id_token: idToken,
      })
    },
    [`GET /${configured}/discovery/v2.0/keys`]: (_request, response) =>
      sendJson(response, 200, { keys: [jwk] }),
    'GET /v1.0/me': (request, response) => {
      if (!desk.isBearer(request)) {
        sendJson(response, 401, {
          error: { code: 'InvalidAuthenticationToken', message: 'Access token is empty.', innerError: {} },
        })
        return
      }
      sendJson(response, 200, { '@odata.context': `${url}/v1.0/$metadata#users/$entity`, ...self.user })
    },
  }))
  const self: Microsoft = {
    ...standIn,
    tenant: configured.includes('-') ? configured : tenants.ours,
    user: {
      id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      displayName: 'Adele Vance',
      mail: 'AdeleV@example.com',
      userPrincipalName: 'AdeleV@example.onmicrosoft.com',
      givenName: 'Adele',
      surname: 'Vance',
      mailNickname: 'AdeleV',
      onPremisesSamAccountName: null,
      onPremisesSyncEnabled: null,
    },
    claims: {},
    settings: settingsFor('MICROSOFT', {
      MICROSOFT_TENANT_ID: configured,
      MICROSOFT_AUTHORITY_URL: standIn.url,
      MICROSOFT_GRAPH_URL: standIn.url,
    }),
  }
  return self
}
