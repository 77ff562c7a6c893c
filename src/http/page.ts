/**
 * What page endpoints have in common: who is there, sending people to sign in and back, and forms that prove they
 * are ours.
 */
import { type ComponentType, h } from 'preact'
import type { Account } from '../accounts/account.ts'
import type { Session } from '../accounts/session.ts'
import { actorOf, type SessionLookup, type Sessions } from '../accounts/sessions.ts'
import type { Config } from '../config/load.ts'
import type { SessionEndReason } from '../events/catalogue.ts'
import type { Parameters } from '../oauth/parameters.ts'
import type { AccountId } from '../shared/ids.ts'
import type { LanguageTag } from '../shared/language-tags.ts'
import type { SessionEndNotice } from '../views/pages/login.tsx'
import type { PageProps, SignedInPageProps, Site } from '../views/props.ts'
import { renderPage } from '../views/render.ts'
import type { ServerCookie } from './cookies.ts'
import type { Csrf } from './csrf.ts'
import { pagePolicy } from './edge.ts'
import {
  type Endpoint,
  type HttpAnswer,
  type HttpHeaders,
  type HttpRequest,
  html,
  PageError,
  redirect,
} from './endpoint.ts'
import { readForm } from './form.ts'
import { type KeptForms, resumePath } from './kept-form.ts'
import { type ReaderSettings, readerOf } from './reader.ts'
import type { HeldForm, StepUp } from './step-up.ts'

/** A request by a signed-in person. */
export interface Visit {
  readonly request: HttpRequest
  readonly session: Session
  readonly account: Account
  /** What every page of theirs is told. */
  readonly props: SignedInPageProps
}

/** A form of signed-in people. */
interface PostPage {
  path: string
  /** Fields that may hold several lines: those of a `TextArea`. */
  lines?: readonly string[]
  /** `false` for a form that is better filled in anew, on the page at `returnTo`. */
  keepsForm?: boolean
  returnTo(form: Parameters, request: HttpRequest): string | undefined
  handle(visit: Visit, form: Parameters): Promise<HttpAnswer> | HttpAnswer
}

export interface PageKit {
  readonly site: Site
  /**
   * What the pages of whoever asks are told, signed in or not.
   * @param uiLocales languages that the app asks for whose journey this is.
   */
  props(request: HttpRequest, uiLocales?: readonly string[]): PageProps
  /** Who the request's session cookie belongs to. */
  recognize(request: HttpRequest): Promise<SessionLookup>
  /** A page for signed-in people. Others are sent to sign in and, unless `returnTo` says otherwise, back. */
  signedInGet(page: {
    path: string
    returnTo?(request: HttpRequest): string | undefined
    handle(visit: Visit): Promise<HttpAnswer> | HttpAnswer
  }): Endpoint
  /**
   * A form of signed-in people, with a valid CSRF token. Others are sent to sign in and then to what they had typed,
   * which is kept for them ({@link KeptForms}); or, when there is nothing to keep, to `returnTo`, a path that answers
   * GET; `undefined` is the default page.
   */
  signedInPost(page: PostPage): Endpoint
  /**
   * The same for people who proved lately who they are (`STEP_UP_MAX_AGE`); others are asked to do it once more, and come
   * back. A form that waited for that is then handled as if it had been sent again.
   */
  provenGet: PageKit['signedInGet']
  provenPost: PageKit['signedInPost']
  /** For administrators alone; other signed-in people are told that they may not. Their forms want a fresh proof. */
  adminGet: PageKit['signedInGet']
  adminPost: PageKit['signedInPost']
  /** Handles a form that waited for its person's proof. @returns `undefined` when there is no such form. */
  handleHeld(visit: Visit, held: HeldForm): Promise<HttpAnswer> | HttpAnswer | undefined
  /**
   * The signed-in person of a request; `undefined` when there is none.
   * @param uiLocales languages that the app asks for whose journey this is.
   */
  visit(request: HttpRequest, uiLocales?: readonly string[]): Promise<Visit | undefined>
  /** Sends the browser to a path of this server. */
  goTo(path: string, headers?: HttpHeaders): HttpAnswer
  /** The same, and makes the browser forget its session. */
  goToSignedOut(path: string): HttpAnswer
  /** Headers that make the browser forget its session. */
  readonly signedOut: HttpHeaders
}

export function createPageKit(dependencies: {
  sessions: Sessions
  sessionCookie: ServerCookie
  csrf: Csrf
  keptForms: KeptForms
  server: Pick<Config['server'], 'issuer' | 'basePath'>
  /** Spoken to whoever asks for no language that is spoken here. */
  defaultLanguage: LanguageTag
  site: Site
  stepUp: StepUp
  /** How many clients wait for approval; asked for administrators alone. */
  pendingApprovals?: () => Promise<number>
}): PageKit {
  const { sessions, sessionCookie, csrf, keptForms, server, defaultLanguage, site, stepUp } = dependencies
  const readerSettings: ReaderSettings = { ...server, defaultLanguage }
  /** The forms that want a fresh proof, by the path of their route. */
  const provenForms = new Map<string, Pick<PostPage, 'lines' | 'handle'>>()

  const recognize = (request: HttpRequest): Promise<SessionLookup> =>
    sessions.resolve(sessionCookie.read(request), request.context)

  const goTo = (path: string, headers: HttpHeaders = {}): HttpAnswer =>
    redirect(server.basePath + path, headers)

  const signedOut: HttpHeaders = { 'set-cookie': [sessionCookie.clear()] }

  const goToSignedOut = (path: string): HttpAnswer => goTo(path, signedOut)

  const sendToSignIn = (
    lookup: SessionLookup,
    returnTo: string | undefined,
    kept: readonly string[] = [],
  ): HttpAnswer => {
    const query = new URLSearchParams()
    if (returnTo !== undefined) query.set('redirect', returnTo)
    if (lookup.kind === 'ended') query.set('error', signInErrors[lookup.reason])
    const path = query.size === 0 ? '/login' : `/login?${query}`
    if (lookup.kind !== 'ended') return goTo(path)
    return goTo(path, { 'set-cookie': [sessionCookie.clear(), ...kept] })
  }

  const props: PageKit['props'] = (request, uiLocales) => {
    const { method, headers, context, query } = request
    const url = withQuery(context.path, query)
    return { site, reader: readerOf({ method, url, headers }, readerSettings, uiLocales) }
  }

  const visitOf = async (
    request: HttpRequest,
    session: Session,
    account: Account,
    uiLocales?: readonly string[],
  ): Promise<Visit> => ({
    request,
    session,
    account,
    props: {
      ...props(request, uiLocales),
      csrfToken: csrf.token(csrf.sessionBinding(session.id)),
      account: {
        username: account.username,
        displayName: account.fullName || account.username,
        role: account.role,
      },
      ...(account.role === 'admin' &&
        dependencies.pendingApprovals !== undefined && {
          pendingApprovals: await dependencies.pendingApprovals(),
        }),
    },
  })

  const signedInGet: PageKit['signedInGet'] = ({ path, handle, returnTo }) => ({
    method: 'GET',
    path,
    kind: 'page',
    async handle(request) {
      const lookup = await recognize(request)
      if (lookup.kind !== 'live') {
        const asked = withQuery(pathOf(path, request.params), request.query)
        return sendToSignIn(lookup, returnTo === undefined ? asked : returnTo(request))
      }
      return handle(await visitOf(request, lookup.session, lookup.account))
    },
  })

  const signedInPost: PageKit['signedInPost'] = ({ path, handle, returnTo, lines, keepsForm = true }) => ({
    method: 'POST',
    path,
    kind: 'page',
    async handle(request) {
      const form = readForm(request, lines)
      const keepFor = (owner: AccountId): string | undefined =>
        keepsForm ? keptForms.keep(request, form, owner, returnTo(form, request) ?? '/') : undefined
      const lookup = await recognize(request)
      if (lookup.kind !== 'live') {
        const kept = lookup.kind === 'ended' ? keepFor(lookup.accountId) : undefined
        return kept === undefined
          ? sendToSignIn(lookup, returnTo(form, request))
          : sendToSignIn(lookup, resumePath, [kept])
      }
      const { session, account } = lookup
      const binding = csrf.sessionBinding(session.id)
      csrf.check(request, form, binding, actorOf(account), () => keepFor(account.id))
      const visit = await visitOf(request, session, account)
      const sentAgain = keptForms.find(request, account.id)?.path === pathOf(path, request.params)
      const answer = await handle(visit, form)
      return sentAgain ? withCookie(answer, keptForms.forget) : answer
    },
  })

  const provenGet: PageKit['provenGet'] = (asked) =>
    signedInGet({
      ...asked,
      handle(visit) {
        if (stepUp.isFresh(visit)) return asked.handle(visit)
        const { request } = visit
        const here = withQuery(pathOf(asked.path, request.params), request.query)
        return stepUp.ask(visit, { redirect: here })
      },
    })

  /** @param guard throws for whoever may not send the form at all: nobody is asked for a proof in vain. */
  const provenForm = (asked: PostPage, guard: (visit: Visit) => void): Endpoint => {
    provenForms.set(asked.path, {
      ...asked,
      handle(visit, form) {
        guard(visit)
        return asked.handle(visit, form)
      },
    })
    return signedInPost({
      ...asked,
      handle(visit, form) {
        guard(visit)
        if (stepUp.isFresh(visit)) return asked.handle(visit, form)
        const redirect = asked.returnTo(form, visit.request)
        return stepUp.ask(visit, { redirect, kept: stepUp.keep(visit, asked.path) })
      },
    })
  }

  return {
    site,
    props,
    recognize,
    async visit(request, uiLocales) {
      const lookup = await recognize(request)
      return lookup.kind === 'live' ? visitOf(request, lookup.session, lookup.account, uiLocales) : undefined
    },
    goTo,
    goToSignedOut,
    signedOut,
    signedInGet,
    signedInPost,
    provenGet,
    provenPost: (asked) => provenForm(asked, () => undefined),
    handleHeld(visit, { path, params, query, body }) {
      const asked = provenForms.get(path)
      if (asked === undefined) return undefined
      const request = { ...visit.request, params, query, body }
      return asked.handle({ ...visit, request }, readForm(request, asked.lines))
    },
    adminGet: (asked) =>
      signedInGet({
        ...asked,
        handle(visit) {
          assertAdmin(visit)
          return asked.handle(visit)
        },
      }),
    adminPost: (asked) => provenForm(asked, assertAdmin),
  }
}

/**
 * What the sign-in page says about a session that is over. Whoever signs out here has no cookie left to be asked
 * about, so `logout` was an act in another browser.
 */
const signInErrors: Readonly<Record<SessionEndReason, SessionEndNotice>> = {
  timeout: 'session_timeout',
  idle_timeout: 'session_timeout',
  fingerprint_mismatch: 'session_invalid',
  security: 'session_ended',
  admin: 'session_ended',
  logout: 'session_ended',
}

/** Renders a page into an answer. */
export function page<Props extends PageProps>(
  status: number,
  view: ComponentType<Props>,
  props: NoInfer<Props>,
  headers: HttpHeaders = {},
): HttpAnswer {
  return html(status, renderPage(h(view, props), props.reader), headers)
}

/**
 * Headers of a page whose form ends at a client's redirect URI. Browsers hold every redirect that follows a form
 * against `form-action`, also one to another site, so that directive would keep people from where they are going.
 */
export const leavesThisServer: HttpHeaders = {
  'content-security-policy': pagePolicy.replace(" form-action 'self';", ''),
}

/** For how many seconds to wait (RFC 9110 §10.2.3). */
export function retryAfter(seconds: number): HttpHeaders {
  return { 'retry-after': String(seconds) }
}

/** Adds a cookie, unless the answer sets the same one itself. */
function withCookie(answer: HttpAnswer, cookie: string): HttpAnswer {
  const own = [answer.headers?.['set-cookie'] ?? []].flat()
  const name = cookie.slice(0, cookie.indexOf('=') + 1)
  if (own.some((line) => line.startsWith(name))) return answer
  return { ...answer, headers: { ...answer.headers, 'set-cookie': [...own, cookie] } }
}

/** @throws {PageError} 403 for whoever is not an administrator. */
function assertAdmin({ account }: Visit): void {
  if (account.role !== 'admin') throw new PageError(403)
}

/** The path of a route with the values it was asked with. */
function pathOf(template: string, params: HttpRequest['params']): string {
  return template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function withQuery(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`
}
