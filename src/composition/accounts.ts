/** People who sign in: the flows behind the pages, from the password to the second factor and back to a lost one. */
import { createAccountMail, type MailWriter } from '../accounts/account-mail.ts'
import { createAttemptDelays } from '../accounts/attempt-delays.ts'
import {
  type Authenticator,
  type Authenticators,
  createLocalAuthenticator,
} from '../accounts/authenticator.ts'
import { createConfirmations } from '../accounts/confirmation.ts'
import { createFactors } from '../accounts/factors/factors.ts'
import { relyingPartyOf } from '../accounts/factors/webauthn.ts'
import { createLogIn } from '../accounts/log-in.ts'
import { createPasswords, type PasswordHasher } from '../accounts/password.ts'
import { createPasswordChanges } from '../accounts/password-change.ts'
import { createMailedLinks } from '../accounts/password-recovery.ts'
import { createProfiles } from '../accounts/profile.ts'
import { createSessions } from '../accounts/sessions.ts'
import { createSignIns } from '../accounts/sign-in.ts'
import { isRequiredOf } from '../accounts/sign-in-steps.ts'
import type { Config } from '../config/load.ts'
import type { Publisher } from '../events/bus.ts'
import type { MailKind, RequestContext } from '../events/catalogue.ts'
import { createSmtpMailer } from '../mail/smtp.ts'
import type { Clock } from '../shared/clock.ts'
import type { Encryption } from '../shared/encryption.ts'
import type { Ids } from '../shared/ids.ts'
import type { Random } from '../shared/random.ts'
import { createSealer } from '../shared/sealed.ts'
import type { Storage } from '../storage/storage.ts'
import { findLanguage, languages, type Text } from '../views/languages/languages.ts'

export interface AccountParts {
  config: Pick<Config, 'server' | 'sessions' | 'security' | 'mail'>
  storage: Storage
  bus: Publisher
  clock: Clock
  random: Random
  ids: Ids
  encryption: Encryption
  /** Who answers for passwords that are kept elsewhere. */
  external: Authenticator | undefined
  /** As apps and mails name this server. */
  productName: string
  onFault(error: unknown, context: RequestContext): void
  /** Stands in for the slow one in tests. */
  hasher?: PasswordHasher
}

/** Everything about accounts, wired. */
export function accountFlows(parts: AccountParts) {
  const { config, storage, bus: publisher, clock, random, ids, encryption, productName, external } = parts
  const { requireSecondFactor: policy } = config.security
  const sealer = createSealer(encryption, clock)
  const passwords = createPasswords(parts.hasher === undefined ? {} : { hasher: parts.hasher })
  const sessions = createSessions({ storage, publisher, clock, random, ids, settings: config.sessions })
  const mailer = config.mail === undefined ? undefined : createSmtpMailer(config.mail)
  const mail = createAccountMail({ mailer, write: mailWriter(productName), publisher, clock })
  const passwordChanges = createPasswordChanges({
    storage,
    passwords,
    mail,
    publisher,
    clock,
    minLength: config.security.passwordMinLength,
  })
  const factors = createFactors({
    storage,
    encryption,
    sealer,
    delays: createAttemptDelays(clock),
    publisher,
    clock,
    random,
    ids,
    issuerName: productName,
    relyingParty: relyingPartyOf(config.server.issuer, productName),
    isRequiredOf: (account) => isRequiredOf(policy, account),
  })
  const signIns = createSignIns({
    storage,
    sessions,
    factors,
    passwordChanges,
    publisher,
    clock,
    random,
    ids,
    policy,
  })
  const local = createLocalAuthenticator({ storage, passwords, clock })
  const authenticators: Authenticators =
    external === undefined
      ? { bySource: { local }, unknownName: local }
      : { bySource: { local, http_api: external }, unknownName: external }
  const delays = createAttemptDelays(clock)
  const logIn = createLogIn({ storage, signIns, authenticators, delays, publisher, clock })
  const confirmations = createConfirmations({
    storage,
    authenticators,
    delays,
    publisher,
    clock,
    maxAgeSeconds: config.security.stepUpMaxAge,
  })
  const links = createMailedLinks({
    storage,
    passwordChanges,
    mail,
    publisher,
    clock,
    random,
    ids,
    issuer: config.server.issuer,
    onFault: parts.onFault,
  })
  return {
    sealer,
    sessions,
    mail,
    passwordChanges,
    factors,
    signIns,
    logIn,
    confirmations,
    links,
    profiles: createProfiles({ storage, publisher, clock }),
    /** Waits for what is on its way to the mail server, and closes the line. */
    async close(): Promise<void> {
      await links.settled()
      mailer?.close()
    },
  }
}

export type AccountFlows = ReturnType<typeof accountFlows>

const textOf = {
  password_reset: 'passwordReset',
  email_verification: 'emailVerification',
  password_changed: 'passwordChanged',
  email_changed: 'emailChanged',
  second_factor_changed: 'secondFactorChanged',
} as const satisfies Record<MailKind, keyof Text['security']['mail']>

/** Mails in the words of the pages. */
function mailWriter(productName: string): MailWriter {
  return (kind, tag, { username, link, context }) => {
    const text = (findLanguage(tag) ?? languages[0]!).text.security.mail
    const words = text[textOf[kind]]
    const paragraphs = [
      text.greeting(username),
      words.text(productName),
      link,
      words.otherwise,
      text.from(context.ip),
    ]
    return {
      subject: words.subject(productName),
      text: `${paragraphs.filter((paragraph) => paragraph !== undefined).join('\n\n')}\n`,
    }
  }
}
