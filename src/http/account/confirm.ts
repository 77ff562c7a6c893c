/** `/login/confirm`: a signed-in person proves once more who they are, and goes on with what they were doing. */
import { isAuthenticationContext, type Proof, satisfies } from '../../accounts/authentication.ts'
import type { Confirmations } from '../../accounts/confirmation.ts'
import type { Factors, FactorVerdict } from '../../accounts/factors/factors.ts'
import type { Config } from '../../config/load.ts'
import { Secret } from '../../shared/secret.ts'
import type { ConfirmError } from '../../views/pages/confirm.tsx'
import { type Endpoint, type HttpAnswer, PageError, redirect } from '../endpoint.ts'
import type { KnownBrowsers } from '../known-browsers.ts'
import { localRedirect } from '../local-redirect.ts'
import { type PageKit, retryAfter, type Visit } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'
import { afterLoginPath, confirmPath } from '../paths.ts'
import type { StepUp, StepUpTarget } from '../step-up.ts'

const busyRetrySeconds = 5

export function createConfirmEndpoints(dependencies: {
  kit: PageKit
  limits: PageLimits
  stepUp: StepUp
  confirmations: Confirmations
  factors: Factors
  knownBrowsers: KnownBrowsers
  server: Pick<Config['server'], 'issuer' | 'basePath'>
}): Endpoint[] {
  const { kit, limits, stepUp, confirmations, factors, knownBrowsers, server } = dependencies

  const goOn = (target: StepUpTarget): HttpAnswer =>
    redirect(localRedirect(target.redirect, server) ?? server.basePath + afterLoginPath)

  /** Only what leads back to this server, and only contexts there are. */
  const targetOf = (read: (name: string) => string | undefined): StepUpTarget => {
    const asked = read('redirect')
    const context = read('acr')
    return {
      redirect: localRedirect(asked, server) === undefined ? undefined : asked,
      kept: read('kept'),
      context: isAuthenticationContext(context) ? context : undefined,
    }
  }

  const refusal = (
    verdict: Exclude<FactorVerdict, { kind: 'right' }> | { kind: 'unavailable' },
    field: 'password' | 'code' | 'passkey',
  ): { status: number; error: ConfirmError; headers?: ReturnType<typeof retryAfter> } => {
    switch (verdict.kind) {
      case 'wrong':
        return { status: 401, error: { kind: 'wrong', field } }
      case 'unavailable':
        return { status: 503, error: { kind: 'unavailable' }, headers: retryAfter(busyRetrySeconds) }
      case 'delayed': {
        const { retryAfterSeconds } = verdict
        return {
          status: 429,
          error: { kind: 'throttled', retryAfterSeconds },
          headers: retryAfter(retryAfterSeconds),
        }
      }
    }
  }

  const confirmed = async (visit: Visit, proof: Proof, target: StepUpTarget): Promise<HttpAnswer> => {
    const session = await confirmations.confirm(visit, proof, visit.request.context)
    if (session === undefined) throw new PageError(403)
    const proven: Visit = { ...visit, session }
    if (target.context !== undefined && !satisfies(session.methods, target.context)) {
      return stepUp.ask(proven, target)
    }
    if (target.kept !== undefined) {
      const form = stepUp.reopen(proven, target.kept)
      const answer = form === undefined ? undefined : await kit.handleHeld(proven, form)
      if (answer !== undefined) return answer
    }
    return goOn(target)
  }

  return [
    kit.signedInGet({
      path: confirmPath,
      async handle(visit) {
        const query = new URLSearchParams(visit.request.query)
        const target = targetOf((name) => query.get(name) ?? undefined)
        const { context } = target
        const enough =
          context === undefined ? stepUp.isFresh(visit) : satisfies(visit.session.methods, context)
        return enough ? goOn(target) : stepUp.ask(visit, { ...target, kept: undefined })
      },
    }),
    kit.signedInPost({
      path: confirmPath,
      returnTo: (form) => form.get('redirect'),
      async handle(visit, form) {
        const target = targetOf((name) => form.get(name))
        const { context } = visit.request
        const throttled = await limits.logIn(context)
        if (throttled !== undefined) {
          const { retryAfterSeconds } = throttled
          return stepUp.ask(visit, target, refusal({ kind: 'delayed', retryAfterSeconds }, 'password'))
        }
        const origin = {
          ip: context.ip,
          knownBrowser: knownBrowsers.recognize(visit.request, visit.account.username),
        }
        const password = form.get('password')
        const code = form.get('code')
        const response = form.get('response')
        const sealed = form.get('sealed')
        const refuse = (
          verdict: Parameters<typeof refusal>[0],
          field: Parameters<typeof refusal>[1],
        ): Promise<HttpAnswer> => {
          if (verdict.kind === 'wrong') confirmations.refuse(visit, context)
          return stepUp.ask(visit, target, refusal(verdict, field))
        }
        if (response !== undefined && sealed !== undefined) {
          const verdict = await factors.tryPasskey(visit.account, sealed, response, context)
          return verdict.kind === 'right'
            ? confirmed(visit, verdict.proof, target)
            : refuse(verdict, 'passkey')
        }
        if (code !== undefined) {
          const verdict = await factors.tryCode(visit.account, code, origin, context)
          return verdict.kind === 'right' ? confirmed(visit, verdict.proof, target) : refuse(verdict, 'code')
        }
        const verdict = await confirmations.tryPassword(visit, new Secret(password ?? ''), origin, context)
        return verdict.kind === 'right' ? confirmed(visit, 'pwd', target) : refuse(verdict, 'password')
      },
    }),
  ]
}
