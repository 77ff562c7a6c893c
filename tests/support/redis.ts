/** A real Redis for tests: its own port, nothing on disk; it can be ended and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { freePort } from './free-port.ts'
import { endProcess, untilReady } from './process.ts'

const executable = process.env.TEST_REDIS

/** For a test's `skip` option: false when there is a Redis, else the reason there is none. */
export const skipWithoutRedis: string | false =
  executable === undefined ? 'TEST_REDIS is not set; `npm test` finds or installs Redis' : false

export interface Redis {
  /** As `REDIS_ADDR` names it. */
  readonly address: string
  readonly tlsAddress: string | undefined
  readonly password: string
  start(): Promise<void>
  /** Stops answering without ending a connection. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
  /** One command, as a line. @returns its answer as it came. */
  command(line: string): Promise<string>
}

/** @param tls files with a certificate and its key; then there is an address with TLS as well. */
export async function createRedis(tls?: { certFile: string; keyFile: string }): Promise<Redis> {
  if (executable === undefined) throw new Error(String(skipWithoutRedis))
  const port = await freePort()
  const tlsPort = tls === undefined ? undefined : await freePort()
  const password = 'only for tests'
  let child: ChildProcess | undefined
  const command = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let text = ''
      socket.on('error', reject)
      socket.on('data', (bytes) => {
        text += String(bytes)
      })
      socket.on('close', () => resolve(text))
      socket.write(`AUTH "${password}"\r\n${line}\r\nQUIT\r\n`)
    })
  return {
    address: `127.0.0.1:${port}`,
    tlsAddress: tlsPort === undefined ? undefined : `localhost:${tlsPort}`,
    password,
    async start() {
      const options = {
        ...{ bind: '127.0.0.1', port, save: '', appendonly: 'no', requirepass: password },
        ...(tls === undefined || tlsPort === undefined
          ? {}
          : {
              'tls-port': tlsPort,
              'tls-cert-file': tls.certFile,
              'tls-key-file': tls.keyFile,
              'tls-auth-clients': 'no',
            }),
      }
      const started = spawn(
        executable,
        Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
        { stdio: ['ignore', 'pipe', 'pipe'] },
      )
      child = started
      let log = ''
      for (const stream of [started.stdout, started.stderr]) {
        stream.on('data', (chunk) => {
          log = `${log}${chunk}`.slice(-10_000)
        })
      }
      await untilReady(
        started,
        async () => (await command('PING')).includes('PONG'),
        () => log,
      )
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      child?.kill('SIGCONT')
      if (child !== undefined) await endProcess(child)
    },
    command,
  }
}
