/**
 * Fills a database with years of use, by SQL that both databases take: people, clients, a million tokens, a million
 * rows of the audit log. Every value follows from the number of its row, so that rows of different tables fit together
 * and each run measures the same.
 */
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { type AuditRowKind, auditRowKinds } from '../../src/observability/audit-table.ts'
import { rollupLifeSeconds, rollupNames, rollupSpans } from '../../src/observability/rollup-record.ts'

export type Driver = 'sqlite' | 'postgres'

export interface Sizes {
  accounts: number
  clients: number
  grants: number
  accessTokens: number
  refreshTokens: number
  sessions: number
  consents: number
  deviceGrants: number
  auditRows: number
}

export const fullSizes: Sizes = {
  accounts: 100_000,
  clients: 1000,
  grants: 150_000,
  accessTokens: 1_000_000,
  refreshTokens: 300_000,
  sessions: 100_000,
  consents: 100_000,
  deviceGrants: 20_000,
  auditRows: 1_000_000,
}

/** Whom and what the pages are asked about. */
export interface Filled {
  /** Half of all grants. */
  hugeClient: string
  /** Only tokens of its own, a third of all. */
  machineClient: string
  middleClient: string
  /** Tokens of its own, and few of them. */
  smallClient: string
  /** Nobody in particular. */
  person: string
  personName: string
  /** A token of the huge client. */
  token: string
  /** Who did much of what the audit log tells of, and what it was done to once. */
  actorName: string
  actorId: string
  resource: string
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Actors of the audit log. */
const actors = 2000

interface Sql {
  /** A table `n` with the whole numbers `i` below `count`. */
  series(count: number): string
  /** A whole number as hexadecimal digits, with zeros in front. */
  hex(value: string, width: number): string
  padded(value: string, width: number): string
}

const dialects: Readonly<Record<Driver, Sql>> = {
  sqlite: {
    series: (count) =>
      `(with recursive c(i) as (select 0 union all select i + 1 from c where i < ${count - 1}) select i from c) n`,
    hex: (value, width) => `printf('%0${width}x', ${value})`,
    padded: (value, width) => `printf('%0${width}d', ${value})`,
  },
  postgres: {
    series: (count) => `generate_series(cast(0 as bigint), ${count - 1}) n(i)`,
    hex: (value, width) => `lpad(to_hex(${value}), ${width}, '0')`,
    padded: (value, width) => `lpad(cast(${value} as text), ${width}, '0')`,
  },
}

/** Spreads the numbers of rows over those below `count`, the same way each time. */
function spread(i: string, count: number, salt: number): string {
  return `((((${i}) + ${salt}) * 2654435761) % 4294967296 / 256 % ${count})`
}

/** @param busy the account that owns, uses and allowed more than others. */
export async function fill(
  driver: Driver,
  dsn: string,
  sizes: Sizes,
  busy: string,
  now: number,
  say: (line: string) => void,
): Promise<Filled> {
  const connection = await connect(driver, dsn)
  try {
    const began = performance.now()
    for (const [table, statement] of statementsOf(dialects[driver], sizes, busy, now)) {
      await connection.execute(statement)
      say(`  ${table}, after ${((performance.now() - began) / 1000).toFixed(0)} s`)
    }
    await connection.tidyUp()
    return await lookUp(connection, dialects[driver], sizes, now)
  } finally {
    await connection.close()
  }
}

async function lookUp(connection: Connection, sql: Sql, sizes: Sizes, now: number): Promise<Filled> {
  const { clientId, accountId, accessTokenId, actorId, resourceId } = idsOf(sql, sizes, now)
  const found = await connection.one(
    `select ${clientId('0')} as huge, ${clientId(String(sizes.clients - 1))} as machine, ${clientId('5')} as middle,
      ${clientId('3')} as small, ${accountId('342')} as person, ${actorId('42')} as actor,
      ${accessTokenId(String(sizes.accessTokens - 1))} as token, ${resourceId('4711')} as resource`,
  )
  return {
    hugeClient: found.huge!,
    machineClient: found.machine!,
    middleClient: found.middle!,
    smallClient: found.small!,
    person: found.person!,
    personName: 'carla342',
    token: found.token!,
    actorName: 'person-42',
    actorId: found.actor!,
    resource: found.resource!,
  }
}

/** Ids of the kind this server makes, UUIDv7: each begins with its time. */
function idsOf({ hex }: Sql, sizes: Sizes, now: number) {
  const uuid = (at: string, i: string) =>
    `(substr(${hex(at, 12)}, 1, 8) || '-' || substr(${hex(at, 12)}, 9, 4) || '-7000-8000-' || ${hex(i, 12)})`
  const since = (start: number, step: number) => (i: string) =>
    `(${now - start} + cast(${i} as bigint) * ${step})`
  const over = (span: number, count: number) => since(span, Math.floor(span / count))
  const accountAt = since(400 * day, Math.floor((390 * day) / sizes.accounts))
  const clientAt = since(300 * day, minute)
  const grantAt = over(2 * day, sizes.grants)
  const accessTokenAt = over(26 * hour, sizes.accessTokens)
  const refreshTokenAt = over(47 * hour, sizes.refreshTokens)
  const auditAt = over(90 * day, sizes.auditRows)
  return {
    uuid,
    accountAt,
    clientAt,
    grantAt,
    accessTokenAt,
    refreshTokenAt,
    auditAt,
    accountId: (i: string) => uuid(accountAt(i), i),
    clientId: (i: string) => uuid(clientAt(i), i),
    grantId: (i: string) => uuid(grantAt(i), i),
    accessTokenId: (i: string) => uuid(accessTokenAt(i), i),
    refreshTokenId: (i: string) => uuid(refreshTokenAt(i), i),
    auditId: (i: string) => uuid(auditAt(i), i),
    actorId: (i: string) => uuid(String(now - 400 * day), i),
    resourceId: (i: string) => uuid(String(now - 100 * day), i),
  }
}

function statementsOf(
  sql: Sql,
  sizes: Sizes,
  busy: string,
  now: number,
): [table: string, statement: string][] {
  const ids = idsOf(sql, sizes, now)
  const { series } = sql
  const digest = `'${'d'.repeat(43)}'`
  const browser = "'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'"
  const into = (table: string, columns: Readonly<Record<string, string>>, from: string): [string, string] => [
    table,
    `insert into ${table} (${Object.keys(columns)}) select ${Object.values(columns)} from ${from}`,
  ]

  const firstName = (i: string) =>
    `case ${i} % 5 when 0 then 'ana' when 1 then 'bob' when 2 then 'carla' when 3 then 'dmitri' else 'eve' end`
  const accounts = into(
    'accounts',
    {
      id: ids.accountId('i'),
      username: `${firstName('i')} || i`,
      email: `${firstName('i')} || i || '@example.com'`,
      email_key: `${firstName('i')} || i || '@example.com'`,
      full_name: `${firstName('i')} || ' Person' || i`,
      full_name_key: `${firstName('i')} || ' person' || i`,
      role: `case when i % 5000 = 0 then 'admin' else 'user' end`,
      status: `case when i % 1000 = 3 then 'disabled' else 'active' end`,
      auth_source: `case when i % 2 = 0 then 'http_api' when i % 101 = 0 then 'github' else 'local' end`,
      created_at: ids.accountAt('i'),
      updated_at: ids.accountAt('i'),
    },
    series(sizes.accounts),
  )

  // A thousandth waits for approval; every tenth belongs to one person.
  const clients = into(
    'clients',
    {
      id: ids.clientId('i'),
      name: `case when i % 3 = 0 then 'Backup CLI ' when i % 3 = 1 then 'Build agent ' else 'Notes ' end || i`,
      name_key: `case when i % 3 = 0 then 'backup cli ' when i % 3 = 1 then 'build agent ' else 'notes ' end || i`,
      description: "''",
      type: `case when i % 2 = 0 then 'public' else 'confidential' end`,
      status: `case when i % 1000 = 7 then 'pending' when i % 50 = 9 then 'inactive' else 'active' end`,
      grants: `'["device_code","authorization_code","refresh_token"]'`,
      scopes: "'openid profile read'",
      redirect_uris: `'["https://app.example/callback"]'`,
      allowed_resources: "'[]'",
      token_profile: "'standard'",
      introspect_any: '0',
      created_by: `case when i % 10 = 1 then '${busy}' end`,
      created_at: ids.clientAt('i'),
      updated_at: ids.clientAt('i'),
      origin: `case when i % 10 = 1 then 'self_service' when i % 4 = 2 then 'registration' else 'operator' end`,
    },
    series(sizes.clients),
  )

  const clientOfGrant = (g: string) =>
    `case when ${g} % 2 = 0 then ${ids.clientId('0')} else ${ids.clientId(`1 + ${g} / 2 % ${sizes.clients - 2}`)} end`
  const accountOfGrant = (g: string) =>
    `case when ${g} % 50 = 0 then '${busy}' else ${ids.accountId(`${g} * 7919 % ${sizes.accounts}`)} end`
  const grants = into(
    'grants',
    {
      id: ids.grantId('i'),
      client_id: clientOfGrant('i'),
      account_id: accountOfGrant('i'),
      grant_type: "'device_code'",
      scopes: "'openid profile'",
      resources: "'[]'",
      created_at: ids.grantAt('i'),
      expires_at: `${ids.grantAt('i')} + ${90 * day}`,
      last_used_at: ids.grantAt('i'),
      request_ip: "'192.0.2.1'",
      request_user_agent: browser,
      ended_at: `case when i % 10 = 1 then ${ids.grantAt('i')} + ${hour} end`,
    },
    series(sizes.grants),
  )

  // A third speaks for nobody; of those one client has nearly all. Some live for an hour, some for a day.
  const alone = 'i % 10 < 3'
  const accessTokens = into(
    'access_tokens',
    {
      id: ids.accessTokenId('i'),
      digest,
      client_id: `case when i % 1000 = 7 then ${ids.clientId('5')}
        when i % 500 = 0 then ${ids.clientId('3')}
        when ${alone} then ${ids.clientId(String(sizes.clients - 1))} else ${clientOfGrant('g')} end`,
      account_id: `case when ${alone} then null else ${accountOfGrant('g')} end`,
      grant_id: `case when ${alone} then null else ${ids.grantId('g')} end`,
      scopes: "'openid profile'",
      audience: "'[]'",
      issued_at: ids.accessTokenAt('i'),
      expires_at: `${ids.accessTokenAt('i')} + case when i % 4 = 0 then ${day} else ${hour} end - ${spread('i', 3 * minute, 3)}`,
      state: `case when ${spread('i', 2000, 4)} = 0 then 'disabled' when ${spread('i', 50, 5)} = 0 then 'revoked'
        else 'active' end`,
      exchanged: 'case when i % 1000 = 7 then 1 else 0 end',
    },
    `(select i, ${spread('i', sizes.grants, 1)} as g from ${series(sizes.accessTokens)}) r`,
  )

  const refreshTokens = into(
    'refresh_tokens',
    {
      id: ids.refreshTokenId('i'),
      digest,
      grant_id: ids.grantId('g'),
      client_id: clientOfGrant('g'),
      account_id: accountOfGrant('g'),
      issued_at: ids.refreshTokenAt('i'),
      expires_at: `${ids.refreshTokenAt('i')} + ${30 * day}`,
      state: `case when ${spread('i', 1000, 6)} = 0 then 'disabled' when ${spread('i', 20, 7)} = 0 then 'revoked'
        when i % 2 = 0 then 'superseded' else 'active' end`,
      superseded_at: `case when i % 2 = 0 then ${ids.refreshTokenAt('i')} + ${hour} end`,
    },
    `(select i, ${spread('i', sizes.grants, 2)} as g from ${series(sizes.refreshTokens)}) r`,
  )

  const sessionAt = `(${now} - ${spread('i', 30 * day, 8)})`
  const sessions = into(
    'sessions',
    {
      id: ids.uuid(sessionAt, 'i'),
      digest,
      account_id: `case when i % 2000 = 0 then '${busy}' else ${ids.accountId(`i % ${sizes.accounts}`)} end`,
      auth_source: "'local'",
      created_at: sessionAt,
      authenticated_at: sessionAt,
      methods: "'pwd'",
      last_seen_at: sessionAt,
      expires_at: `${sessionAt} + ${30 * day}`,
      idle_timeout_seconds: '0',
      ip: "'192.0.2.1'",
      user_agent: browser,
      ended_at: `case when i % 3 = 1 then ${sessionAt} + ${minute} end`,
      end_reason: `case when i % 3 = 1 then 'logout' end`,
    },
    series(sizes.sessions),
  )

  // Half of them given to one client; and one person gave three hundred.
  const half = Math.floor(sizes.consents / 2)
  const ofBusy = Math.min(300, sizes.clients - 2)
  const consentAt = (i: string) => `(${now - 40 * day} + (${i}) * 1000)`
  const consents = into(
    'consents',
    {
      id: ids.uuid(consentAt('i'), 'i'),
      account_id: `case when i < ${ofBusy} then '${busy}' when i < ${half} then ${ids.accountId('i')}
        else ${ids.accountId(`i * 7919 % ${sizes.accounts}`)} end`,
      client_id: `case when i < ${ofBusy} then ${ids.clientId('1 + i')} when i < ${half} then ${ids.clientId('0')}
        else ${ids.clientId(`1 + i % ${sizes.clients - 2}`)} end`,
      permissions: `'[{"resource":null,"scopes":["openid","profile"]}]'`,
      granted_at: consentAt('i'),
      updated_at: consentAt('i'),
    },
    series(sizes.consents),
  )

  const deviceAt = `(${now} - ${day} + i * ${Math.floor((day + 20 * minute) / sizes.deviceGrants)})`
  const deviceGrants = into(
    'device_grants',
    {
      id: ids.uuid(deviceAt, 'i'),
      device_code_digest: digest,
      client_id: ids.clientId('0'),
      scopes: "'openid'",
      resources: "'[]'",
      state: `case when i % 2 = 0 then 'redeemed' else 'pending' end`,
      issued_at: deviceAt,
      expires_at: `${deviceAt} + ${30 * minute}`,
      interval_seconds: '5',
      request_ip: "'192.0.2.1'",
      request_user_agent: "'cli'",
    },
    series(sizes.deviceGrants),
  )

  return [
    accounts,
    clients,
    grants,
    accessTokens,
    refreshTokens,
    sessions,
    consents,
    deviceGrants,
    auditStatement(sql, sizes, now),
    // What the server counted of its own start.
    ['rollup', 'delete from rollup'],
    ...rollupSpans.map((span) => rollupStatement(sql, span, now)),
  ]
}

/** Nine of ten rows are of a few kinds, as in a server in use. */
const usualKinds = ['TOKEN_REFRESHED', 'ACCESS_TOKEN_ISSUED', 'AUTHENTICATION_SUCCESS', 'SESSION_CREATED']

function auditStatement(sql: Sql, sizes: Sizes, now: number): [string, string] {
  const ids = idsOf(sql, sizes, now)
  const known: Readonly<Record<string, AuditRowKind>> = auditRowKinds
  const names = [...usualKinds, ...Object.keys(known)]
  const quoted = (text: string | undefined) =>
    text === undefined ? 'null' : `'${text.replaceAll("'", "''")}'`
  const kinds = names.map((name, index) => {
    const { severity, resourceType, success, when } = known[name]!
    return `(${index}, '${name}', '${severity}', ${quoted(resourceType)}, ${success ? 1 : 0}, ${quoted(when.slice(0, 60))})`
  })
  const columns = {
    id: ids.auditId('i'),
    event_type: 'k.event_type',
    at: ids.auditAt('i'),
    severity: 'k.severity',
    actor_id: ids.actorId('actor'),
    actor_name: "'person-' || actor",
    actor_ip: `'10.' || ${spread('i', 250, 12)} || '.' || ${spread('i', 20, 13)} || '.7'`,
    resource_type: 'k.resource_type',
    resource_id: ids.resourceId('i'),
    resource_name: "'Backup CLI'",
    action: 'k.action',
    details: `'{"client_id":"client-' || i % 50 || '","grant_type":"device_code","scopes":["read","write"]}'`,
    success: 'k.success',
    error_message: "case when k.success = 0 then 'bad_credentials' end",
    request_id: `'r-' || ${sql.padded('i', 14)}`,
    user_agent: "'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'",
    request_path: "'/oauth/token'",
    request_method: "'POST'",
  }
  return [
    'audit_log',
    `with kinds(k, event_type, severity, resource_type, success, action) as (values ${kinds.join(', ')})
    insert into audit_log (${Object.keys(columns)})
    select ${Object.values(columns)} from (
      select i, ${spread('i', actors, 9)} as actor,
        case when ${spread('i', 10, 10)} > 0 then ${spread('i', usualKinds.length, 11)}
          else ${spread('i', names.length, 11)} end as kind
      from ${sql.series(sizes.auditRows)}
    ) r join kinds k on k.k = r.kind`,
  ]
}

/** A week of every span, as the clean-up leaves it. */
function rollupStatement(sql: Sql, span: number, now: number): [string, string] {
  const length = span * minute
  const last = Math.floor(now / length)
  const spans = Math.floor((rollupLifeSeconds * 1000) / length)
  const names = rollupNames.map((name, index) => `(${index}, '${name}')`)
  return [
    `rollup of ${span} minutes`,
    `with names(k, name) as (values ${names.join(', ')})
    insert into rollup (span, starts_at, name, amount)
    select ${span}, (${last} - i) * ${length}, name, 1 + ${spread('i + k', 1000, 14)}
    from ${sql.series(spans)} cross join names`,
  ]
}

interface Connection {
  execute(statement: string): Promise<void>
  one(query: string): Promise<Record<string, string>>
  /** Leaves the database as one that has been in use: with statistics, and nothing to tidy up. */
  tidyUp(): Promise<void>
  close(): Promise<void>
}

async function connect(driver: Driver, dsn: string): Promise<Connection> {
  if (driver === 'sqlite') {
    const database = new DatabaseSync(dsn)
    database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000')
    return {
      execute: async (statement) => database.exec(statement),
      one: async (query) => database.prepare(query).get() as Record<string, string>,
      // As at the end of every run of the server.
      tidyUp: async () => database.exec('pragma optimize(0x10002)'),
      close: async () => database.close(),
    }
  }
  const client = new Client({ connectionString: dsn })
  await client.connect()
  await client.query('set search_path to authgate; set synchronous_commit = off')
  return {
    execute: async (statement) => void (await client.query(statement)),
    one: async (query) => (await client.query<Record<string, string>>(query)).rows[0]!,
    tidyUp: async () => void (await client.query('vacuum analyze')),
    close: () => client.end(),
  }
}
