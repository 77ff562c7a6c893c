/**
 * `GET /device`, `POST /device/verify`, `GET /device/done`: a person enters the code their device shows, sees who asks
 * for what, allows or denies it (RFC 8628 §3.3), and reads what they did.
 */
import { formatUserCode } from '../../oauth/device-authorization/user-code.ts'
import type { DeviceVerification, WaitingDevice } from '../../oauth/device-authorization/verify.ts'
import type { Clock } from '../../shared/clock.ts'
import { type DeviceGrantId, isUuid } from '../../shared/ids.ts'
import {
  ConfirmDevicePage,
  DeviceResultPage,
  type EnterCodeError,
  EnterCodePage,
} from '../../views/pages/device.tsx'
import { type Endpoint, type HttpAnswer, type HttpHeaders, PageError } from '../endpoint.ts'
import { type PageKit, page, retryAfter, type Visit } from '../page.ts'
import type { PageLimits } from '../page-limits.ts'

const donePath = '/device/done'

/** A code that could not be shown again would only mislead; what is longer was no code. */
const maxShownCode = 64

export function createDeviceEndpoints(dependencies: {
  kit: PageKit
  limits: PageLimits
  verification: DeviceVerification
  clock: Clock
}): Endpoint[] {
  const { kit, limits, verification, clock } = dependencies

  const askForCode = (
    status: number,
    visit: Visit,
    typed: string,
    error: EnterCodeError | null,
    headers: HttpHeaders = {},
  ): HttpAnswer => {
    const userCode = typed.slice(0, maxShownCode)
    return page(status, EnterCodePage, { ...visit.props, userCode, error }, headers)
  }

  /** Finds the device behind a code; anything else is an answer already. */
  const find = async (
    visit: Visit,
    typed: string,
    errorStatus: number,
  ): Promise<WaitingDevice | HttpAnswer> => {
    const attempt = await limits.tryUserCode(visit.account, visit.request.context)
    if (attempt.kind === 'throttled') {
      return askForCode(429, visit, typed, attempt, retryAfter(attempt.retryAfterSeconds))
    }
    const found = await verification.lookUp(typed)
    if (found.kind !== 'not_found') await attempt.codeWasRight()
    if (found.kind === 'waiting') return found
    return askForCode(errorStatus, visit, typed, { kind: found.kind })
  }

  const askForDecision = (visit: Visit, { grant, client, userCode }: WaitingDevice): HttpAnswer =>
    page(200, ConfirmDevicePage, {
      ...visit.props,
      now: clock.now(),
      userCode: formatUserCode(userCode),
      clientName: client.name,
      address: grant.requestIp || null,
      userAgent: grant.requestUserAgent || null,
      requestedAt: grant.issuedAt,
      scopes: grant.scopes,
      resources: grant.resources,
    })

  return [
    kit.signedInGet({
      path: '/device',
      async handle(visit) {
        const typed = new URLSearchParams(visit.request.query).get('user_code')
        if (typed === null || typed === '') return askForCode(200, visit, '', null)
        const found = await find(visit, typed, 200)
        return 'status' in found ? found : askForDecision(visit, found)
      },
    }),
    kit.signedInPost({
      path: '/device/verify',
      // The code is in the address to return to, and the decision is asked for again.
      keepsForm: false,
      returnTo(form) {
        const typed = form.get('user_code')
        return typed === undefined ? '/device' : `/device?${new URLSearchParams({ user_code: typed })}`
      },
      async handle(visit, form) {
        const typed = form.get('user_code')
        if (typed === undefined) return askForCode(400, visit, '', { kind: 'empty' })
        const action = form.get('action') ?? 'approve'
        if (action !== 'approve' && action !== 'deny') throw new PageError(400)
        const found = await find(visit, typed, 400)
        if ('status' in found) return found
        if (form.get('confirmed') !== 'true') return askForDecision(visit, found)
        const decision = action === 'approve' ? 'approved' : 'denied'
        const outcome = await verification.decide(found, decision, visit, visit.request.context)
        switch (outcome.kind) {
          case 'decided':
            return kit.goTo(`${donePath}?${new URLSearchParams({ grant: found.grant.id })}`)
          case 'signed_out':
            return kit.goToSignedOut('/login')
          default:
            return askForCode(400, visit, typed, outcome)
        }
      },
    }),
    kit.signedInGet({
      path: donePath,
      async handle({ request, account, props: { site, reader } }) {
        const id = new URLSearchParams(request.query).get('grant') ?? ''
        const made = isUuid(id) ? await verification.findDecision(id as DeviceGrantId, account) : undefined
        // What somebody else decided, or was decided long ago, is not told.
        if (made === undefined) return kit.goTo('/device')
        const { decision: outcome, client } = made
        return page(200, DeviceResultPage, { site, reader, outcome, clientName: client.name })
      },
    }),
  ]
}
