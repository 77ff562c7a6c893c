/** `/account/security`: how a person signs in, and the forms that change it. */
import type { Account } from '../../accounts/account.ts'
import type { AccountMail } from '../../accounts/account-mail.ts'
import { withProof } from '../../accounts/authentication.ts'
import type { Confirmations } from '../../accounts/confirmation.ts'
import type { Factors } from '../../accounts/factors/factors.ts'
import type { PasswordChanges } from '../../accounts/password-change.ts'
import type { Session } from '../../accounts/session.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import { isRequiredOf, type SecondFactorPolicy } from '../../accounts/sign-in-steps.ts'
import type { Config } from '../../config/load.ts'
import { type Clock, secondsBetween } from '../../shared/clock.ts'
import { isUuid, type PasskeyId } from '../../shared/ids.ts'
import { Secret } from '../../shared/secret.ts'
import {
  AccountSecurityPage,
  type AccountSecurityPageProps,
  AddAppPage,
  AddPasskeyPage,
  NewRecoveryCodesPage,
  type SecurityNotice,
  type SecurityProblem,
} from '../../views/pages/account-security.tsx'
import type { ServerCookie } from '../cookies.ts'
import { type Endpoint, type HttpAnswer, type HttpHeaders, type HttpRequest, PageError } from '../endpoint.ts'
import type { KnownBrowsers } from '../known-browsers.ts'
import { type PageKit, page, retryAfter, type Visit } from '../page.ts'
import type { createSignInActivity } from './sign-in-activity.ts'

const path = '/account/security'
const busyRetrySeconds = 5

export function createAccountSecurityEndpoints(dependencies: {
  kit: PageKit
  sessions: Pick<Sessions, 'begin'>
  sessionCookie: ServerCookie
  knownBrowsers: KnownBrowsers
  confirmations: Confirmations
  passwordChanges: PasswordChanges
  factors: Factors
  mail: AccountMail
  activityOf: ReturnType<typeof createSignInActivity>
  clock: Clock
  policy: SecondFactorPolicy
  settings: Config['sessions']
}): Endpoint[] {
  const { kit, sessions, sessionCookie, knownBrowsers, confirmations, passwordChanges, factors } =
    dependencies
  const { mail, activityOf, clock, policy, settings } = dependencies
  const returnTo = () => path

  const show = async (
    visit: Visit,
    status = 200,
    more: Partial<Pick<AccountSecurityPageProps, 'passwordError' | 'notice' | 'problem'>> = {},
    headers: HttpHeaders = {},
  ): Promise<HttpAnswer> => {
    const { account, props } = visit
    const [{ totp, passkeys, recoveryCodesLeft }, activity] = await Promise.all([
      factors.enrolledOf(account),
      activityOf(account.id),
    ])
    return page(
      status,
      AccountSecurityPage,
      {
        ...props,
        now: clock.now(),
        password: passwordKeeper(account),
        minLength: passwordChanges.minLength,
        passwordError: null,
        totp: totp === undefined ? null : { createdAt: totp.createdAt },
        passkeys: passkeys.map(({ id, name, syncable, createdAt, lastUsedAt }) => ({
          id,
          name: name === '' ? props.reader.language.text.security.page.passkeyDefaultName : name,
          syncable,
          createdAt,
          lastUsedAt: lastUsedAt ?? null,
        })),
        passkeysPossible: factors.passkeysPossible,
        recoveryCodesLeft,
        activity,
        required: isRequiredOf(policy, account),
        notice: null,
        problem: null,
        ...more,
      },
      headers,
    )
  }

  const done = (notice: SecurityNotice): HttpAnswer => kit.goTo(`${path}?notice=${notice}`)
  const failed = (problem: SecurityProblem): HttpAnswer => kit.goTo(`${path}?problem=${problem}`)

  /** Tells the owner by mail, who may not be the one at the browser. */
  const tell = ({ account, request }: Visit): void =>
    mail.send(account, 'second_factor_changed', kit.props(request).reader.language.tag, request.context)

  const afterAdding = (
    visit: Visit,
    codes: readonly string[] | undefined,
    notice: SecurityNotice,
  ): HttpAnswer => {
    tell(visit)
    return codes === undefined ? done(notice) : page(200, NewRecoveryCodesPage, { ...visit.props, codes })
  }

  return [
    kit.signedInGet({
      path,
      handle(visit) {
        const query = new URLSearchParams(visit.request.query)
        const text = visit.props.reader.language.text.security.page
        return show(visit, 200, {
          notice: knownKey(text.notices, query.get('notice')),
          problem: knownKey(text.problems, query.get('problem')),
        })
      },
    }),

    kit.signedInPost({
      path: `${path}/password`,
      returnTo,
      async handle(visit, form) {
        const { account, session, request } = visit
        if (passwordKeeper(account) !== 'own') throw new PageError(400)
        const { context } = request
        const origin = { ip: context.ip, knownBrowser: knownBrowsers.recognize(request, account.username) }
        const current = new Secret(form.get('current_password') ?? '')
        const verdict = await confirmations.tryPassword(visit, current, origin, context)
        const busy = () => show(visit, 503, { passwordError: { kind: 'busy' } }, retryAfter(busyRetrySeconds))
        if (verdict.kind === 'wrong') return show(visit, 400, { passwordError: { kind: 'current' } })
        if (verdict.kind === 'unavailable') return busy()
        if (verdict.kind === 'delayed') {
          const { retryAfterSeconds } = verdict
          const passwordError = { kind: 'throttled', retryAfterSeconds } as const
          return show(visit, 429, { passwordError }, retryAfter(retryAfterSeconds))
        }
        const next = new Secret(form.get('new_password') ?? '')
        const language = kit.props(request).reader.language.tag
        const changed = await passwordChanges.change(account, next, 'own_wish', { language }, context)
        if (changed.kind === 'refused') {
          return show(visit, 400, { passwordError: { kind: 'new', problem: changed.problem } })
        }
        if (changed.kind === 'busy') return busy()
        if (changed.kind === 'lost') throw new PageError(403)
        // Every session ended, this one too: whoever holds a copy of its cookie is out. Its person goes on in a new one.
        const begun = await sessions.begin(
          changed.account,
          {
            authSource: session.authSource,
            rememberMe: isRemembered(session, settings),
            replaces: undefined,
            methods: withProof(session.methods, 'pwd'),
          },
          context,
        )
        if (typeof begun === 'string') return kit.goToSignedOut('/login')
        return kit.goTo(`${path}?notice=password_changed`, {
          'set-cookie': [
            sessionCookie.set(begun.cookieValue, begun.keepForSeconds),
            knownBrowsers.remember(request, account.username),
          ],
        })
      },
    }),

    kit.provenGet({
      path: `${path}/app`,
      handle: ({ account, props }) =>
        page(200, AddAppPage, {
          ...props,
          totp: { ...factors.beginTotp(account), wrong: false },
          expired: false,
        }),
    }),
    kit.provenPost({
      path: `${path}/app`,
      returnTo: () => `${path}/app`,
      async handle(visit, form) {
        const { account, props, request } = visit
        const sealed = form.get('sealed') ?? ''
        const added = await factors.confirmTotp(account, sealed, form.get('code') ?? '', request.context)
        if (added === 'exists') return failed('app_exists')
        if (typeof added === 'string') {
          const resumed = added === 'wrong' ? factors.resumeTotp(account, sealed) : undefined
          const totp = { ...(resumed ?? factors.beginTotp(account)), wrong: resumed !== undefined }
          return page(400, AddAppPage, { ...props, totp, expired: resumed === undefined })
        }
        return afterAdding(visit, added.recoveryCodes, 'app_added')
      },
    }),
    kit.provenPost({
      path: `${path}/app/remove`,
      returnTo,
      async handle(visit) {
        const outcome = await factors.removeTotp(visit.account, visit.request.context)
        if (outcome === 'required') return failed('last_required')
        if (outcome === 'removed') tell(visit)
        return done('app_removed')
      },
    }),

    kit.provenGet({
      path: `${path}/passkeys/new`,
      async handle({ account, props }) {
        const ceremony = await factors.beginPasskey(account)
        if (ceremony === undefined) throw new PageError(404)
        if (ceremony === 'too_many') return failed('too_many')
        return page(200, AddPasskeyPage, {
          ...props,
          request: { sealed: ceremony.sealed, options: JSON.stringify(ceremony.options) },
        })
      },
    }),
    kit.provenPost({
      path: `${path}/passkeys/new`,
      returnTo: () => `${path}/passkeys/new`,
      async handle(visit, form) {
        const { account, request } = visit
        const added = await factors.addPasskey(
          account,
          form.get('sealed') ?? '',
          form.get('response') ?? '',
          form.get('name') ?? '',
          request.context,
        )
        if (added === 'refused') return failed('passkey_refused')
        if (added === 'exists') return failed('passkey_exists')
        return afterAdding(visit, added.recoveryCodes, 'passkey_added')
      },
    }),
    kit.provenPost({
      path: `${path}/passkeys/:id/rename`,
      returnTo,
      async handle({ account, request }, form) {
        const id = passkeyIdOf(request)
        const outcome = await factors.renamePasskey(account, id, form.get('name') ?? '', request.context)
        if (outcome === 'not_found') throw new PageError(404)
        return done('passkey_renamed')
      },
    }),
    kit.provenPost({
      path: `${path}/passkeys/:id/remove`,
      returnTo,
      async handle(visit) {
        const id = passkeyIdOf(visit.request)
        const outcome = await factors.removePasskey(visit.account, id, visit.request.context)
        if (outcome === 'not_found') throw new PageError(404)
        if (outcome === 'required') return failed('last_required')
        tell(visit)
        return done('passkey_removed')
      },
    }),

    kit.provenPost({
      path: `${path}/recovery-codes`,
      returnTo,
      async handle({ account, props, request }) {
        const codes = await factors.renewRecoveryCodes(account, request.context)
        return codes === undefined ? kit.goTo(path) : page(200, NewRecoveryCodesPage, { ...props, codes })
      },
    }),
  ]
}

/** @throws {PageError} 404 for what is no id. */
function passkeyIdOf({ params: { id } }: HttpRequest): PasskeyId {
  if (id === undefined || !isUuid(id)) throw new PageError(404)
  return id as string as PasskeyId
}

function passwordKeeper(account: Account): AccountSecurityPageProps['password'] {
  if (account.authSource === 'local') return account.passwordHash === undefined ? 'provider' : 'own'
  return account.authSource === 'http_api' ? 'directory' : 'provider'
}

function isRemembered(session: Session, settings: Config['sessions']): boolean {
  return secondsBetween(session.createdAt, session.expiresAt) > settings.maxAge
}

function knownKey<Key extends string>(table: Readonly<Record<Key, string>>, key: string | null): Key | null {
  return key !== null && Object.hasOwn(table, key) ? (key as Key) : null
}
