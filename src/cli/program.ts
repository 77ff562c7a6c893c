/** The command line: one command per file. What a command needs is loaded when it runs, so that each starts fast. */
import { Command, type CommanderError } from 'commander'
import { version } from '../version.ts'
import type { Environment } from './environment.ts'

export interface ProgramContext {
  environment: Environment
}

export async function createProgram(context: ProgramContext, name: string | undefined): Promise<Command> {
  const program = new Command('authgate')
    .description('OAuth 2.0 / OpenID Connect authorization server')
    .version(versionText(), '-v, --version', 'print the version')
    .showHelpAfterError('(try authgate --help)')
  const known = Object.keys(commands) as (keyof typeof commands)[]
  const wanted = known.filter((candidate) => candidate === name)
  // Without a known name the program says what there is, and so needs them all.
  for (const command of wanted.length > 0 ? wanted : known) {
    program.addCommand(await commands[command](context))
  }
  for (const each of [program, ...program.commands.flatMap((child) => [child, ...child.commands])]) {
    if (each.name() !== 'login') each.exitOverride(endWith)
  }
  if (name === undefined) {
    program.action(() => {
      console.log(program.helpInformation())
      process.exitCode = 1
    })
  }
  return program
}

const commands = {
  server: async (context) => (await import('./server.ts')).serverCommand(context),
  login: async ({ environment }) =>
    (await import('./login/command.ts')).loginCommand(environment.values.DATA_DIR),
  client: async (context) => (await import('./client.ts')).clientCommand(context),
  resource: async (context) => (await import('./resource.ts')).resourceCommand(context),
  mcp: async (context) => (await import('./mcp/command.ts')).mcpCommand(context),
  user: async (context) => (await import('./user.ts')).userCommand(context),
  token: async (context) => (await import('./token.ts')).tokenCommand(context),
  keys: async (context) => (await import('./keys.ts')).keysCommand(context),
} satisfies Record<string, (context: ProgramContext) => Promise<Command>>

/** As existing scripts know it: an option that does not exist is 2, another mistake 1. `login` has codes of its own. */
function endWith({ code, exitCode }: CommanderError): never {
  process.exit(code === 'commander.unknownOption' ? 2 : exitCode)
}

function versionText(): string {
  return [
    `AuthGate version ${version}`,
    `Node.js version: ${process.versions.node}`,
    `Built for: ${process.platform}/${process.arch}`,
  ].join('\n')
}
