/** Port: mail to people. */

export interface Mail {
  readonly to: string
  readonly subject: string
  /** Plain text. */
  readonly text: string
}

export interface Mailer {
  /** @throws when the mail server did not take it. */
  send(mail: Mail): Promise<void>
  close(): void
}
