/** `GET /login`, `POST /login`: the sign-in form. */

import type { Factors } from '../../accounts/factors/factors.ts'
import type { LogIn, LogInOutcome } from '../../accounts/log-in.ts'
import type { SignIns } from '../../accounts/sign-in.ts'
import type { Config } from '../../config/load.ts'
import type { IdentityProvider } from '../../identity-providers/provider.ts'
import type { ClientLogos } from '../../oauth/client-logos.ts'
import type { ClientReader } from '../../oauth/client-store.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { ClientId } from '../../shared/ids.ts'
import { Secret } from '../../shared/secret.ts'
import {
  type LoginDestination,
  type LoginError,
  LoginPage,
  type LoginPageProps,
  sessionEndNotices,
} from '../../views/pages/login.tsx'
import type { Csrf, VisitorBinding } from '../csrf.ts'
import type { Endpoint, HttpAnswer, HttpHeaders, HttpRequest } from '../endpoint.ts'
import { readForm } from '../form.ts'
import type { KnownBrowsers } from '../known-browsers.ts'
import { localRedirect } from '../local-redirect.ts'
import { leavesThisServer, type PageKit, page, retryAfter } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'
import { authorizePath } from '../paths.ts'
import { localesIn } from '../reader.ts'
import { logoPath } from './client-logo.ts'
import { loginProviders } from './login-providers.ts'
import type { SignInVisits } from './sign-in-visit.ts'

/** Longest user name that is filled in for the person. */
const maxHintLength = 255

/** A queue of passwords this long is worked off in a few seconds. */
const busyRetrySeconds = 5

export function createLoginEndpoints(dependencies: {
  kit: PageKit
  csrf: Csrf
  limits: PageLimits
  logIn: LogIn
  signIns: Pick<SignIns, 'announceFailure' | 'beginSignedIn'>
  factors: Pick<Factors, 'requestPasskey' | 'tryPasskey'>
  visits: SignInVisits
  knownBrowsers: KnownBrowsers
  /** Whether a link to choose a new password can be mailed. */
  recovery: boolean
  server: Pick<Config['server'], 'issuer' | 'basePath'>
  settings: Pick<Config['sessions'], 'rememberMeEnabled' | 'rememberMeMaxAge'>
  /** The app behind a `client_id`, for people on their way to one. */
  clients: Pick<ClientReader, 'find'>
  logos: Pick<ClientLogos, 'shows'>
  /** Other ways to sign in, in their order. */
  providers: readonly Pick<IdentityProvider, 'name' | 'displayName'>[]
}): Endpoint[] {
  const { kit, csrf, limits, logIn, signIns, factors, visits, knownBrowsers } = dependencies
  const { recovery, server, settings, clients, logos, providers } = dependencies
  const { acceptedRedirect, goOn } = visits
  const rememberMeDays = settings.rememberMeEnabled
    ? Math.max(1, Math.round(settings.rememberMeMaxAge / 86_400))
    : null

  const showForm = async (
    request: HttpRequest,
    status: number,
    visitor: VisitorBinding,
    changes: Partial<LoginPageProps>,
    headers: HttpHeaders = {},
  ): Promise<HttpAnswer> => {
    const destination = await destinationOf(changes.redirect ?? null)
    const passkey = await factors.requestPasskey(undefined)
    const answerHeaders = destination?.kind === 'app' ? { ...headers, ...leavesThisServer } : headers
    return page(
      status,
      LoginPage,
      {
        ...kit.props(request, localesOf(changes.redirect ?? null)),
        csrfToken: csrf.token(visitor.binding),
        redirect: null,
        username: '',
        destination,
        rememberMeDays,
        rememberMe: false,
        providers: loginProviders(providers, kit.site, {
          redirect: changes.redirect ?? null,
          fresh: changes.notice === 'again',
        }),
        passkey:
          passkey === undefined ? null : { sealed: passkey.sealed, options: JSON.stringify(passkey.options) },
        recovery,
        error: null,
        notice: null,
        ...changes,
      },
      visitor.setCookie === undefined
        ? answerHeaders
        : { ...answerHeaders, 'set-cookie': [visitor.setCookie] },
    )
  }

  /** Languages that an app asked for, when its request is what the person is on the way to. */
  const localesOf = (target: string | null): readonly string[] => {
    const location = target === null ? undefined : localRedirect(target, server)
    if (location === undefined) return []
    const { pathname, searchParams } = new URL(location, server.issuer)
    if (pathname !== `${server.basePath}${authorizePath}`) return []
    return localesIn(searchParams.get('ui_locales') ?? undefined)
  }

  /** What the person is on the way to, as far as this server can tell. */
  const destinationOf = async (target: string | null): Promise<LoginDestination | null> => {
    const location = target === null ? undefined : localRedirect(target, server)
    if (location === undefined) return null
    const { pathname, searchParams } = new URL(location, server.issuer)
    if (pathname === `${server.basePath}/device`) return { kind: 'device' }
    const clientId = searchParams.get('client_id')
    if (pathname !== `${server.basePath}${authorizePath}` || clientId === null) return null
    const client = await clients.find(clientId as ClientId)
    if (client === undefined) return null
    const { policyUri, tosUri } = client.metadata
    return {
      kind: 'app',
      name: client.name,
      links: { policyUri: policyUri ?? null, tosUri: tosUri ?? null },
      logo: logos.shows(client) ? server.basePath + logoPath(client.id) : null,
    }
  }

  return [
    {
      method: 'GET',
      path: '/login',
      kind: 'page',
      async handle(request) {
        const query = new URLSearchParams(request.query)
        const asked = query.get('redirect') ?? undefined
        const lookup = await kit.recognize(request)
        const again = lookup.kind === 'live' && query.get('again') === '1'
        if (lookup.kind === 'live' && !again) return goOn(asked)
        return showForm(request, 200, csrf.visitorBinding(request), {
          redirect: acceptedRedirect(asked),
          username: (query.get('login_hint') ?? '').slice(0, maxHintLength),
          error: announcedError(query.get('error')),
          notice: again ? 'again' : announcedNotice(query.get('notice')),
        })
      },
    },
    {
      method: 'POST',
      path: '/login',
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        // The form is bound to the visitor's cookie even when a session began in another tab meanwhile.
        const visitor = csrf.visitorBinding(request)
        csrf.check(request, form, visitor.binding, { type: 'anonymous' })
        const typed = form.get('username') ?? ''
        const password = form.get('password') ?? ''
        const again = {
          redirect: acceptedRedirect(form.get('redirect')),
          username: typed,
          rememberMe: isTicked(form),
        }
        const missing = missingFields(typed, password)
        if (missing.length > 0) {
          return showForm(request, 400, visitor, { ...again, error: { kind: 'missing', fields: missing } })
        }
        const throttled = await limits.logIn(request.context)
        if (throttled !== undefined) {
          return showForm(
            request,
            429,
            visitor,
            { ...again, error: throttled },
            retryAfter(throttled.retryAfterSeconds),
          )
        }
        const lookup = await kit.recognize(request)
        const outcome = await logIn.attempt({
          username: typed,
          password: new Secret(password),
          rememberMe: again.rememberMe,
          replaces: lookup.kind === 'live' ? lookup.session : undefined,
          knownBrowser: knownBrowsers.recognize(request, typed),
          context: request.context,
          receivedAt: request.receivedAt,
        })
        if (outcome.kind === 'signed_in') return visits.goOnSignedIn(request, outcome, form.get('redirect'))
        if (outcome.kind === 'pending') {
          return visits.goToStep(outcome.step, form.get('redirect'), outcome.cookieValue)
        }
        const { status, error, headers } = refusalOf(outcome)
        return showForm(request, status, visitor, { ...again, error }, headers)
      },
    },
    {
      method: 'POST',
      path: '/login/passkey',
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        const visitor = csrf.visitorBinding(request)
        csrf.check(request, form, visitor.binding, { type: 'anonymous' })
        const asked = form.get('redirect')
        const again = { redirect: acceptedRedirect(asked) }
        const { context, receivedAt } = request
        const throttled = await limits.logIn(context)
        if (throttled !== undefined) {
          const headers = retryAfter(throttled.retryAfterSeconds)
          return showForm(request, 429, visitor, { ...again, error: throttled }, headers)
        }
        const attempt = { method: 'local', authSource: 'local', context, receivedAt } as const
        const verdict = await factors.tryPasskey(
          undefined,
          form.get('sealed') ?? '',
          form.get('response') ?? '',
          context,
        )
        // Who comes from elsewhere is to be asked about there: a passkey here must not outlive an account there.
        if (verdict.kind !== 'right' || verdict.account.authSource !== 'local') {
          const account = verdict.kind === 'right' ? verdict.account : undefined
          signIns.announceFailure(attempt, { reason: 'bad_credentials', account })
          return showForm(request, 401, visitor, { ...again, error: { kind: 'passkey' } })
        }
        const lookup = await kit.recognize(request)
        const end = await signIns.beginSignedIn({
          ...attempt,
          account: verdict.account,
          rememberMe: false,
          replaces: lookup.kind === 'live' ? lookup.session : undefined,
          methods: [verdict.proof],
        })
        switch (end.kind) {
          case 'signed_in':
            return visits.goOnSignedIn(request, end, asked)
          case 'pending':
            return visits.goToStep(end.step, asked, end.cookieValue)
          case 'account_inactive':
            return showForm(request, 401, visitor, { ...again, error: { kind: 'disabled' } })
          case 'password_replaced':
            // Within the last milliseconds: the person may simply do it again.
            signIns.announceFailure(attempt, { reason: 'unavailable', account: verdict.account })
            return showForm(request, 503, visitor, { ...again, error: { kind: 'unavailable' } })
        }
      },
    },
  ]
}

/** Status, words and headers for a sign-in that did not happen. */
function refusalOf(outcome: Exclude<LogInOutcome, { kind: 'signed_in' | 'pending' }>): {
  status: number
  error: LoginError
  headers: HttpHeaders
} {
  switch (outcome.kind) {
    case 'bad_credentials':
      return { status: 401, error: { kind: 'invalid_credentials' }, headers: {} }
    case 'disabled':
      return { status: 401, error: { kind: 'disabled' }, headers: {} }
    case 'not_set_up':
      return { status: 403, error: { kind: 'not_set_up' }, headers: {} }
    case 'unavailable':
      return { status: 503, error: { kind: 'unavailable' }, headers: retryAfter(busyRetrySeconds) }
    case 'delayed': {
      const { retryAfterSeconds } = outcome
      return {
        status: 429,
        error: { kind: 'throttled', retryAfterSeconds },
        headers: retryAfter(retryAfterSeconds),
      }
    }
  }
}

function missingFields(username: string, password: string): ('username' | 'password')[] {
  const fields: ('username' | 'password')[] = []
  if (username.trim() === '') fields.push('username')
  if (password === '') fields.push('password')
  return fields
}

function isTicked(form: Parameters): boolean {
  return form.get('remember_me') === '1'
}

/** The only words an address can put on this page. */
function announcedError(code: string | null): LoginError | null {
  if (code === 'sign_in_over') return { kind: 'expired' }
  const kind = sessionEndNotices.find((notice) => notice === code)
  return kind === undefined ? null : { kind }
}

function announcedNotice(code: string | null): LoginPageProps['notice'] {
  return code === 'signed_out' || code === 'password_changed' ? code : null
}
