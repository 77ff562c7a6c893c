/**
 * `authgate mcp doctor <url>`: what is wrong with the authorization of an MCP server, whichever authorization server it
 * names. Exit status 0 when no client is kept out, 1 when one is, 2 when there was nothing to look at.
 */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { type Config, loadConfig } from '../../config/load.ts'
import { openStorage } from '../../storage/open.ts'
import { version } from '../../version.ts'
import { describeError } from '../describe-error.ts'
import type { Environment } from '../environment.ts'
import { terminalStyle, wantsColor, wantsUnicode } from '../login/style.ts'
import { printable, printableJson } from '../login/words.ts'
import type { ProgramContext } from '../program.ts'
import { examine } from './doctor.ts'
import type { Registered } from './look.ts'
import { createProbe } from './probe.ts'
import { reportAsJson, reportAsText } from './report.ts'

const exitStatus = { healthy: 0, failures: 1, nothing: 2 } as const

interface DoctorOptions {
  json?: boolean
  database: boolean
}

export function mcpCommand({ environment }: ProgramContext): Command {
  const command = new Command('mcp').description('help with MCP servers behind an authorization server')
  command
    .command('doctor')
    .description('look at an MCP server as clients do, and say which of them would fail and why')
    .argument('<url>', 'the address people type into their clients')
    .option('--no-database', 'do not compare with what is registered in the configured database')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 no client is kept out, 1 some are, 2 there was nothing to look at.',
    )
    .action((url: string, options: DoctorOptions) => doctor(url, options, environment))
  return command
}

async function doctor(url: string, options: DoctorOptions, environment: Environment): Promise<void> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return giveUp(
      options,
      url,
      'It is no http or https address.',
      'Pass it as people type it, such as https://mcp.example.com/mcp.',
    )
  }
  const compared = options.database ? await readRegistered(environment) : undefined
  const probe = createProbe({ fetch: globalThis.fetch, userAgent: `AuthGate/${version} (mcp doctor)` })
  const registered = typeof compared === 'object' ? compared : undefined
  const examination = await examine(url, probe, registered)
  if (examination.kind === 'unreachable') {
    return giveUp(
      options,
      url,
      `It does not answer: ${examination.problem}.`,
      'Check the address, and whether it can be reached from here.',
    )
  }
  const notes = typeof compared === 'string' ? [`Not compared with what is registered: ${compared}`] : []
  const report = { url, findings: examination.findings, notes }
  if (options.json === true) {
    process.stdout.write(`${printableJson(reportAsJson(report))}\n`)
  } else {
    const { stdout } = process
    const style = terminalStyle({
      color: stdout.isTTY === true && wantsColor(process.env),
      unicode: wantsUnicode(process.env),
    })
    stdout.write(reportAsText(report, style, stdout.columns ?? 80))
  }
  const failed = report.findings.some(({ level }) => level === 'failure')
  process.exitCode = failed ? exitStatus.failures : exitStatus.healthy
}

function giveUp(options: DoctorOptions, url: string, why: string, remedy: string): void {
  process.exitCode = exitStatus.nothing
  if (options.json === true) process.stdout.write(`${printableJson({ url, error: why })}\n`)
  else process.stderr.write(`authgate: ${printable(url)} cannot be examined.\n${printable(why)}\n${remedy}\n`)
}

/** What the configured database says, or in one sentence why there is nothing to compare with. */
async function readRegistered(environment: Environment): Promise<Registered | string> {
  let config: Config
  try {
    config = loadConfig(environment.values, { needsEncryptionKey: false }).config
  } catch {
    return 'no server is configured here.'
  }
  const { database, server } = config
  if (database.driver === 'sqlite' && !existsSync(database.dsn)) return 'there is no database here.'
  try {
    const storage = await openStorage(database, { onError: () => {} })
    try {
      return { issuer: server.issuer, resources: await storage.read.resources.list() }
    } finally {
      await storage.close()
    }
  } catch (error) {
    return `the database cannot be opened: ${describeError(error)}`
  }
}
