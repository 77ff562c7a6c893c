/** The command line: one command per file. */
import { Command } from 'commander'
import { version } from '../version.ts'
import { clientCommand } from './client.ts'
import type { Environment } from './environment.ts'
import { loginCommand } from './login/command.ts'
import { serverCommand } from './server.ts'
import { userCommand } from './user.ts'

export interface ProgramContext {
  environment: Environment
}

export function createProgram(context: ProgramContext): Command {
  return new Command('authgate')
    .description('OAuth 2.0 / OpenID Connect authorization server')
    .version(versionText(), '-v, --version', 'print the version')
    .addCommand(serverCommand(context))
    .addCommand(loginCommand())
    .addCommand(clientCommand(context))
    .addCommand(userCommand(context))
    .showHelpAfterError('(try authgate --help)')
}

function versionText(): string {
  return [
    `AuthGate version ${version}`,
    `Node.js version: ${process.versions.node}`,
    `Built for: ${process.platform}/${process.arch}`,
  ].join('\n')
}
