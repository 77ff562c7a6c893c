/** `/account/profile`: what this server knows about a person. A new address wants a fresh proof, and is then unverified. */
import type { AccountMail } from '../../accounts/account-mail.ts'
import type { MailedLinks } from '../../accounts/password-recovery.ts'
import type { Profiles } from '../../accounts/profile.ts'
import {
  AccountProfilePage,
  type AccountProfilePageProps,
  type ProfileNotice,
} from '../../views/pages/account-profile.tsx'
import type { Endpoint, HttpAnswer } from '../endpoint.ts'
import { type PageKit, page, type Visit } from '../page.ts'

const path = '/account/profile'

export function createAccountProfileEndpoints(dependencies: {
  kit: PageKit
  profiles: Profiles
  links: MailedLinks
  mail: AccountMail
}): Endpoint[] {
  const { kit, profiles, links, mail } = dependencies

  const show = (
    { account, props }: Visit,
    status = 200,
    more: Partial<AccountProfilePageProps> = {},
  ): HttpAnswer =>
    page(status, AccountProfilePage, {
      ...props,
      fullName: account.fullName,
      email: account.email,
      emailVerified: account.emailVerified,
      emailOwn: account.authSource === 'local',
      canVerify: mail.possible && !account.emailVerified && account.email !== '',
      problem: null,
      notice: null,
      ...more,
    })

  const done = (notice: ProfileNotice): HttpAnswer => kit.goTo(`${path}?notice=${notice}`)

  return [
    kit.signedInGet({
      path,
      handle(visit) {
        const notice = new URLSearchParams(visit.request.query).get('notice')
        const { notices } = visit.props.reader.language.text.security.profile
        return show(visit, 200, {
          notice: notice !== null && Object.hasOwn(notices, notice) ? (notice as ProfileNotice) : null,
        })
      },
    }),
    kit.provenPost({
      path,
      returnTo: () => path,
      async handle(visit, form) {
        const { account, request } = visit
        const typed = { fullName: form.get('full_name') ?? '', email: form.get('email') }
        const outcome = await profiles.change(account, typed, request.context)
        if (outcome.kind !== 'changed') {
          return show(visit, 400, {
            fullName: typed.fullName,
            email: typed.email ?? account.email,
            problem: outcome.kind,
          })
        }
        if (!outcome.emailChanged) return done('saved')
        const language = kit.props(request).reader.language.tag
        // Whoever reads the old address hears of it there.
        mail.send(outcome.account, 'email_changed', language, request.context, { to: account.email })
        await links.requestVerification(outcome.account, language, request.context)
        return done(mail.possible ? 'saved_verify' : 'saved')
      },
    }),
    kit.signedInPost({
      path: `${path}/verify`,
      returnTo: () => path,
      async handle({ account, request }) {
        if (!account.emailVerified) {
          await links.requestVerification(account, kit.props(request).reader.language.tag, request.context)
        }
        return done('sent')
      },
    }),
  ]
}
