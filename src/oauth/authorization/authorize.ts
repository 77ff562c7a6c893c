/**
 * Flow: the authorization endpoint (RFC 6749 §3.1, §4.1; OpenID Connect Core 1.0 §3.1.2). A browser brings a request;
 * if its person must sign in or decide first, it is kept and taken up again by its `request_uri`; in the end the
 * client gets a code or an error. Where the code is exchanged: `code-grant.ts`.
 */
import type { AuthenticationContext } from '../../accounts/authentication.ts'
import type { SignedInPerson } from '../../accounts/session.ts'
import type { Publisher } from '../../events/bus.ts'
import type { Actor, RequestContext } from '../../events/catalogue.ts'
import { addSeconds, type Clock } from '../../shared/clock.ts'
import type { AccountId, AuthorizationCodeId, ClientId, ConsentId, Ids } from '../../shared/ids.ts'
import type { Random } from '../../shared/random.ts'
import { issueSelectorSecret } from '../../shared/selector-secret.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Client, vouchedFor } from '../client.ts'
import type { ClientDocuments } from '../client-documents/documents.ts'
import type { ClientDocument } from '../client-documents/store.ts'
import type { ClientReader } from '../client-store.ts'
import { OAuthError } from '../errors.ts'
import { limitClaims, requestedSubjects } from '../openid/claims-request.ts'
import type { Parameters } from '../parameters.ts'
import type { ResourceCatalogue } from '../resources/access.ts'
import type { Resource } from '../resources/resource.ts'
import { codeLifeSeconds } from '../security-profile.ts'
import { authenticationOf } from '../token/token.ts'
import { decideNextStep, type NextStep } from './decide.ts'
import { isOurs, type KeptRequest, type KeptRequests } from './kept-request.ts'
import { allowAlso, allowedBefore, covers } from './permissions.ts'
import { redirectKind } from './redirect-uri.ts'
import {
  type AuthorizationRequest,
  locateResponse,
  parseAuthorizationRequest,
  type ResponseTarget,
} from './request.ts'
import { type AuthorizationResponse, codeResponse, errorResponse } from './response.ts'

const noFactors = { totp: undefined, passkeys: [] }

export const authorizationCodePrefix = 'agc_'

/** Of an id that nobody here knows, so much is recorded. */
const maxClientIdLength = 512

/** A kept request as the browser carries it from page to page. */
export interface RequestHandle {
  readonly clientId: ClientId
  readonly requestUri: string
  /** Languages the client asks for on behalf of its person, as sent (OpenID Connect Core 1.0 §3.1.2.1). */
  readonly uiLocales: string | undefined
}

/** What a person is asked, with what they need to answer. */
export interface ConsentQuestion {
  readonly client: Client
  /** What it is known by, if a document of its own describes it. */
  readonly document: ClientDocument | undefined
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** Those of the resources that are registered here, which have a name and words for their scopes. */
  readonly known: readonly Resource[]
  /** Scopes among them that they allowed this client before. */
  readonly allowedBefore: readonly string[]
}

export type AuthorizationStep =
  /** The client is told. */
  | { readonly kind: 'respond'; readonly response: AuthorizationResponse }
  | { readonly kind: 'sign_in'; readonly handle: RequestHandle; readonly loginHint: string | undefined }
  /** Somebody is signed in, and must prove more. */
  | { readonly kind: 'step_up'; readonly handle: RequestHandle; readonly context: AuthenticationContext }
  | { readonly kind: 'ask'; readonly handle: RequestHandle; readonly question: ConsentQuestion }
  /** Kept, and to be asked for again with GET. */
  | { readonly kind: 'kept'; readonly handle: RequestHandle }
  /**
   * The person is told, since nothing may be sent to the client by itself: it is unknown, or its redirect URI is, or
   * nobody vouches for it. In the last case `wayBack` is what it would have been sent.
   */
  | {
      readonly kind: 'show_error'
      readonly error: OAuthError
      readonly client: Client | undefined
      readonly wayBack: AuthorizationResponse | undefined
    }

export interface AuthorizationEndpoint {
  /** Takes up a request, new or kept, for whoever is signed in. */
  proceed(
    parameters: Parameters,
    person: SignedInPerson | undefined,
    context: RequestContext,
  ): Promise<AuthorizationStep>
  /** Keeps a request that came with a form, since a browser's cookies do not travel with a foreign site's form. */
  keep(parameters: Parameters, context: RequestContext): Promise<AuthorizationStep>
  /**
   * @param parameters name the kept request.
   * @param chosenScopes what the person left ticked; `undefined` when they were given no choice.
   */
  decide(
    parameters: Parameters,
    decision: 'approve' | 'deny',
    chosenScopes: readonly string[] | undefined,
    person: SignedInPerson,
    context: RequestContext,
  ): Promise<AuthorizationStep>
}

export function createAuthorizationEndpoint(dependencies: {
  storage: Storage
  clients: Pick<ClientReader, 'find'>
  documents: ClientDocuments
  keptRequests: KeptRequests
  /** Whom an ID token of this server speaks of, expired or not; `undefined` when it is none. */
  subjectOfHint(idToken: string, client: Client): Promise<AccountId | undefined>
  publisher: Publisher
  clock: Clock
  random: Random
  ids: Ids
  issuer: string
  settings: {
    codeTtlSeconds: number
    pkceRequired: boolean
    rememberConsent: boolean
    defaultResource: string | undefined
  }
}): AuthorizationEndpoint {
  const { storage, clients, documents, keptRequests, publisher, clock, random, ids, issuer, settings } =
    dependencies

  /** A request whose client and target are known; anything else is an answer already. */
  interface Located {
    target: ResponseTarget
    parameters: Parameters
    kept: KeptRequest | undefined
    catalogue: ResourceCatalogue
    document: ClientDocument | undefined
  }

  const refused = (error: OAuthError, clientId: string | undefined, context: RequestContext): void => {
    publisher.publish({
      type: 'authorization.refused',
      at: clock.now(),
      actor: { type: 'anonymous' },
      request: context,
      clientId,
      error: error.code,
      reason: error.reason,
      detail: error.detail,
    })
  }

  /** @param client its id alone while nothing else is known of it. */
  const showError = (
    error: OAuthError,
    client: Client | string | undefined,
    context: RequestContext,
    wayBack?: AuthorizationResponse,
  ): AuthorizationStep => {
    const known = typeof client === 'object' ? client : undefined
    refused(error, typeof client === 'string' ? client.slice(0, maxClientIdLength) : known?.id, context)
    return { kind: 'show_error', error, client: known, wayBack }
  }

  /** A client as its document describes it. Nobody is asked for one before a person has signed in. */
  const describedClient = async (
    clientId: string,
    parameters: Parameters,
    person: SignedInPerson | undefined,
    context: RequestContext,
  ): Promise<{ client: Client; document: ClientDocument } | AuthorizationStep> => {
    try {
      const known = await documents.look(clientId, context)
      if (known === 'unavailable') {
        const expired = await storage.read.clientRegistrations.hasExpired(clientId)
        return showError(expired ? expiredClient() : unknownClient(clientId), clientId, context)
      }
      if (known !== 'must_fetch') return known
      if (person !== undefined) return await documents.get(clientId, context)
    } catch (error) {
      if (error instanceof OAuthError) return showError(error, clientId, context)
      throw error
    }
    // Whoever may show no page cannot ask for a person, and where to say so is not known yet.
    if (parameters.get('prompt') === 'none') {
      return showError(new OAuthError('login_required'), clientId, context)
    }
    const id = clientId as ClientId
    const requestUri = parameters.get('request_uri')
    const kept =
      requestUri !== undefined && isOurs(requestUri)
        ? await keptRequests.find(requestUri, id)
        : await keptRequests.keep({ id }, parameters, { kind: 'browser' })
    if (kept === undefined) return showError(unknownRequest(), clientId, context)
    const uiLocales = kept.parameters.get('ui_locales')
    const handle = { clientId: id, requestUri: kept.requestUri, uiLocales }
    return { kind: 'sign_in', handle, loginHint: kept.parameters.get('login_hint')?.slice(0, 255) }
  }

  const locate = async (
    parameters: Parameters,
    person: SignedInPerson | undefined,
    context: RequestContext,
  ): Promise<Located | AuthorizationStep> => {
    const clientId = parameters.get('client_id')
    let client = clientId === undefined ? undefined : await clients.find(clientId as ClientId)
    let document: ClientDocument | undefined
    // A client that an administrator switched off is not looked for elsewhere.
    if (clientId !== undefined && (client === undefined || client.origin === 'metadata_document')) {
      if (client?.status !== 'inactive') {
        const described = await describedClient(clientId, parameters, person, context)
        if ('kind' in described) return described
        client = described.client
        document = described.document
      }
    }
    if (client === undefined || client.status === 'inactive') {
      return showError(unknownClient(clientId), clientId, context)
    }
    // Told before anything else is looked at: what it asks for may be in order by the time that it is approved.
    if (client.status === 'pending') return showError(waitsForApproval(), client, context)
    let kept: KeptRequest | undefined
    const requestUri = parameters.get('request_uri')
    if (requestUri !== undefined && isOurs(requestUri)) {
      kept = await keptRequests.find(requestUri, client.id)
      if (kept === undefined) return showError(unknownRequest(), client, context)
    }
    // RFC 9126 §4: the pushed parameters count, and nothing beside them.
    const effective = kept?.parameters ?? parameters
    try {
      const target = locateResponse(effective, client, { pushed: kept?.row.origin === 'pushed' })
      const resources = await storage.read.resources.list()
      const catalogue = { resources, defaultResource: settings.defaultResource }
      return { target, parameters: effective, kept, catalogue, document }
    } catch (error) {
      if (error instanceof OAuthError) return showError(error, client, context)
      throw error
    }
  }

  /**
   * Tells the client of an error. A client nobody vouches for could make this server a stepping stone to any site
   * (RFC 9700 §4.11.2): before a person has acted it is sent nothing by itself, unless it asked for silence or an
   * operator trusts the site that describes it.
   */
  const refuse = (
    target: ResponseTarget,
    error: OAuthError,
    context: RequestContext,
    silent: boolean,
  ): AuthorizationStep => {
    const response = errorResponse(target, error, issuer)
    const known = vouchedFor(target.client) || documents.trusts(target.client)
    if (!known && !silent && redirectKind(target.redirectUri) === 'web') {
      return showError(error, target.client, context, response)
    }
    refused(error, target.client.id, context)
    return { kind: 'respond', response }
  }

  const parse = ({ parameters, target, kept, catalogue }: Located): AuthorizationRequest =>
    parseAuthorizationRequest(parameters, target, {
      pushed: kept?.row.origin === 'pushed',
      pkceRequired: settings.pkceRequired,
      catalogue,
    })

  const nextStep = async (
    request: AuthorizationRequest,
    { kept, document }: Located,
    person: SignedInPerson | undefined,
  ): Promise<{ step: NextStep; known: readonly string[] }> => {
    const { client } = request.target
    let expectedAccountId: AccountId | undefined
    if (request.idTokenHint !== undefined) {
      expectedAccountId = await dependencies.subjectOfHint(request.idTokenHint, client)
      if (expectedAccountId === undefined) {
        throw new OAuthError('invalid_request', {
          description: 'the id_token_hint is no ID token of this server for this client',
        })
      }
    }
    const subjects = requestedSubjects(request.claims)
    if (subjects !== undefined && !subjects.some((subject) => subject === expectedAccountId)) {
      // OpenID Connect Core §5.5.1. None of them may exist, and then nobody is the right one.
      const expected = subjects.find((subject) => subject === person?.account.id) ?? subjects[0] ?? ''
      expectedAccountId = expected as AccountId
    }
    const remembered =
      person === undefined ? undefined : await storage.read.consents.find(person.account.id, client.id)
    // What was allowed before its document led elsewhere was allowed another client.
    const isOld =
      remembered !== undefined &&
      document?.askAgainSince !== undefined &&
      remembered.updatedAt < document.askAgainSince
    const consent = isOld ? undefined : remembered
    const step = decideNextStep(
      {
        request: { ...request, scopes: request.askedScopes },
        keptAt: kept?.row.createdAt,
        person: person && {
          accountId: person.account.id,
          ...authenticationOf(person.session),
          ownFactors:
            request.contexts.wanted.length === 0
              ? noFactors
              : await storage.read.factors.enrolledOf(person.account.id),
        },
        expectedAccountId,
        allowed: consent?.permissions ?? [],
        rememberConsent: settings.rememberConsent,
      },
      clock.now(),
    )
    return {
      step,
      known: allowedBefore(consent?.permissions ?? [], request.askedScopes, request.resources),
    }
  }

  const handleOf = async (located: Located): Promise<RequestHandle> => {
    const { client } = located.target
    const uiLocales = located.parameters.get('ui_locales')
    if (located.kept !== undefined) {
      await keptRequests.extend(located.kept)
      return { clientId: client.id, requestUri: located.kept.requestUri, uiLocales }
    }
    const { requestUri } = await keptRequests.keep(client, located.parameters, { kind: 'browser' })
    return { clientId: client.id, requestUri, uiLocales }
  }

  const issueCode = async (
    located: Located,
    request: AuthorizationRequest,
    { allowed, asked }: { allowed: readonly string[]; asked: boolean },
    { account, session }: SignedInPerson,
    context: RequestContext,
  ): Promise<AuthorizationStep> => {
    const { target, kept } = located
    const { resources } = request
    const { client } = target
    const scopes = request.scopes.filter((scope) => allowed.includes(scope))
    const now = clock.now()
    const code = issueSelectorSecret(authorizationCodePrefix, ids.next<AuthorizationCodeId>(), random)
    const consentId = ids.next<ConsentId>()
    const outcome = await storage.transaction(async (tx) => {
      // All are held, so that a code cannot slip in behind an act that ends everything of theirs.
      if (!(await tx.clients.holdActive(client.id))) return 'client_inactive'
      if (!(await tx.accounts.holdActive(account.id))) return 'signed_out'
      if (!(await tx.sessions.holdUnended(session.id))) return 'signed_out'
      const before = settings.rememberConsent ? await tx.consents.hold(account.id, client.id) : undefined
      // What nobody was asked about now must still be allowed: it may have been taken back since it was looked up.
      if (!asked && !covers(before?.permissions ?? [], request.askedScopes, resources)) return 'taken_back'
      if (kept !== undefined && (await tx.authorizationRequests.consume(kept.row.id, now)) === 'lost') {
        return 'answered'
      }
      await tx.authorizationCodes.insert({
        id: code.id,
        digest: code.digest,
        clientId: client.id,
        accountId: account.id,
        authentication: authenticationOf(session),
        redirectUri: target.redirectUriGiven ? target.redirectUri : undefined,
        scopes,
        resources,
        codeChallenge: request.codeChallenge,
        nonce: request.nonce,
        claimsRequest: limitClaims(request.claimsRequest, allowed),
        dpopJkt: request.dpopJkt ?? kept?.row.dpopJkt,
        issuedAt: now,
        expiresAt: addSeconds(now, codeLifeSeconds(client, settings.codeTtlSeconds)),
        requestIp: context.ip,
        requestUserAgent: context.userAgent,
        redeemedAt: undefined,
        grantId: undefined,
      })
      if (asked && settings.rememberConsent) {
        await tx.consents.remember({
          id: consentId,
          accountId: account.id,
          clientId: client.id,
          permissions: allowAlso(before?.permissions ?? [], allowed, resources),
          grantedAt: now,
          updatedAt: now,
        })
      }
      return 'issued'
    })
    if (outcome === 'signed_out') {
      if (request.prompt.has('none')) return refuse(target, new OAuthError('login_required'), context, true)
      return { kind: 'sign_in', handle: await handleOf(located), loginHint: request.loginHint }
    }
    if (outcome === 'taken_back') {
      if (request.prompt.has('none')) return refuse(target, new OAuthError('consent_required'), context, true)
      return { kind: 'kept', handle: await handleOf(located) }
    }
    if (outcome === 'client_inactive') return showError(unknownClient(client.id), undefined, context)
    if (outcome === 'answered') return showError(unknownRequest(), client, context)
    publisher.publish({
      type: 'authorization.approved',
      at: now,
      actor: { type: 'account', id: account.id, name: account.username },
      request: context,
      clientId: client.id,
      clientName: client.name,
      accountId: account.id,
      scopes,
      asked,
    })
    return { kind: 'respond', response: codeResponse(target, code.plaintext, issuer) }
  }

  const isStep = (value: Located | AuthorizationStep): value is AuthorizationStep => 'kind' in value

  return {
    async proceed(parameters, person, context) {
      const located = await locate(parameters, person, context)
      if (isStep(located)) return located
      const { target, document } = located
      let silent = located.parameters.get('prompt') === 'none'
      try {
        const request = parse(located)
        silent = request.prompt.has('none')
        const { step, known } = await nextStep(request, located, person)
        switch (step.kind) {
          case 'refuse':
            return refuse(target, new OAuthError(step.error), context, silent)
          case 'sign_in':
            return { kind: 'sign_in', handle: await handleOf(located), loginHint: request.loginHint }
          case 'step_up':
            return { kind: 'step_up', handle: await handleOf(located), context: step.context }
          case 'ask':
            return {
              kind: 'ask',
              handle: await handleOf(located),
              question: {
                client: target.client,
                document,
                redirectUri: target.redirectUri,
                scopes: request.askedScopes,
                resources: request.resources,
                known: located.catalogue.resources.filter(({ identifier }) =>
                  request.resources.includes(identifier),
                ),
                allowedBefore: known,
              },
            }
          case 'issue':
            // Nobody is asked unless somebody is there.
            return await issueCode(
              located,
              request,
              { allowed: request.askedScopes, asked: false },
              person!,
              context,
            )
        }
      } catch (error) {
        if (error instanceof OAuthError) return refuse(target, error, context, silent)
        throw error
      }
    },

    async keep(parameters, context) {
      const located = await locate(parameters, undefined, context)
      // Whether somebody is signed in shows when the browser comes with its cookies.
      if (isStep(located) && located.kind === 'sign_in') return { kind: 'kept', handle: located.handle }
      if (isStep(located)) return located
      const silent = located.parameters.get('prompt') === 'none'
      try {
        parse(located)
      } catch (error) {
        if (error instanceof OAuthError) return refuse(located.target, error, context, silent)
        throw error
      }
      return { kind: 'kept', handle: await handleOf(located) }
    },

    async decide(parameters, decision, chosenScopes, person, context) {
      parameters.require('request_uri')
      const located = await locate(parameters, person, context)
      if (isStep(located)) return located
      const { target, kept } = located
      try {
        const request = parse(located)
        // Whoever had to sign in again cannot get around it by sending the form.
        const { step } = await nextStep(request, located, person)
        if (step.kind === 'refuse') return refuse(target, new OAuthError(step.error), context, true)
        if (step.kind === 'sign_in') {
          return { kind: 'sign_in', handle: await handleOf(located), loginHint: request.loginHint }
        }
        if (step.kind === 'step_up') {
          return { kind: 'step_up', handle: await handleOf(located), context: step.context }
        }
        const allowed = chosen(request.askedScopes, chosenScopes)
        // Not every resource has scopes; who ticks none of those there are has denied it.
        const leavesSome =
          request.scopes.length === 0 || request.scopes.some((scope) => allowed.includes(scope))
        if (decision === 'approve' && leavesSome) {
          return await issueCode(located, request, { allowed, asked: true }, person, context)
        }
        return await deny(target, kept, person, context)
      } catch (error) {
        if (error instanceof OAuthError) return refuse(target, error, context, true)
        throw error
      }
    },
  }

  async function deny(
    target: ResponseTarget,
    kept: KeptRequest | undefined,
    { account }: SignedInPerson,
    context: RequestContext,
  ): Promise<AuthorizationStep> {
    const now = clock.now()
    if (kept !== undefined) {
      const consumed = await storage.transaction((tx) => tx.authorizationRequests.consume(kept.row.id, now))
      // Allowed a moment ago, in another tab: its client has been told.
      if (consumed === 'lost') return showError(unknownRequest(), target.client, context)
    }
    const actor: Actor = { type: 'account', id: account.id, name: account.username }
    publisher.publish({
      type: 'authorization.denied',
      at: now,
      actor,
      request: context,
      clientId: target.client.id,
      clientName: target.client.name,
      accountId: account.id,
    })
    const error = new OAuthError('access_denied', { description: 'the person denied the request' })
    return { kind: 'respond', response: errorResponse(target, error, issuer) }
  }
}

/** `openid` is what a sign-in is: without it an OpenID Connect client would be told nothing at all. */
function chosen(requested: readonly string[], ticked: readonly string[] | undefined): readonly string[] {
  if (ticked === undefined) return requested
  return requested.filter((scope) => scope === 'openid' || ticked.includes(scope))
}

function unknownClient(clientId = ''): OAuthError {
  const description = clientId === '' ? 'the client_id is missing' : 'the client is not known here'
  return new OAuthError('invalid_request', { description, reason: 'unknown_client' })
}

function expiredClient(): OAuthError {
  return new OAuthError('invalid_request', {
    description: 'the registration of the client has expired; it has to register again',
    reason: 'client_expired',
  })
}

function waitsForApproval(): OAuthError {
  return new OAuthError('unauthorized_client', {
    description: 'the client waits for an administrator to approve it',
    reason: 'client_pending',
  })
}

function unknownRequest(): OAuthError {
  return new OAuthError('invalid_request_uri', {
    description: 'the request is not known, was answered before, or is too old',
    reason: 'request_uri',
  })
}
