/** `authgate client pin`, `unpin`: documents of clients that describe themselves, written down by hand. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import {
  type ClientDocumentAdministration,
  createClientDocumentAdministration,
} from '../administration/client-documents.ts'
import { metadataRules } from '../oauth/registration/metadata-rules.ts'
import { administerDatabase } from './administration/administer.ts'
import type { ShownDocument } from './administration/port.ts'
import { CommandError } from './command-error.ts'
import type { AdministrationTools } from './database.ts'
import { printJson, printLine } from './print.ts'
import type { ProgramContext } from './program.ts'

/** Adds `pin` to the commands of `client`. */
export function addPinCommand(context: ProgramContext, client: Command): void {
  client
    .command('pin')
    .description('write down the document of a client whose host turns servers away')
    .argument('<url>', 'the address it is known by')
    .requiredOption('--file <file>', 'what a browser shows at that address')
    .option('--json', 'print JSON')
    .action((url: string, options: { file: string; json?: boolean }) =>
      administerDatabase(context, client, async (tools) => {
        const pinned = await administrationOf(tools).pin(url, read(options.file), tools.actor)
        if (options.json === true) {
          printJson({ client_id: pinned.id, client_name: pinned.name, pinned: true })
          return
        }
        printLine(`Pinned ${pinned.id}. Its host is not asked any more, until authgate client unpin.`)
      }),
    )
}

/** Adds `unpin` to the commands of `client`. */
export function addUnpinCommand(context: ProgramContext, client: Command): void {
  client
    .command('unpin')
    .description('have the host of a client asked for its document again')
    .argument('<url>', 'the address it is known by')
    .option('--json', 'print JSON')
    .action((url: string, options: { json?: boolean }) =>
      administerDatabase(context, client, async (tools) => {
        if (!(await administrationOf(tools).unpin(url, tools.actor))) {
          throw new CommandError(`no document is pinned for ${url}`)
        }
        if (options.json === true) printJson({ client_id: url, pinned: false })
        else printLine(`Unpinned ${url}. Its host is asked at the next use.`)
      }),
    )
}

/** What is kept of the document, as JSON. */
export function encodeDocument(document: ShownDocument): Record<string, unknown> {
  const times = {
    first_seen_at: document.firstSeenAt,
    fetched_at: document.fetchedAt,
    approved_at: document.approvedAt,
    pinned_at: document.pinnedAt,
    withdrawn_at: document.withdrawnAt,
  }
  return {
    sha256: document.sha256,
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, at]) => (at === undefined ? [] : [[name, iso(at)]])),
    ),
  }
}

/** The same in words, as fields of its client. */
export function describeDocument(document: ShownDocument): Record<string, string | undefined> {
  const { pinnedAt, withdrawnAt, fetchedAt, approvedAt } = document
  return {
    document:
      pinnedAt !== undefined
        ? `pinned ${iso(pinnedAt)}, its host is not asked`
        : withdrawnAt !== undefined
          ? `gone since ${iso(withdrawnAt)}`
          : `fetched ${iso(fetchedAt)}`,
    document_sha256: document.sha256,
    first_seen: iso(document.firstSeenAt),
    approved: approvedAt === undefined ? undefined : iso(approvedAt),
  }
}

function administrationOf(tools: AdministrationTools): ClientDocumentAdministration {
  const { config } = tools
  return createClientDocumentAdministration({
    ...tools,
    rules: metadataRules(config),
    settings: { ...config.clientDocuments, loopbackAllowed: config.outbound.loopbackAllowed },
  })
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new CommandError(`the document in ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
