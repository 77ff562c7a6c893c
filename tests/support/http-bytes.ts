/** Requests as bytes, to a real server: what no client library would send, and very many at once. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  headers: string
  body: string
}

/**
 * Sends `parts` one after the other and reads until the server closes the connection, or nothing has come for
 * `quietMs` after the last part.
 */
export async function sendRaw(
  url: string,
  parts: readonly (string | Buffer)[],
  quietMs = 150,
): Promise<RawAnswer[]> {
  const socket = open(url)
  const received: Buffer[] = []
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const wait = (): void => {
      clearTimeout(timer)
      timer = setTimeout(resolve, quietMs)
    }
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk)
      wait()
    })
    // What matters is what was answered; that a server hangs up on nonsense is its good right.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.on('connect', () => {
      for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
      wait()
    })
  })
  socket.destroy()
  const reader = createAnswerReader()
  return reader.read(Buffer.concat(received))
}

export interface PlannedRequest {
  method: string
  bytes: string
}

/**
 * Sends requests over a few connections that stay open, many before the first answer is awaited.
 *
 * @returns how often each status was answered, and how often a connection was closed instead.
 */
export async function sendPipelined(
  url: string,
  requests: Iterator<PlannedRequest>,
  options: { connections: number; depth: number },
): Promise<Map<number | 'closed', number>> {
  const counts = new Map<number | 'closed', number>()
  const count = (status: number | 'closed'): void => {
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  const drive = async (): Promise<void> => {
    for (;;) {
      const batch: PlannedRequest[] = []
      while (batch.length < options.depth) {
        const next = requests.next()
        if (next.done === true) break
        batch.push(next.value)
      }
      if (batch.length === 0) break
      // A request that ends its connection takes the ones behind it along; those are sent again.
      for (let rest = batch; rest.length > 0; ) {
        const answers = await sendBatch(url, rest)
        for (const { status } of answers) count(status)
        if (answers.length === rest.length) break
        if (answers.length === 0) count('closed')
        rest = rest.slice(Math.max(1, answers.length))
      }
    }
  }
  const idle: Socket[] = []
  const sendBatch = (target: string, batch: readonly PlannedRequest[]): Promise<RawAnswer[]> =>
    new Promise((resolve, reject) => {
      const socket = idle.pop() ?? open(target)
      const reader = createAnswerReader(batch.map(({ method }) => method))
      const answers: RawAnswer[] = []
      const finish = (reusable: boolean): void => {
        clearTimeout(timer)
        socket.removeAllListeners()
        socket.on('error', () => undefined)
        if (reusable) idle.push(socket)
        else socket.destroy()
        resolve(answers)
      }
      const timer = setTimeout(() => reject(new Error('no answer within 20 s')), 20_000)
      socket.on('data', (chunk: Buffer) => {
        answers.push(...reader.read(chunk))
        const closing = answers.some(({ headers }) => /^connection: close\r?$/im.test(headers))
        if (answers.length === batch.length) finish(!closing)
      })
      socket.on('error', () => undefined)
      socket.on('close', () => finish(false))
      socket.write(Buffer.from(batch.map(({ bytes }) => bytes).join(''), 'latin1'))
    })
  await Promise.all(Array.from({ length: options.connections }, drive))
  for (const socket of idle) socket.destroy()
  return counts
}

function open(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect({ host: hostname, port: Number(port), noDelay: true })
}

/** Splits what a connection carries into answers. Answers to HEAD have no body whatever their length says. */
function createAnswerReader(methods: readonly string[] = []): { read(chunk: Buffer): RawAnswer[] } {
  let buffer = Buffer.alloc(0)
  let answered = 0
  return {
    read(chunk) {
      buffer = buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffer, chunk])
      const answers: RawAnswer[] = []
      for (;;) {
        const end = buffer.indexOf('\r\n\r\n')
        if (end === -1) return answers
        const headers = buffer.toString('latin1', 0, end + 2)
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(headers)?.[1])
        if (Number.isNaN(status)) throw new Error(`no status line: ${headers.slice(0, 200)}`)
        const bodyLength = methods[answered] === 'HEAD' || status < 200 ? 0 : lengthOfBody(headers)
        if (buffer.length < end + 4 + bodyLength) return answers
        const sent = buffer.toString('utf8', end + 4, end + 4 + bodyLength)
        const body = sent === emptyChunks ? '' : sent
        buffer = buffer.subarray(end + 4 + bodyLength)
        if (status < 200) continue
        answered++
        answers.push({ status, headers, body })
      }
    },
  }
}

const emptyChunks = '0\r\n\r\n'

/** In chunks Node.js itself sends only one answer here, an empty one. */
function lengthOfBody(headers: string): number {
  if (/^transfer-encoding: chunked\r?$/im.test(headers)) return emptyChunks.length
  return Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? 0)
}
