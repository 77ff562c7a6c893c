/**
 * `npm run docs` writes the pages that repeat a list of the code: settings, metrics, events and the audit log.
 * With `--check` it writes nothing and fails when a page is not what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { retiredSettings, type Settings, settings } from '../src/config/schema.ts'
import type { Setting } from '../src/config/setting.ts'
import type { EventType } from '../src/events/catalogue.ts'
import { openApiDocument } from '../src/http/api/document.ts'
import { type ApiDependencies, apiOperations } from '../src/http/api/operations.ts'
import { apiReference, type ReferenceRow } from '../src/http/api/reference.ts'
import { auditRowKinds, auditRules } from '../src/observability/audit-table.ts'
import { logRules } from '../src/observability/log-table.ts'
import {
  isOpenLabel,
  type MetricDefinition,
  metricDefinitions,
} from '../src/observability/metric-definitions.ts'

/** Every generated file with its content; paths are relative to the repository's root. */
export function generateDocuments(catalogueSource: string): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    '.env.example': environmentExample(),
    'docs/metrics.md': metricsPage(),
    'docs/events.md': eventsPage(catalogueSource),
    'docs/audit.md': auditPage(),
    'docs/api.md': apiPage(),
  }
}

const groupTitles: Readonly<Record<keyof Settings, string>> = {
  server: 'Server',
  pages: 'Pages',
  brand: 'Brand',
  dpop: 'DPoP',
  cors: 'Cross-origin requests',
  log: 'Log',
  encryption: 'Encryption of what is stored',
  database: 'Database',
  firstRun: 'First run',
  tokens: 'Tokens',
  extraClaims: 'Extra claims',
  authorization: 'Authorization code flow',
  signingKeys: 'Signing keys',
  device: 'Device flow',
  sessions: 'Browser sessions',
  authentication: 'Who signs people in',
  httpApi: 'External authentication API',
  identityProviders: 'Identity providers',
  github: 'Sign-in with GitHub',
  gitlab: 'Sign-in with GitLab',
  gitea: 'Sign-in with Gitea',
  microsoft: 'Sign-in with Microsoft',
  oidc: 'Sign-in with an OpenID provider',
  security: 'Passwords and second factors',
  mail: 'Mail',
  limits: 'Rate limits',
  redis: 'Redis',
  api: 'Admin API',
  apps: 'Apps that people make',
  clientDocuments: 'Clients that describe themselves',
  registration: 'Client registration',
  outbound: 'Outbound requests',
  caches: 'Caches',
  audit: 'Audit log',
  cleanup: 'Clean-up',
  metrics: 'Metrics',
}

function settingGroups(): { title: string; members: Setting<unknown>[] }[] {
  return Object.entries(settings).map(([key, members]) => ({
    title: groupTitles[key as keyof Settings],
    members: Object.values(members),
  }))
}

function configurationPage(): string {
  const groups = settingGroups().flatMap(({ title, members }) => [
    `## ${title}`,
    table(
      ['Name', 'Kind', 'Default', 'What it does'],
      members.map((setting) => [
        `\`${setting.name}\``,
        // Kinds that list their choices come escaped for a table.
        setting.kind,
        defaultOf(setting),
        cell(setting.description),
      ]),
    ),
  ])
  return page(
    'Configuration',
    `AuthGate reads its settings from environment variables, and none has to be set to start.`,
    '## How settings are read',
    bullets([
      'A file `.env` in the working folder is read as well; a variable that is already set wins over it, and a name in the file that is no setting is reported. [.env.example](../.env.example) lists every setting.',
      'An empty value counts as not set.',
      'Every value that cannot be understood, and every combination that cannot work, stops the start. All of them are reported at once, each with the name of its variable.',
      'A duration is written as in `1h30m`, `15m`, `30s` or `500ms`; there is no unit for days. A boolean is `true`, `false`, `1` or `0`. Items of a list are separated by commas.',
      'Values of the kind secret are never printed or logged.',
      'A change needs a restart.',
    ]),
    ...groups,
    '## Settings of other versions that have no effect',
    'Setting one of these is reported at the start, with the reason.',
    table(
      ['Name', 'Why it is not needed'],
      Object.entries(retiredSettings).map(([name, reason]) => [`\`${name}\``, cell(reason)]),
    ),
  )
}

function defaultOf(setting: Setting<unknown>): string {
  if (setting.defaultText !== undefined) return `\`${setting.defaultText}\``
  return setting.defaultNote === undefined ? '–' : cell(setting.defaultNote)
}

function environmentExample(): string {
  const lines = [
    '# Every setting of AuthGate, with its default or an example. Copy this file to .env and take the # away from',
    '# the lines you change. What each one means at length: docs/configuration.md',
    '# Written by `npm run docs`.',
  ]
  for (const { title, members } of settingGroups()) {
    lines.push('', `# --- ${title}`)
    for (const setting of members) {
      lines.push('', ...wrapComment(setting.description.replaceAll('`', '')))
      if (setting.defaultText === undefined) {
        if (setting.defaultNote !== undefined) {
          lines.push(`# Default: ${setting.defaultNote.replaceAll('`', '')}`)
        }
        lines.push(`# Example: ${setting.example}`)
      }
      // A line with an example would be in force once uncommented by mistake, and an example is not a secret.
      lines.push(`#${setting.name}=${setting.defaultText ?? ''}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function wrapComment(text: string): string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > 110) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

/** Sections of the metrics page, by the start of the name; the last takes what is left. */
const metricSections: readonly (readonly [title: string, pattern: RegExp])[] = [
  ['Device flow', /^oauth_device_/],
  ['Tokens', /^oauth_token/],
  ['Authentication', /^auth_/],
  ['Sessions', /^session/],
  ['HTTP', /^http_/],
  ['The server itself', /./],
]

function metricsPage(): string {
  const rest = new Set<MetricDefinition>(Object.values(metricDefinitions))
  const sections = metricSections.flatMap(([title, pattern]) => {
    const members = [...rest].filter(({ name }) => pattern.test(name))
    for (const member of members) rest.delete(member)
    return [
      `## ${title}`,
      table(
        ['Metric', 'Type', 'Labels and their values', 'What moves it'],
        members.map((definition) => [
          `\`${definition.name}\``,
          definition.type,
          labelsOf(definition),
          cell(definition.moves),
        ]),
      ),
      ...members
        .filter(({ buckets }) => buckets !== undefined)
        .map(({ name, buckets }) => `Buckets of \`${name}\`: ${buckets?.join(', ')}.`),
    ]
  })
  return page(
    'Metrics',
    '`GET /metrics` serves these once `METRICS_ENABLED=true` is set. [monitoring.md](monitoring.md) says how to scrape, query and alert; [metrics-integration.md](metrics-integration.md) how a new flow gets measured; [events.md](events.md) which event moves what.',
    bullets([
      'Every series over the values listed here exists at 0 from the start, so that `rate()` sees the first event. Of the two families with a `path` only `http_requests_total{status="500"}` does, once per registered method and route.',
      'A value outside its list becomes `other`. No id, name, address, raw path or text of a client is ever a label.',
      'Counters move after the commit of what they count, once.',
      'Gauges that describe the store are counted from it: a snapshot at most `METRICS_GAUGE_UPDATE_INTERVAL` old, so every replica reports the same number; aggregate with `max` or `avg`. A count that fails keeps the last numbers, and `authgate_gauge_snapshot_age_seconds` tells their age. While the store has never been counted these gauges have no samples: an unknown number is not 0.',
      'Durations are in seconds, on a monotonic clock wherever they lie within one process.',
      'The format is Prometheus’ text format, or OpenMetrics when the `Accept` header prefers it.',
    ]),
    ...sections,
    '## Process',
    'The `process_…` and `nodejs_…` metrics of [prom-client](https://github.com/siimon/prom-client) are there too: processor time, memory, file descriptors, event loop lag, garbage collection.',
  )
}

function labelsOf({ labels }: MetricDefinition): string {
  const described = Object.entries(labels).map(
    ([name, values]) =>
      `\`${name}\`: ${isOpenLabel(values) ? cell(values.from) : values.map((value) => `\`${value}\``).join(' ')}`,
  )
  return described.length === 0 ? '–' : described.join('<br>')
}

interface DescribedEvent {
  type: EventType
  sentence: string
}

/**
 * The catalogue's events with their doc comments, in the order of its source.
 * @throws when an event has no comment, or is written in a way that is not understood here: it would be left out.
 */
export function readCatalogue(source: string): DescribedEvent[] {
  const member =
    /(?:\/\*\* ((?:(?!\*\/)[\s\S])*?) \*\/\n)?export interface \w+\s+extends\s+Base<\s*'([\w.]+)'\s*>/g
  const events = [...source.matchAll(member)].map(([, comment, type]) => {
    if (comment === undefined) throw new Error(`The event ${type} has no comment that says what happened`)
    return { type: type as EventType, sentence: comment.replace(/\s*\n \* ?/g, ' ').trim() }
  })
  const read = new Set<string>(events.map(({ type }) => type))
  for (const [, type] of source.matchAll(/\bBase<\s*['"`]([^'"`]+)/g)) {
    if (!read.has(type!)) throw new Error(`The event ${type} is declared in a way that is not understood`)
  }
  return events
}

function eventsPage(catalogueSource: string): string {
  const events = readCatalogue(catalogueSource)
  const metrics: MetricDefinition[] = Object.values(metricDefinitions)
  return page(
    'Events',
    'Everything that happens and that somebody may want to count, record or log, from `src/events/catalogue.ts`. An event is announced after the commit that made it true, and carries no secret, code or token. Each observer answers every event; a dash is an answer too.',
    table(
      ['Event', 'What happened', 'Metrics', 'Audit rows', 'Log'],
      events.map(({ type, sentence }) => [
        `\`${type}\``,
        cell(sentence),
        names(metrics.filter((definition) => definition.events.includes(type)).map(({ name }) => name)),
        names(auditRules[type]?.rows ?? []),
        logCell(type),
      ]),
    ),
  )
}

function names(list: readonly string[]): string {
  return list.length === 0 ? '–' : list.map((name) => `\`${name}\``).join('<br>')
}

function logCell(type: EventType): string {
  const rule = logRules[type]
  if (rule === null) return '–'
  const level = typeof rule.level === 'function' ? 'by outcome' : `\`${rule.level}\``
  return `${level}: ${cell(rule.message)}`
}

function auditPage(): string {
  const eventsOf = (row: string): string[] =>
    Object.entries(auditRules)
      .filter(([, rule]) => (rule?.rows as readonly string[] | undefined)?.includes(row))
      .map(([type]) => type)
  return page(
    'Audit log',
    'Sensitive acts are kept in the table `audit_log`: who did what to what, from which address, in which request, and how it ended.',
    bullets([
      'Actor: an account id, `client:<client_id>` for a client acting for itself, `command_line`, `system`, or nobody.',
      'Rows are written in batches, within a second, off the path of the request. A batch that cannot be written is kept and tried again; what waits is written at shutdown. When `AUDIT_LOG_BUFFER_SIZE` events wait, the newest that is not critical is dropped and `audit_events_dropped_total` counts it.',
      'Not recorded are reads that change nothing and happen all the time: polls still pending, validated tokens, successful introspections. [metrics.md](metrics.md) counts them.',
      'Details never hold a secret: whatever is named like one (`password`, `client_secret`, `refresh_token`, `device_code`, …) is masked, at any depth. Long values are cut, marked by an ellipsis.',
      'Rows older than `AUDIT_LOG_RETENTION` are deleted. They are never changed.',
    ]),
    table(
      ['Row', 'Severity', 'Resource', 'Success', 'Written when', 'From the event'],
      Object.entries(auditRowKinds).map(([name, kind]) => [
        `\`${name}\``,
        kind.severity,
        kind.resourceType ?? '–',
        kind.success ? 'yes' : 'no',
        cell(kind.when),
        names(eventsOf(name)),
      ]),
    ),
  )
}

/** Nothing is asked of the operations here but what they are. */
const nothingBehind = { storage: { read: {} } } as unknown as ApiDependencies

function apiPage(): string {
  const document = openApiDocument({
    issuer: 'https://auth.example.com',
    operations: apiOperations(nothingBehind),
    version: '',
  })
  const { introduction, scopes, groups, refusals } = apiReference(document)
  const rows = (title: string, list: readonly ReferenceRow[]): string[] =>
    list.length === 0
      ? []
      : [
          `${title}:`,
          table(
            ['Name', 'Type', 'What it is'],
            list.map(({ name, type, required, description }) => [
              `\`${name}\`${required ? ' (required)' : ''}`,
              cell(type),
              cell(description === '' ? '–' : description),
            ]),
          ),
        ]
  return page(
    'Admin API',
    ...introduction,
    'Every server serves the OpenAPI 3.1 document of its API at `/api/v1/openapi.json`, which a test holds to what the server does, and a reference made from it at `/docs/api`. `API_ENABLED=false` switches all of it off; `API_RATE_LIMIT` bounds requests per minute and address. Scripts of other origins cannot call it, and it reads no cookie.',
    '## Getting access',
    'For a service, make a client and ask for a token with its secret:',
    '```sh\nauthgate client create --name Reports --type confidential --grant client_credentials --scope authgate:read\ncurl -u "$id:$secret" -d grant_type=client_credentials -d scope=authgate:read https://auth.example.com/oauth/token\n```',
    'For administrators at a terminal, make a public client of its own for them. That is better than giving the scope to the client that everybody signs in with; where that is wanted all the same, its page under “Clients” has its scopes.',
    '```sh\nauthgate client create --name "Admin CLI" --scope "openid authgate:admin"\nauthgate login --server https://auth.example.com --client-id "$id" --scope "openid authgate:admin"\n```',
    'With `--server` the commands for administrators then work through this API, in the name of that person, and renew the token themselves:',
    '```sh\nauthgate client list --server https://auth.example.com\n```',
    'Without it they work on the database and need no token; [administration.md](administration.md#from-the-command-line) has both. The examples of `/docs/api` want a token as `$TOKEN`, such as the `access_token` of the file that `authgate login` names.',
    'Apps that people make for themselves and clients that register themselves can never have these scopes, whoever gives them. What a client may have at the moment of the request counts: taking the scope away from it ends its access at once.',
    '## Scopes',
    table(
      ['Scope', 'What it allows'],
      scopes.map(({ name, description }) => [`\`${name}\``, description]),
    ),
    '## Refusals',
    table(
      ['Status', 'What it means'],
      refusals.map(({ status, description }) => [String(status), cell(description)]),
    ),
    ...groups.flatMap(({ name, description, operations }) => [
      `## ${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      description,
      ...operations.flatMap((operation) => [
        `### ${operation.summary}`,
        `\`${operation.method} ${operation.path}\` · \`${operation.scope}\` · ${operation.status} · refused with ${operation.refusals.join(', ')}`,
        ...(operation.description === '' ? [] : [operation.description]),
        ...rows('Parameters', operation.parameters),
        ...rows('Body', operation.body),
        ...rows('Answer', operation.answer),
        ...(operation.produces === undefined ? [] : [`The answer is \`${operation.produces}\`.`]),
      ]),
    ]),
  )
}

function page(title: string, ...blocks: string[]): string {
  const note = '<!-- Written by `npm run docs` from the lists in the code. Change those, not this file. -->'
  return `${[`# ${title}`, note, ...blocks].join('\n\n')}\n`
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text for a table cell: a vertical line would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) {
  const documents = generateDocuments(readFileSync('src/events/catalogue.ts', 'utf8'))
  for (const [path, content] of Object.entries(documents)) {
    if (!process.argv.includes('--check')) writeFileSync(path, content)
    else if (readOrEmpty(path) !== content) {
      console.error(`${path} is not what the code says: run npm run docs`)
      process.exitCode = 1
    }
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
