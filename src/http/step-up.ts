/**
 * A fresh proof before acts that should not be done by whoever finds a browser open: administration, and changes to how
 * somebody signs in. The page that asks keeps the form that was sent, encrypted and in the page itself, and sends it on
 * when the person has shown that it is still them.
 */
import type { AuthenticationContext } from '../accounts/authentication.ts'
import type { Confirmations } from '../accounts/confirmation.ts'
import type { Factors } from '../accounts/factors/factors.ts'
import { isPasswordSource } from '../accounts/sign-in.ts'
import type { Config } from '../config/load.ts'
import type { Sealer } from '../shared/sealed.ts'
import { type ConfirmError, ConfirmPage } from '../views/pages/confirm.tsx'
import { headersTowards } from './account/sign-in-visit.ts'
import type { HttpAnswer, HttpHeaders, HttpRequest } from './endpoint.ts'
import { page, type Visit } from './page.ts'

const keptSeconds = 600
/** Encrypted and encoded it must fit into a form again. */
const maxKeptLength = 40 * 1024

/** A form that waits for its person's proof. */
export interface HeldForm {
  readonly path: string
  readonly params: HttpRequest['params']
  readonly query: string
  readonly body: string
}

/** Where somebody goes on. */
export interface StepUpTarget {
  /** A local path that answers GET. */
  readonly redirect: string | undefined
  readonly kept?: string | undefined
  /** What has to be shown; `undefined` anything. */
  readonly context?: AuthenticationContext | undefined
}

export interface StepUp {
  isFresh(visit: Visit): boolean
  /** The page that asks. */
  ask(
    visit: Visit,
    target: StepUpTarget,
    answer?: { status: number; error: ConfirmError; headers?: HttpHeaders },
  ): Promise<HttpAnswer>
  /** @returns `undefined` when the form is too large to keep. */
  keep(visit: Visit, path: string): string | undefined
  /** @returns `undefined` when it is not this session's, or too old. */
  reopen(visit: Visit, kept: string): HeldForm | undefined
}

export function createStepUp(dependencies: {
  confirmations: Pick<Confirmations, 'isFresh'>
  factors: Pick<Factors, 'enrolledOf' | 'requestPasskey'>
  sealer: Sealer
  server: Pick<Config['server'], 'issuer' | 'basePath'>
}): StepUp {
  const { confirmations, factors, sealer, server } = dependencies
  const purposeOf = ({ session }: Visit): string => `kept form ${session.id}`
  return {
    isFresh: ({ session }) => confirmations.isFresh(session),

    async ask(visit, { redirect, kept, context }, answer = { status: 200, error: null }) {
      const { account, props } = visit
      const { totp } = await factors.enrolledOf(account)
      const passkey = await factors.requestPasskey(account)
      const ownPassword = isPasswordSource(account.authSource)
      return page(
        answer.status,
        ConfirmPage,
        {
          ...props,
          redirect: redirect ?? null,
          kept: kept ?? null,
          context: context ?? null,
          password: ownPassword && context === undefined,
          code: totp !== undefined && context !== 'phr',
          passkey:
            passkey === undefined
              ? null
              : { sealed: passkey.sealed, options: JSON.stringify(passkey.options) },
          error: answer.error,
        },
        { ...headersTowards(redirect, server), ...answer.headers },
      )
    },

    keep(visit, path) {
      const { params, query, body } = visit.request
      if (body.length > maxKeptLength) return undefined
      const form: HeldForm = { path, params, query, body }
      return sealer.seal(purposeOf(visit), form, keptSeconds)
    },

    reopen: (visit, kept) => sealer.open<HeldForm>(purposeOf(visit), kept)?.value,
  }
}
