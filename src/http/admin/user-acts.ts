/** What administrators do to a person from their page: each a form that leads back with a word about what happened. */
import type { Account } from '../../accounts/account.ts'
import { actorOf } from '../../accounts/sessions.ts'
import { ActRefused } from '../../administration/invalid-input.ts'
import type { Actor, RequestContext } from '../../events/catalogue.ts'
import { type ConsentId, isUuid } from '../../shared/ids.ts'
import { UserPasswordPage } from '../../views/pages/user-password.tsx'
import type { UsersNotice } from '../../views/pages/user-words.ts'
import { type Endpoint, type HttpAnswer, PageError } from '../endpoint.ts'
import { page, type Visit } from '../page.ts'
import { type UserPagesDependencies, userOf } from './users.ts'

const list = '/admin/users'

export function userActs({ kit, accounts, secrets, storage }: UserPagesDependencies): Endpoint[] {
  /** Where the page of a person is that a form came from. */
  const personOf = (request: { params: Readonly<Record<string, string>> }): string =>
    isUuid(request.params.id ?? '') ? `${list}/${request.params.id}` : list

  const post = (name: string, handle: (user: Account, visit: Visit) => Promise<HttpAnswer>): Endpoint =>
    kit.adminPost({
      path: `${list}/:id/${name}`,
      returnTo: (_, request) => personOf(request),
      async handle(visit) {
        const user = await userOf(storage, visit.request)
        try {
          return await handle(user, visit)
        } catch (error) {
          if (error instanceof ActRefused) return kit.goTo(`${list}/${user.id}?refusal=${error.refusal}`)
          throw error
        }
      },
    })

  /** An act with nothing to fill in. */
  const act = (
    name: string,
    notice: UsersNotice,
    perform: (user: Account, actor: Actor, request: RequestContext) => Promise<unknown>,
  ): Endpoint =>
    post(name, async (user, { request, account }) => {
      const done = await perform(user, actorOf(account), request.context)
      return kit.goTo(`${list}/${user.id}?notice=${done === false ? 'unchanged' : notice}`)
    })

  return [
    act('disable', 'disabled', accounts.disable),
    act('enable', 'enabled', accounts.enable),
    act('end-sessions', 'sessions_ended', accounts.endSessions),
    act('end-tokens', 'tokens_ended', accounts.endTokens),
    act('reset-factors', 'factors_removed', accounts.removeFactors),
    act('verify-email', 'email_verified', accounts.verifyEmail),
    post('delete', async (user, { request, account }) => {
      await accounts.delete(user, actorOf(account), request.context)
      return kit.goTo(`${list}?notice=deleted`)
    }),
    post('reset-password', async (user, { request, account, session }) => {
      // It would end the session that is to be shown the password; one's own is changed where one knows it.
      if (user.id === account.id) throw new ActRefused('own_account')
      const password = await accounts.resetPassword(user, actorOf(account), undefined, request.context)
      const secret = { 'set-cookie': [secrets.hand(session, user.id, password)] }
      return kit.goTo(`${list}/${user.id}/password`, secret)
    }),
    kit.adminGet({
      path: `${list}/:id/password`,
      async handle({ request, session, props }) {
        const user = await userOf(storage, request)
        const { secret, forget } = secrets.take(request, session, user.id)
        const headers = { 'set-cookie': [forget], 'cache-control': 'no-store' }
        const shown = { user: { id: user.id, username: user.username }, password: secret ?? null }
        return page(200, UserPasswordPage, { ...props, ...shown }, headers)
      },
    }),
    kit.adminPost({
      path: `${list}/:id/authorizations/:consent/revoke`,
      returnTo: (_, request) => personOf(request),
      async handle({ request, account }) {
        const user = await userOf(storage, request)
        const { consent } = request.params
        if (consent === undefined || !isUuid(consent)) throw new PageError(404)
        const actor = actorOf(account)
        const done = await accounts.withdrawConsent(user, consent as ConsentId, actor, request.context)
        if (!done) throw new PageError(404)
        return kit.goTo(`${list}/${user.id}/authorizations?notice=consent_withdrawn`)
      },
    }),
  ]
}
