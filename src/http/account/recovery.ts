/** `/forgot-password`, `/reset-password`, `/verify-email`: links that are mailed, and the pages behind them. */
import type { MailedLinks } from '../../accounts/password-recovery.ts'
import { Secret } from '../../shared/secret.ts'
import {
  EmailVerifiedPage,
  ForgotPasswordPage,
  InvalidLinkPage,
  ResetPasswordPage,
  type ResetPasswordPageProps,
  VerifyEmailPage,
} from '../../views/pages/recovery.tsx'
import type { Csrf } from '../csrf.ts'
import type { Endpoint, HttpAnswer, HttpHeaders, HttpRequest } from '../endpoint.ts'
import { readForm } from '../form.ts'
import { type PageKit, page, retryAfter } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'

const busyRetrySeconds = 5
/** The token is in the address of these pages: it goes nowhere else. */
const hidesAddress: HttpHeaders = { 'referrer-policy': 'no-referrer' }

export function createRecoveryEndpoints(dependencies: {
  kit: PageKit
  csrf: Csrf
  limits: PageLimits
  links: MailedLinks
  passwordMinLength: number
}): Endpoint[] {
  const { kit, csrf, limits, links, passwordMinLength } = dependencies

  const formProps = (request: HttpRequest) => {
    const visitor = csrf.visitorBinding(request)
    return {
      props: { ...kit.props(request), csrfToken: csrf.token(visitor.binding) },
      cookies: (visitor.setCookie === undefined ? {} : { 'set-cookie': [visitor.setCookie] }) as HttpHeaders,
    }
  }

  const showForgot = (
    request: HttpRequest,
    status: number,
    more: { sent?: boolean; throttled?: number },
    headers: HttpHeaders = {},
  ): HttpAnswer => {
    const { props, cookies } = formProps(request)
    const { sent = false, throttled = null } = more
    return page(status, ForgotPasswordPage, { ...props, sent, throttled }, { ...cookies, ...headers })
  }

  const showReset = (
    request: HttpRequest,
    status: number,
    about: Pick<ResetPasswordPageProps, 'token' | 'username'>,
    more: Partial<ResetPasswordPageProps> = {},
    headers: HttpHeaders = {},
  ): HttpAnswer => {
    const { props, cookies } = formProps(request)
    return page(
      status,
      ResetPasswordPage,
      { ...props, ...about, minLength: passwordMinLength, problem: null, busy: false, ...more },
      { ...hidesAddress, ...cookies, ...headers },
    )
  }

  const invalid = (request: HttpRequest, purpose: 'reset_password' | 'verify_email'): HttpAnswer =>
    page(400, InvalidLinkPage, { ...kit.props(request), purpose }, hidesAddress)

  const tokenOf = (request: HttpRequest): string => new URLSearchParams(request.query).get('token') ?? ''

  return [
    {
      method: 'GET',
      path: '/forgot-password',
      kind: 'page',
      handle: (request) => showForgot(request, 200, {}),
    },
    {
      method: 'POST',
      path: '/forgot-password',
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        csrf.check(request, form, csrf.visitorBinding(request).binding, { type: 'anonymous' })
        const throttled = await limits.recoverPassword(request.context)
        if (throttled !== undefined) {
          const { retryAfterSeconds } = throttled
          return showForgot(request, 429, { throttled: retryAfterSeconds }, retryAfter(retryAfterSeconds))
        }
        links.requestRecovery(
          form.get('username') ?? '',
          kit.props(request).reader.language.tag,
          request.context,
        )
        return showForgot(request, 200, { sent: true })
      },
    },
    {
      method: 'GET',
      path: '/reset-password',
      kind: 'page',
      async handle(request) {
        const token = tokenOf(request)
        const found = await links.find(token, 'reset_password')
        if (found === undefined) return invalid(request, 'reset_password')
        return showReset(request, 200, { token, username: found.account.username })
      },
    },
    {
      method: 'POST',
      path: '/reset-password',
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        csrf.check(request, form, csrf.visitorBinding(request).binding, { type: 'anonymous' })
        const token = form.get('token') ?? ''
        const found = await links.find(token, 'reset_password')
        if (found === undefined) return invalid(request, 'reset_password')
        const about = { token, username: found.account.username }
        const password = new Secret(form.get('new_password') ?? '')
        const language = kit.props(request).reader.language.tag
        const changed = await links.recover(token, password, language, request.context)
        switch (changed.kind) {
          case 'changed':
            return kit.goTo('/login?notice=password_changed', kit.signedOut)
          case 'refused':
            return showReset(request, 400, about, { problem: changed.problem })
          case 'busy':
            return showReset(request, 503, about, { busy: true }, retryAfter(busyRetrySeconds))
          case 'lost':
            return invalid(request, 'reset_password')
        }
      },
    },
    {
      method: 'GET',
      path: '/verify-email',
      kind: 'page',
      async handle(request) {
        const token = tokenOf(request)
        const found = await links.find(token, 'verify_email')
        if (found === undefined) return invalid(request, 'verify_email')
        const { props, cookies } = formProps(request)
        return page(
          200,
          VerifyEmailPage,
          { ...props, token, email: found.link.email },
          { ...hidesAddress, ...cookies },
        )
      },
    },
    {
      method: 'POST',
      path: '/verify-email',
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        csrf.check(request, form, csrf.visitorBinding(request).binding, { type: 'anonymous' })
        return (await links.verify(form.get('token') ?? '', request.context))
          ? page(200, EmailVerifiedPage, kit.props(request))
          : invalid(request, 'verify_email')
      },
    },
  ]
}
