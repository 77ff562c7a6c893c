/** The pages: what stands behind them, and their endpoints. */

import { createOverview } from '../administration/overview.ts'
import { createPendingApprovals } from '../administration/pending-approvals.ts'
import { createAccountAuthorizationsEndpoints } from '../http/account/account-authorizations.ts'
import { createAccountGrantEndpoints } from '../http/account/account-grant.ts'
import { createAccountSessionsEndpoints } from '../http/account/account-sessions.ts'
import { clientLogoEndpoint } from '../http/account/client-logo.ts'
import { createConfirmEndpoints } from '../http/account/confirm.ts'
import { createConnectionsEndpoints } from '../http/account/connections.ts'
import { createDeviceEndpoints } from '../http/account/device.ts'
import { createLoginEndpoints } from '../http/account/login.ts'
import { createLogoutEndpoints } from '../http/account/logout.ts'
import { createAccountProfileEndpoints } from '../http/account/profile.ts'
import { createProviderSignInEndpoints, createProviderVisits } from '../http/account/provider-sign-in.ts'
import { createRecoveryEndpoints } from '../http/account/recovery.ts'
import { resumeEndpoint } from '../http/account/resume.ts'
import { createAccountSecurityEndpoints } from '../http/account/security.ts'
import { createSignInActivity } from '../http/account/sign-in-activity.ts'
import { createSignInStepEndpoints } from '../http/account/sign-in-steps.ts'
import { createSignInVisits } from '../http/account/sign-in-visit.ts'
import { createAdminClientsEndpoints } from '../http/admin/admin-clients.ts'
import { createAuditEndpoints } from '../http/admin/audit.ts'
import { dashboardEndpoint } from '../http/admin/dashboard.ts'
import { createKeysEndpoints } from '../http/admin/keys.ts'
import { settingsEndpoint } from '../http/admin/settings.ts'
import { createTokenEndpoints } from '../http/admin/tokens.ts'
import { createUserEndpoints } from '../http/admin/users.ts'
import { createAppsEndpoints } from '../http/apps/apps.ts'
import { createServerCookie } from '../http/cookies.ts'
import { createCsrf } from '../http/csrf.ts'
import { createGuideEndpoints } from '../http/docs/guides.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { createKeptForms } from '../http/kept-form.ts'
import { createKnownBrowsers } from '../http/known-browsers.ts'
import { createAuthorizeEndpoints } from '../http/oauth/authorize.ts'
import { createEndSessionEndpoints } from '../http/oauth/end-session.ts'
import { createOneTimeSecrets } from '../http/one-time-secret.ts'
import { createPageKit, type PageKit } from '../http/page.ts'
import { createPageLimits } from '../http/page-limits.ts'
import { createStepUp } from '../http/step-up.ts'
import { createAuthorizationEndpoint } from '../oauth/authorization/authorize.ts'
import { createConsents } from '../oauth/authorization/consents.ts'
import { createKeptRequests } from '../oauth/authorization/kept-request.ts'
import type { ClientDocuments } from '../oauth/client-documents/documents.ts'
import { createClientLogos } from '../oauth/client-logos.ts'
import { createDeviceVerification } from '../oauth/device-authorization/verify.ts'
import { type MetadataSource, openidConfiguration } from '../oauth/metadata.ts'
import { createIdTokenHints } from '../oauth/openid/id-token-hint.ts'
import { createLogoutRequests } from '../oauth/openid/logout.ts'
import { rotationPolicy } from '../oauth/token/key-rotation.ts'
import { createOwnTokens, createWithdrawal } from '../oauth/token/withdraw.ts'
import { auditRowKinds } from '../observability/audit-table.ts'
import type { AccountId } from '../shared/ids.ts'
import type { Site } from '../views/props.ts'
import { accountFlows } from './accounts.ts'
import type { Administration } from './administration.ts'
import { type Parts, userCodeKey } from './parts.ts'
import { externalAuthenticatorOf, identityProvidersOf } from './sign-in.ts'

export const sessionCookieName = 'authgate_session'

/** The pages, and the sweep of the sessions they live in. */
export function pageEndpoints(
  parts: Parts,
  site: Site,
  documents: ClientDocuments,
  metadata: () => Promise<MetadataSource>,
  administration: Administration,
): {
  endpoints: Endpoint[]
  /** For pages that are wired elsewhere. */
  kit: PageKit
  sweepSessions: () => Promise<unknown>
  /** Announces the sign-ins nobody finished. */
  sweepSignIns: () => Promise<unknown>
  /** Waits for what is done beside requests. */
  close: () => Promise<void>
} {
  const { config, clock, random, ids, storage, bus, encryption, signingKeys } = parts
  const { server } = config
  const cookieOptions = { secure: server.secure }
  const sessionCookie = createServerCookie(sessionCookieName, cookieOptions)
  const csrf = createCsrf({
    key: encryption.macKey('csrf'),
    cookie: createServerCookie('authgate_csrf', cookieOptions),
    random,
    publisher: bus,
    clock,
  })
  const accounts = accountFlows({
    ...parts,
    external: externalAuthenticatorOf(parts),
    productName: site.name,
    onFault: parts.observers.onFault,
  })
  const { sessions, signIns, factors, confirmations, passwordChanges, links, mail, sealer } = accounts
  const knownBrowsers = createKnownBrowsers({
    key: encryption.macKey('known browser'),
    cookie: createServerCookie('authgate_browser', cookieOptions),
    random,
  })
  const stepUp = createStepUp({ confirmations, factors, sealer, server })
  const keptForms = createKeptForms({
    encryption,
    cookie: createServerCookie('authgate_kept_form', cookieOptions),
    clock,
    server,
  })
  const kit = createPageKit({
    sessions,
    sessionCookie,
    csrf,
    keptForms,
    server,
    site,
    stepUp,
    ...config.pages,
    pendingApprovals: createPendingApprovals({ clients: storage.read.clients, clock, bus }),
  })
  const limits = createPageLimits({
    limiter: parts.limiter,
    publisher: bus,
    clock,
    settings: config.limits,
  })
  const visits = createSignInVisits({
    kit,
    signIns,
    sessionCookie,
    pendingCookie: createServerCookie('authgate_sign_in', cookieOptions),
    knownBrowsers,
    server,
  })
  const { passwordMinLength, requireSecondFactor } = config.security
  const { providers, signInWith, connections } = identityProvidersOf(parts, signIns)
  const flowCookie = createServerCookie('authgate_flow', cookieOptions)
  const providerVisits = createProviderVisits({ kit, providers, signInWith, flowCookie, server })
  const hints = createIdTokenHints({ issuer: server.issuer, findPublicKey: signingKeys.findPublicKey })
  const authorization = createAuthorizationEndpoint({
    storage,
    clients: storage.read.clients,
    documents,
    keptRequests: createKeptRequests({ storage, clock, random, ids }),
    // §3.1.2.1: "previously issued by the Authorization Server being passed as a hint about the End-User's … session with
    // the Client".
    async subjectOfHint(idToken, client) {
      const hint = await hints.verify(idToken)
      return hint?.clientId === client.id ? (hint.subject as AccountId) : undefined
    },
    publisher: bus,
    clock,
    random,
    ids,
    issuer: server.issuer,
    settings: config.authorization,
  })
  const verification = createDeviceVerification({
    storage,
    publisher: bus,
    clock,
    userCodeKey: userCodeKey(encryption),
  })
  const secrets = createOneTimeSecrets({
    cookie: createServerCookie('authgate_secret', cookieOptions),
    encryption,
    clock,
  })
  const withdrawal = createWithdrawal({ storage, publisher: bus, clock })
  const logoutRequests = createLogoutRequests({ storage, hints })
  const logos = createClientLogos({
    outbound: parts.outbound,
    clock,
    policy: config.authorization.clientLogos,
    trusts: documents.trusts,
  })
  const clientPages = {
    kit,
    storage,
    secrets,
    clock,
    issuer: server.issuer,
  }
  const apps = config.apps.enabled
    ? createAppsEndpoints({
        ...clientPages,
        ownClients: administration.ownClients,
        settings: config.apps,
      })
    : []
  return {
    endpoints: [
      ...createLoginEndpoints({
        kit,
        csrf,
        limits,
        logIn: accounts.logIn,
        signIns,
        factors,
        visits,
        knownBrowsers,
        recovery: mail.possible,
        server,
        settings: config.sessions,
        clients: storage.read.clients,
        logos,
        providers,
      }),
      ...createProviderSignInEndpoints({ kit, providerVisits, visits, limits, signInWith, flowCookie }),
      ...createConnectionsEndpoints({ kit, visits: providerVisits, connections, clock }),
      ...createSignInStepEndpoints({ kit, csrf, limits, signIns, factors, visits, passwordMinLength }),
      ...createConfirmEndpoints({ kit, limits, stepUp, confirmations, factors, knownBrowsers, server }),
      ...(mail.possible ? createRecoveryEndpoints({ kit, csrf, limits, links, passwordMinLength }) : []),
      ...createAccountSecurityEndpoints({
        kit,
        sessions,
        sessionCookie,
        knownBrowsers,
        confirmations,
        passwordChanges,
        factors,
        mail,
        activityOf: createSignInActivity({ audit: storage.read.audit, recorded: config.audit.enabled }),
        clock,
        policy: requireSecondFactor,
        settings: config.sessions,
      }),
      ...createAccountProfileEndpoints({ kit, profiles: accounts.profiles, links, mail }),
      clientLogoEndpoint({ logos, clients: storage.read.clients }),
      ...createAuthorizeEndpoints({ kit, csrf, limits, authorization, documents, logos, clock }),
      ...createLogoutEndpoints({ kit, sessions, server }),
      ...createEndSessionEndpoints({ kit, csrf, sessions, logoutRequests }),
      ...createAccountSessionsEndpoints({ kit, sessions, withdrawal, storage, clock }),
      ...createAccountGrantEndpoints({
        kit,
        ownTokens: createOwnTokens({ storage, publisher: bus, clock }),
        storage,
        clock,
      }),
      ...createUserEndpoints({
        kit,
        accounts: administration.accounts,
        connections,
        secrets,
        storage,
        clock,
      }),
      ...createTokenEndpoints({ kit, tokens: administration.tokens, storage, clock }),
      ...createAccountAuthorizationsEndpoints({
        kit,
        consents: createConsents({ storage, publisher: bus, clock }),
        storage,
        clock,
      }),
      ...createDeviceEndpoints({ kit, limits, verification, clock }),
      resumeEndpoint({ kit, keptForms }),
      ...createGuideEndpoints({
        kit,
        clients: storage.read.clients,
        metadata: async () => openidConfiguration(await metadata()),
        accessTokens: config.tokens,
      }),
      ...operationsEndpoints(parts, kit, administration),
      ...createAdminClientsEndpoints({
        ...clientPages,
        administration: administration.clients,
      }),
      ...apps,
    ],
    kit,
    sweepSessions: () => sessions.sweep(),
    sweepSignIns: () => signIns.sweep(),
    close: () => accounts.close(),
  }
}

const databaseNames = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const

/** What administrators watch the server with. */
function operationsEndpoints(parts: Parts, kit: PageKit, administration: Administration): Endpoint[] {
  const { config, clock, storage, bus, encryption, signingKeys, observers } = parts
  const rotation = rotationPolicy(config)
  return [
    dashboardEndpoint({
      kit,
      readOverview: createOverview({
        storage,
        readCounts: observers.readCounts,
        signingKeys,
        rotation,
        clock,
        onFailure: observers.onDatabaseError,
      }),
      database: databaseNames[storage.driver],
      clock,
    }),
    ...createAuditEndpoints({
      kit,
      storage,
      publisher: bus,
      clock,
      eventTypes: Object.keys(auditRowKinds),
      enabled: config.audit.enabled,
    }),
    ...createKeysEndpoints({
      kit,
      storage,
      administration: administration.keys,
      signingKeys,
      rotation,
      encryption,
      clock,
    }),
    settingsEndpoint({ kit, settings: config.inForce }),
  ]
}
