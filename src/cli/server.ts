/** `authgate server`: starts everything, says so, and stops in order when it is told to. */
import { networkInterfaces } from 'node:os'
import { Command } from 'commander'
import { type App, createApp } from '../app.ts'
import { type Config, ConfigError, type ListenAddress, loadConfig } from '../config/load.ts'
import { systemClock } from '../shared/clock.ts'
import { type ClientId, createIds } from '../shared/ids.ts'
import { createSystemRandom } from '../shared/random.ts'
import { version } from '../version.ts'
import { describeError } from './describe-error.ts'
import type { ProgramContext } from './program.ts'
import { clientToTry, tryItCommand } from './try-it.ts'

/** Probes and clients that waited for the start are answered before the rest is loaded, which keeps the thread busy. */
const firstAnswersMilliseconds = 250
/** Where there are more, the oldest of these will do. */
const clientsLookedAt = 200

export function serverCommand(context: ProgramContext): Command {
  return new Command('server').description('start the server').action(() => serve(context))
}

async function serve({ environment }: ProgramContext): Promise<void> {
  let app: App
  let config: Config
  try {
    const loaded = loadConfig(environment.values)
    config = loaded.config
    const random = createSystemRandom()
    app = await createApp({
      config,
      clock: systemClock,
      random,
      ids: createIds(systemClock, random),
      terminal: process.stdout.isTTY === true,
    })
    for (const warning of [...environment.warnings, ...loaded.warnings]) app.observers.log.warn(warning)
  } catch (error) {
    // A refusal has a message that says what to do; its stack would only hide it.
    console.error(
      error instanceof ConfigError ? error.message : `Failed to start server: ${describeError(error)}`,
    )
    process.exit(1)
  }

  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal does not wait for anything.
    if (stopping) process.exit(1)
    stopping = true
    app.observers.log.info(`Stopping (${signal})`)
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`The shutdown was not clean: ${describeError(error)}`)
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)

  let client: ClientId | undefined
  try {
    client = clientToTry(await app.storage.read.clients.list({ limit: clientsLookedAt }))
    await listen(app.server, config.server.listen)
    if (app.metricsServer !== undefined && config.metrics.listen !== undefined) {
      await listen(app.metricsServer, config.metrics.listen)
    }
  } catch (error) {
    console.error(`Failed to start server: ${describeError(error)}`)
    await app.close()
    process.exit(1)
  }
  announce(app, config, client)
  const begin = async (): Promise<void> => {
    try {
      await app.begin()
    } catch (error) {
      console.error(`Failed to start server: ${describeError(error)}`)
      await app.close()
      process.exit(1)
    }
  }
  setTimeout(begin, firstAnswersMilliseconds).unref()
}

async function listen(server: App['server'], { host, port }: ListenAddress): Promise<void> {
  // Without a host every interface is meant; where the machine has no IPv6 that is 0.0.0.0.
  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ family }) => family === 'IPv6'),
  )
  await server.listen({ host: host ?? (hasIpv6 ? '::' : '0.0.0.0'), port })
}

function announce(app: App, config: Config, client: ClientId | undefined): void {
  const { log } = app.observers
  const signer = app.signingKeys.accessTokenSigner()
  if (config.metrics.enabled) log.info('Prometheus metrics initialized')
  log.info(`AuthGate ${version} is ready at ${config.server.issuer}`)
  log.info(
    config.database.driver === 'sqlite'
      ? `Database: SQLite, ${config.database.dsn}`
      : 'Database: PostgreSQL, schema authgate',
  )
  log.info(`Access tokens: ${signer.algorithm}${signer.kid === undefined ? '' : `, key ${signer.kid}`}`)
  log.info(`Metrics: ${describeMetrics(config)}`)
  if (app.credentialsFile !== undefined) log.info(`First credentials: ${app.credentialsFile}`)
  if (client === undefined) return
  const caller = {
    program: process.argv[1] ?? 'authgate',
    workingFolder: process.cwd(),
    searchPath: process.env.PATH ?? '',
  }
  log.info(`Try it: ${tryItCommand(caller, config.server.issuer, client)}`)
}

function describeMetrics({ metrics, server }: Config): string {
  if (!metrics.enabled) return 'off (METRICS_ENABLED=true turns them on)'
  const where =
    metrics.listen === undefined
      ? `${new URL(server.issuer).origin}/metrics`
      : `${metrics.listen.host ?? ''}:${metrics.listen.port}/metrics`
  return `${where}, ${metrics.token === undefined ? 'open to everybody who can reach it' : 'with a bearer token'}`
}
