/**
 * `/login/verify`, `/login/new-password`, `/login/enroll`: the steps between the first proof and the session. Who is in
 * the middle of a sign-in is known by a cookie of its own, which opens nothing else.
 */
import type { Factors } from '../../accounts/factors/factors.ts'
import type { SignIns, StepEnd, WaitingSignIn } from '../../accounts/sign-in.ts'
import type { SignInStep } from '../../accounts/sign-in-steps.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { Secret } from '../../shared/secret.ts'
import {
  EnrollPage,
  NewPasswordPage,
  type NewPasswordPageProps,
  RecoveryCodesPage,
  type StepError,
  VerifyPage,
} from '../../views/pages/sign-in-steps.tsx'
import type { Csrf } from '../csrf.ts'
import { type Endpoint, type HttpAnswer, type HttpHeaders, type HttpRequest, PageError } from '../endpoint.ts'
import { readForm } from '../form.ts'
import { type PageKit, page, retryAfter } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'
import type { SignInVisits } from './sign-in-visit.ts'

const busyRetrySeconds = 5

interface Step {
  request: HttpRequest
  waiting: WaitingSignIn
  asked: string | undefined
}

export function createSignInStepEndpoints(dependencies: {
  kit: PageKit
  csrf: Csrf
  limits: PageLimits
  signIns: SignIns
  factors: Factors
  visits: SignInVisits
  passwordMinLength: number
}): Endpoint[] {
  const { kit, csrf, limits, signIns, factors, visits, passwordMinLength } = dependencies

  const formProps = ({ request, asked }: Step) => {
    const visitor = csrf.visitorBinding(request)
    return {
      props: {
        ...kit.props(request),
        csrfToken: csrf.token(visitor.binding),
        redirect: visits.acceptedRedirect(asked),
      },
      cookies: {
        ...visits.headers(asked),
        ...(visitor.setCookie === undefined ? {} : { 'set-cookie': [visitor.setCookie] }),
      } as HttpHeaders,
    }
  }

  const showVerify = async (
    step: Step,
    status = 200,
    error: StepError = null,
    headers: HttpHeaders = {},
  ): Promise<HttpAnswer> => {
    const { account, factors: own } = step.waiting
    const passkey = await factors.requestPasskey(account)
    const { props, cookies } = formProps(step)
    return page(
      status,
      VerifyPage,
      {
        ...props,
        app: own.totp !== undefined,
        passkey:
          passkey === undefined ? null : { sealed: passkey.sealed, options: JSON.stringify(passkey.options) },
        error,
      },
      { ...cookies, ...headers },
    )
  }

  const showNewPassword = (
    step: Step,
    status = 200,
    more: Partial<Pick<NewPasswordPageProps, 'error' | 'problem'>> = {},
    headers: HttpHeaders = {},
  ): HttpAnswer => {
    const { props, cookies } = formProps(step)
    return page(
      status,
      NewPasswordPage,
      {
        ...props,
        username: step.waiting.account.username,
        minLength: passwordMinLength,
        problem: null,
        error: null,
        ...more,
      },
      { ...cookies, ...headers },
    )
  }

  const showEnroll = async (
    step: Step,
    status = 200,
    error: StepError = null,
    wrong?: string,
  ): Promise<HttpAnswer> => {
    const { account } = step.waiting
    const resumed = wrong === undefined ? undefined : factors.resumeTotp(account, wrong)
    const totp = resumed ?? factors.beginTotp(account)
    const passkey = await factors.beginPasskey(account)
    const { props, cookies } = formProps(step)
    return page(
      status,
      EnrollPage,
      {
        ...props,
        totp: { ...totp, wrong: resumed !== undefined },
        passkey:
          passkey === undefined || passkey === 'too_many'
            ? null
            : { sealed: passkey.sealed, options: JSON.stringify(passkey.options) },
        error,
      },
      cookies,
    )
  }

  /** The page of one step, for whoever is at it; others are sent where they belong. */
  const stepGet = (
    path: string,
    step: SignInStep,
    show: (step: Step) => Promise<HttpAnswer> | HttpAnswer,
  ): Endpoint => ({
    method: 'GET',
    path,
    kind: 'page',
    async handle(request) {
      const asked = new URLSearchParams(request.query).get('redirect') ?? undefined
      const waiting = await visits.resume(request)
      if (waiting === undefined) {
        const lookup = await kit.recognize(request)
        return lookup.kind === 'live' ? visits.goOn(asked) : visits.beginAnew(asked, 'sign_in_over')
      }
      if (waiting.step !== step) return visits.goToStep(waiting.step, asked)
      return show({ request, waiting, asked })
    },
  })

  const stepPost = (
    path: string,
    step: SignInStep,
    handle: (step: Step, form: Parameters) => Promise<HttpAnswer>,
  ): Endpoint => ({
    method: 'POST',
    path,
    kind: 'page',
    async handle(request) {
      const form = readForm(request)
      csrf.check(request, form, csrf.visitorBinding(request).binding, { type: 'anonymous' })
      const asked = form.get('redirect')
      const waiting = await visits.resume(request)
      if (waiting === undefined) return visits.beginAnew(asked, 'sign_in_over')
      if (waiting.step !== step) return visits.goToStep(waiting.step, asked)
      const throttled = await limits.logIn(request.context)
      if (throttled !== undefined) {
        throw new PageError(429, { retryAfterSeconds: throttled.retryAfterSeconds })
      }
      return handle({ request, waiting, asked }, form)
    },
  })

  /** What a step led to, when its page need not be shown again. */
  const onward = (step: Step, end: StepEnd): HttpAnswer | undefined =>
    visits.afterStep(step.request, end, step.asked)

  return [
    stepGet('/login/verify', 'second_factor', (step) => showVerify(step)),
    stepPost('/login/verify', 'second_factor', async (step, form) => {
      const request = await visits.stepRequest(step.request, step.waiting)
      const response = form.get('response')
      const sealed = form.get('sealed')
      const end =
        response !== undefined && sealed !== undefined
          ? await signIns.usePasskey(step.waiting, sealed, response, request)
          : await signIns.enterCode(step.waiting, form.get('code') ?? '', request)
      if (end.kind === 'delayed') {
        const error: StepError = { kind: 'throttled', retryAfterSeconds: end.retryAfterSeconds }
        return showVerify(step, 429, error, retryAfter(end.retryAfterSeconds))
      }
      return onward(step, end) ?? showVerify(step, 401, { kind: 'wrong' })
    }),

    stepGet('/login/new-password', 'new_password', (step) => showNewPassword(step)),
    stepPost('/login/new-password', 'new_password', async (step, form) => {
      const request = await visits.stepRequest(step.request, step.waiting)
      const password = new Secret(form.get('new_password') ?? '')
      const end = await signIns.choosePassword(step.waiting, password, request)
      if (end.kind === 'password_refused') return showNewPassword(step, 400, { problem: end.problem })
      if (end.kind === 'busy') {
        return showNewPassword(step, 503, { error: { kind: 'busy' } }, retryAfter(busyRetrySeconds))
      }
      return onward(step, end) ?? showNewPassword(step)
    }),

    stepGet('/login/enroll', 'enroll', (step) => showEnroll(step)),
    stepPost('/login/enroll', 'enroll', async (step, form) => {
      const { account } = step.waiting
      const { context } = step.request
      const sealed = form.get('sealed') ?? ''
      const response = form.get('response')
      const added =
        response === undefined
          ? await factors.confirmTotp(account, sealed, form.get('code') ?? '', context)
          : await factors.addPasskey(account, sealed, response, '', context)
      if (added === 'wrong') return showEnroll(step, 400, null, sealed)
      if (added === 'expired') return showEnroll(step, 400, { kind: 'expired' })
      if (added === 'refused') return showEnroll(step, 400, { kind: 'refused_passkey' })
      if (added === 'exists') return visits.goToStep('second_factor', step.asked)
      const request = await visits.stepRequest(step.request, step.waiting)
      const end = await signIns.enrolled(step.waiting, added.proof, request)
      if (end.kind !== 'signed_in' || added.recoveryCodes === undefined) {
        return onward(step, end) ?? visits.beginAnew(step.asked)
      }
      // The codes are shown this once, with the session beginning in the same answer.
      return page(
        200,
        RecoveryCodesPage,
        {
          ...kit.props(step.request),
          codes: added.recoveryCodes,
          continueHref: visits.onward(step.asked),
        },
        { 'set-cookie': visits.sessionCookies(step.request, end.account, end.begun) },
      )
    }),

    {
      method: 'POST',
      path: '/login/cancel',
      kind: 'page',
      async handle(request) {
        const form = readForm(request)
        csrf.check(request, form, csrf.visitorBinding(request).binding, { type: 'anonymous' })
        const waiting = await visits.resume(request)
        if (waiting !== undefined) await signIns.abandon(waiting, request.context)
        return visits.beginAnew(form.get('redirect'))
      },
    },
  ]
}
