/** Somebody with a browser, one connection that stays open, and a watch. */
import { Agent, request } from 'node:http'

export interface TimedAnswer {
  status: number
  text: string
  /** Until the first byte of the answer, and until its last. */
  firstByteMs: number
  wholeMs: number
}

const firstBytes = 64 * 1024

export class TimedVisitor {
  readonly #url: string
  readonly #cookies = new Map<string, string>()
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: string) {
    this.#url = url
  }

  /** @param leaveEarly reads no more than the beginning. */
  get(path: string, leaveEarly = false): Promise<TimedAnswer> {
    return this.#send('GET', path, undefined, leaveEarly)
  }

  /** @throws {Error} when it does not succeed. */
  async signIn(username: string, password: string): Promise<void> {
    const { text } = await this.get('/login')
    const csrf = /name="csrf_token"[^>]*value="([^"]*)"/.exec(text)?.[1] ?? ''
    const form = new URLSearchParams({ csrf_token: csrf, username, password })
    const { status } = await this.#send('POST', '/login', String(form), false)
    if (status !== 303) throw new Error(`signing in as ${username} answered ${status}`)
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body: string | undefined, leaveEarly: boolean): Promise<TimedAnswer> {
    const headers = {
      accept: 'text/html',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)',
      cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    }
    return new Promise((resolve, reject) => {
      const began = performance.now()
      const sent = request(this.#url + path, { method, headers, agent: this.#agent }, (response) => {
        for (const line of response.headers['set-cookie'] ?? []) {
          const [pair = ''] = line.split(';')
          const equals = pair.indexOf('=')
          this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
        }
        let text = ''
        let firstByteMs = Number.NaN
        const done = () =>
          resolve({
            status: response.statusCode ?? 0,
            text,
            firstByteMs,
            wholeMs: performance.now() - began,
          })
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - began
          if (text.length < firstBytes || !leaveEarly) text += chunk
          if (!leaveEarly) return
          done()
          response.destroy()
        })
        response.on('end', done)
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
