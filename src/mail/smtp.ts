/** {@link Mailer} over SMTP, by `nodemailer`, which is loaded with the first mail. */
import type { Mail, Mailer } from '../accounts/mailer.ts'
import type { Config } from '../config/load.ts'

/** A mail server that takes longer is as good as none: the link in the mail is good for half an hour. */
const timeoutMs = 20_000

export function createSmtpMailer(settings: NonNullable<Config['mail']>): Mailer {
  const open = async () => {
    const { createTransport } = await import('nodemailer')
    const { host, port, tls, login, from } = settings
    return createTransport(
      {
        host,
        port,
        secure: tls === 'tls',
        requireTLS: tls === 'starttls',
        ignoreTLS: tls === 'none',
        ...(login === undefined ? {} : { auth: { user: login.username, pass: login.password.reveal() } }),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        // What a mail says is ours alone: no file and no address is ever read into one.
        disableFileAccess: true,
        disableUrlAccess: true,
      },
      { from },
    )
  }
  let transport: ReturnType<typeof open> | undefined
  return {
    async send({ to, subject, text }: Mail) {
      transport ??= open()
      // An object, so that no part of an address is read as another address.
      await (await transport).sendMail({ to: { name: '', address: to }, subject, text, headers: automatic })
    },
    close() {
      void transport?.then((opened) => opened.close())
    },
  }
}

/** RFC 3834 §5: keeps out-of-office replies away. */
const automatic = { 'Auto-Submitted': 'auto-generated' }
