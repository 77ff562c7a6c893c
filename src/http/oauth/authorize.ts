/**
 * `GET /oauth/authorize`, `POST /oauth/authorize` (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2.1). A form with
 * `action` is a person's decision; any other is a client's request, which is kept and asked for again with GET, since
 * the session cookie does not come along with another site's form.
 */
import { actorOf } from '../../accounts/sessions.ts'
import type {
  AuthorizationEndpoint,
  AuthorizationStep,
  RequestHandle,
} from '../../oauth/authorization/authorize.ts'
import { redirectKind } from '../../oauth/authorization/redirect-uri.ts'
import { type AuthorizationResponse, responseLocation } from '../../oauth/authorization/response.ts'
import { type Client, vouchedFor } from '../../oauth/client.ts'
import type { ClientDocuments } from '../../oauth/client-documents/documents.ts'
import type { ClientLogos } from '../../oauth/client-logos.ts'
import type { OAuthError } from '../../oauth/errors.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { scopeWords } from '../../oauth/resources/resource.ts'
import type { Clock } from '../../shared/clock.ts'
import {
  AuthorizationErrorPage,
  type AuthorizationErrorPageProps,
  FormPostPage,
  ReturnToAppPage,
  type WayBack,
} from '../../views/pages/authorization.tsx'
import { ConsentPage, type Destination, scopeField } from '../../views/pages/consent.tsx'
import { logoPath } from '../account/client-logo.ts'
import type { Csrf } from '../csrf.ts'
import { type Endpoint, type HttpAnswer, type HttpRequest, PageError, redirect } from '../endpoint.ts'
import { readForm, readQuery } from '../form.ts'
import { leavesThisServer, type PageKit, page, retryAfter } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'
import { authorizePath, confirmPath } from '../paths.ts'
import { localesIn } from '../reader.ts'

/** Of a longer list of languages the rest is not looked at. */
const maxLocalesLength = 100

/** When a limit on what this server asks of others has room again. */
const busySeconds = 60

export function createAuthorizeEndpoints(dependencies: {
  kit: PageKit
  csrf: Csrf
  limits: PageLimits
  authorization: AuthorizationEndpoint
  documents: Pick<ClientDocuments, 'trusts'>
  logos: ClientLogos
  clock: Clock
}): Endpoint[] {
  const { kit, csrf, limits, authorization, documents, logos, clock } = dependencies

  const logoOf = (client: Client): string | null => {
    if (!logos.shows(client)) return null
    // The browser asks for it in a moment; it never fails.
    void logos.find(client)
    return kit.site.basePath + logoPath(client.id)
  }

  const pathOf = ({ clientId, requestUri, uiLocales }: RequestHandle): string => {
    const query = new URLSearchParams({ client_id: clientId, request_uri: requestUri })
    // It goes along in addresses, so that every page on the way speaks it.
    if (uiLocales !== undefined) query.set('ui_locales', uiLocales.slice(0, maxLocalesLength))
    return `${authorizePath}?${query}`
  }

  const pageProps = (request: HttpRequest) =>
    kit.props(request, localesIn(new URLSearchParams(request.query).get('ui_locales') ?? undefined))

  const answer = async (request: HttpRequest, step: AuthorizationStep): Promise<HttpAnswer> => {
    switch (step.kind) {
      case 'respond':
        return respond(request, step.response)
      case 'kept':
        return kit.goTo(pathOf(step.handle))
      case 'sign_in':
        return kit.goTo(
          `/login?${new URLSearchParams({
            redirect: pathOf(step.handle),
            // A live session does not spare a person whom the client wants to sign in again.
            again: '1',
            ...(step.loginHint === undefined ? {} : { login_hint: step.loginHint }),
          })}`,
        )
      case 'step_up':
        return kit.goTo(
          `${confirmPath}?${new URLSearchParams({ redirect: pathOf(step.handle), acr: step.context })}`,
        )
      case 'ask': {
        const visit = await kit.visit(request, localesIn(step.handle.uiLocales))
        if (visit === undefined)
          return kit.goTo(`/login?${new URLSearchParams({ redirect: pathOf(step.handle) })}`)
        const { client, redirectUri, scopes, allowedBefore, resources, known, document } = step.question
        return page(
          200,
          ConsentPage,
          {
            ...visit.props,
            // The request itself may be long; this address stands for it.
            reader: { ...visit.props.reader, path: pathOf(step.handle) },
            clientName: client.name,
            clientId: client.id,
            requestUri: step.handle.requestUri,
            returnTo: pathOf(step.handle),
            vouchedFor: vouchedFor(client),
            describedAt:
              document === undefined
                ? null
                : {
                    host: hostOf(client.id),
                    trusted: documents.trusts(client),
                    firstSeenAt: document.firstSeenAt,
                    now: clock.now(),
                  },
            logo: logoOf(client),
            destination: destinationOf(redirectUri),
            scopes,
            allowedBefore,
            scopeWords: scopeWords(...known),
            resources: resources.map((identifier) => ({
              identifier,
              name: known.find((resource) => resource.identifier === identifier)?.name ?? null,
            })),
          },
          leavesThisServer,
        )
      }
      case 'show_error':
        return step.error.reason === 'document_busy'
          ? page(503, AuthorizationErrorPage, errorProps(step, request), retryAfter(busySeconds))
          : page(
              step.error.reason === 'client_pending' ? 403 : 400,
              AuthorizationErrorPage,
              errorProps(step, request),
              step.wayBack?.mode === 'form_post' ? leavesThisServer : {},
            )
    }
  }

  const respond = (request: HttpRequest, response: AuthorizationResponse): HttpAnswer => {
    const { clientName } = response
    if (response.mode === 'form_post') {
      const props = {
        ...pageProps(request),
        clientName,
        action: response.redirectUri,
        fields: response.fields,
      }
      return page(200, FormPostPage, props, leavesThisServer)
    }
    const location = responseLocation(response)
    if (redirectKind(response.redirectUri) !== 'private_use') return redirect(location)
    // Reaches apps whose scheme a browser does not follow by itself after a form.
    const headers = { ...leavesThisServer, refresh: `0; url=${location}` }
    return page(200, ReturnToAppPage, { ...pageProps(request), clientName, href: location }, headers)
  }

  const errorProps = (
    { error, client, wayBack }: Extract<AuthorizationStep, { kind: 'show_error' }>,
    request: HttpRequest,
  ): AuthorizationErrorPageProps => ({
    ...pageProps(request),
    problem: problemOf(error),
    clientName: client?.name ?? null,
    error: error.code,
    description: error.description ?? null,
    requestId: request.context.requestId,
    wayBack: wayBack === undefined ? null : wayBackOf(wayBack),
  })

  const throttle = async (request: HttpRequest): Promise<void> => {
    const throttled = await limits.authorize(request.context)
    if (throttled !== undefined) {
      throw new PageError(429, { retryAfterSeconds: throttled.retryAfterSeconds })
    }
  }

  return [
    {
      method: 'GET',
      withoutHead: true,
      path: authorizePath,
      kind: 'page',
      async handle(request) {
        await throttle(request)
        const parameters = readQuery(request)
        const lookup = await kit.recognize(request)
        const person = lookup.kind === 'live' ? lookup : undefined
        return answer(request, await authorization.proceed(parameters, person, request.context))
      },
    },
    {
      method: 'POST',
      path: authorizePath,
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        const action = form.get('action')
        if (action === undefined) {
          await throttle(request)
          return answer(request, await authorization.keep(form, request.context))
        }
        const decision = action === 'approve' || action === 'deny' ? action : undefined
        const clientId = form.get('client_id')
        const requestUri = form.get('request_uri')
        if (decision === undefined || clientId === undefined || requestUri === undefined) {
          throw new PageError(400)
        }
        const lookup = await kit.recognize(request)
        if (lookup.kind !== 'live') {
          // The decision is asked for again after signing in: it may be somebody else who does.
          const handle = new URLSearchParams({ client_id: clientId, request_uri: requestUri })
          return kit.goTo(`/login?${new URLSearchParams({ redirect: `${authorizePath}?${handle}` })}`)
        }
        csrf.check(request, form, csrf.sessionBinding(lookup.session.id), actorOf(lookup.account))
        const step = await authorization.decide(form, decision, chosenScopes(form), lookup, request.context)
        return answer(request, step)
      },
    },
  ]
}

/** `undefined` for a form without boxes, as existing pages send it. */
function chosenScopes(form: Parameters): string[] | undefined {
  if (form.get('choose') === undefined) return undefined
  return form
    .names()
    .flatMap((name) => (name.startsWith(scopeField('')) ? [name.slice(scopeField('').length)] : []))
}

function destinationOf(redirectUri: string): Destination {
  switch (redirectKind(redirectUri)) {
    case 'loopback':
      return { kind: 'loopback' }
    case 'private_use':
      return { kind: 'private_use', scheme: redirectUri.slice(0, redirectUri.indexOf(':')) }
    case 'web':
      return { kind: 'web', host: hostOf(redirectUri) }
  }
}

/** In the response mode the client asked for, though a person sends it on its way. */
function wayBackOf(response: AuthorizationResponse): WayBack {
  const { redirectUri, mode, fields } = response
  const host = hostOf(redirectUri)
  return mode === 'form_post'
    ? { kind: 'form', action: redirectUri, fields, host }
    : { kind: 'link', href: responseLocation(response), host }
}

function hostOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).host || uri.slice(0, uri.indexOf(':')) : uri
}

function problemOf(error: OAuthError): AuthorizationErrorPageProps['problem'] {
  switch (error.reason) {
    case 'unknown_client':
    case 'request_uri':
    case 'redirect_uri_missing':
    case 'redirect_uri_unregistered':
    case 'client_expired':
    case 'client_pending':
    case 'document_address':
    case 'document_busy':
    case 'document_policy':
    case 'document_unusable':
      return error.reason
    default:
      return 'other'
  }
}
