/** `authgate client pin`, `unpin`: documents of clients that describe themselves, written down by hand. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import {
  type ClientDocumentAdministration,
  createClientDocumentAdministration,
} from '../administration/client-documents.ts'
import type { ClientDocument } from '../oauth/client-documents/store.ts'
import { metadataRules } from '../oauth/registration/metadata-rules.ts'
import { type AdministrationTools, CommandError, withDatabase } from './database.ts'
import type { ProgramContext } from './program.ts'

export function pinCommand(context: ProgramContext): Command {
  return new Command('pin')
    .description('write down the document of a client whose host turns servers away')
    .argument('<url>', 'the address it is known by')
    .requiredOption('--file <file>', 'what a browser shows at that address')
    .option('--json', 'print JSON')
    .action((url: string, options: { file: string; json?: boolean }) =>
      withDatabase(context, async (tools) => {
        const client = await administrationOf(tools).pin(url, read(options.file), tools.actor)
        if (options.json === true) {
          console.log(JSON.stringify({ client_id: client.id, client_name: client.name, pinned: true }))
          return
        }
        console.log(`Pinned ${client.id}. Its host is not asked any more, until authgate client unpin.`)
      }),
    )
}

export function unpinCommand(context: ProgramContext): Command {
  return new Command('unpin')
    .description('have the host of a client asked for its document again')
    .argument('<url>', 'the address it is known by')
    .option('--json', 'print JSON')
    .action((url: string, options: { json?: boolean }) =>
      withDatabase(context, async (tools) => {
        if (!(await administrationOf(tools).unpin(url, tools.actor))) {
          throw new CommandError(`no document is pinned for ${url}`)
        }
        if (options.json === true) console.log(JSON.stringify({ client_id: url, pinned: false }))
        else console.log(`Unpinned ${url}. Its host is asked at the next use.`)
      }),
    )
}

/** What is kept of the document, as JSON. */
export function encodeDocument(document: ClientDocument): Record<string, unknown> {
  const times = {
    first_seen_at: document.firstSeenAt,
    fetched_at: document.fetchedAt,
    approved_at: document.approvedAt,
    pinned_at: document.pinnedAt,
    withdrawn_at: document.withdrawnAt,
  }
  return {
    sha256: Buffer.from(document.digest, 'base64url').toString('hex'),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, at]) => (at === undefined ? [] : [[name, iso(at)]])),
    ),
  }
}

/** The same in words, as fields of its client. */
export function describeDocument(document: ClientDocument): Record<string, string | undefined> {
  const { pinnedAt, withdrawnAt, fetchedAt, approvedAt } = document
  return {
    document:
      pinnedAt !== undefined
        ? `pinned ${iso(pinnedAt)}, its host is not asked`
        : withdrawnAt !== undefined
          ? `gone since ${iso(withdrawnAt)}`
          : `fetched ${iso(fetchedAt)}`,
    document_sha256: Buffer.from(document.digest, 'base64url').toString('hex'),
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
