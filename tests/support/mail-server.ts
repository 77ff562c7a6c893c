/** A mail server that keeps what it is given, so that a test can read it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Letter {
  from: string
  to: string
  subject: string
  text: string
}

export interface MailServer {
  /** Settings by which a server sends its mail here. */
  environment: Record<string, string>
  /** How many letters came. */
  readonly received: number
  /** The next letter, in the order they came. */
  next(): Promise<Letter>
  /** Waits until no connection is open. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** @param options.refuse turns every letter away. */
export async function startMailServer(options: { refuse?: boolean } = {}): Promise<MailServer> {
  const letters: Letter[] = []
  const readers: ((letter: Letter) => void)[] = []
  let received = 0
  let open = 0
  let closed: (() => void)[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'authgate' && password === 'mail secret'
        ? done(null, { user: username })
        : done(new Error('wrong name or password')),
    onConnect(_session, done) {
      open++
      done()
    },
    onClose() {
      open--
      for (const resolve of closed.splice(0)) resolve()
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
      stream.on('end', () => {
        if (options.refuse === true) {
          done(new Error('no such mailbox'))
          return
        }
        received++
        const { mailFrom, rcptTo } = session.envelope
        const letter = read(Buffer.concat(chunks).toString(), {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address).join(', '),
        })
        const reader = readers.shift()
        if (reader === undefined) letters.push(letter)
        else reader(letter)
        done()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    environment: {
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(port),
      SMTP_TLS: 'none',
      SMTP_FROM: 'AuthGate <authgate@example.com>',
      SMTP_USERNAME: 'authgate',
      SMTP_PASSWORD: 'mail secret',
    },
    get received() {
      return received
    },
    async next() {
      return letters.shift() ?? new Promise<Letter>((resolve) => readers.push(resolve))
    },
    async settled() {
      if (open > 0) await new Promise<void>((resolve) => closed.push(resolve))
    },
    async close() {
      closed = []
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** The letter as its reader sees it: of the encodings of MIME, the two that a text in UTF-8 comes in. */
function read(raw: string, envelope: { from: string; to: string }): Letter {
  const end = raw.indexOf('\r\n\r\n')
  const head = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ')
  const body = raw.slice(end + 4)
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? ''
  const encoding = field('Content-Transfer-Encoding').trim().toLowerCase()
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? unquote(body.replace(/=\r\n/g, ''))
        : body
  const subject = field('Subject').replace(
    /=\?UTF-8\?([BQ])\?([^?]*)\?=\s?/gi,
    (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : unquote(word.replaceAll('_', ' ')),
  )
  return { ...envelope, subject, text }
}

function unquote(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}
