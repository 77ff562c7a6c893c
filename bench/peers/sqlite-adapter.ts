/**
 * The smallest honest SQLite adapter for oidc-provider: WAL, synchronous NORMAL, statements prepared once,
 * one commit per write. It gives the peer the durability AuthGate has, with what its interface allows:
 * each write is awaited alone, so there is nothing to group.
 */
import { DatabaseSync } from 'node:sqlite'
import type { Adapter, AdapterPayload } from 'oidc-provider'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS entry (
    key TEXT PRIMARY KEY,
    payload TEXT NOT NULL,
    expires_at INTEGER,
    consumed_at INTEGER,
    uid TEXT,
    user_code TEXT,
    grant_id TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entry_uid ON entry (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entry_user_code ON entry (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entry_grant ON entry (grant_id) WHERE grant_id IS NOT NULL;
`

interface Row {
  payload: string
  expires_at: number | null
  consumed_at: number | null
}

/** Opens the database and returns the adapter factory oidc-provider asks for each of its models. */
export function sqliteAdapter(file: string): (model: string) => Adapter {
  const database = new DatabaseSync(file)
  database.exec(schema)
  const columns = 'payload, expires_at, consumed_at'
  const upsert = database.prepare(
    `INSERT INTO entry (key, payload, expires_at, uid, user_code, grant_id) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
  )
  const byKey = database.prepare(`SELECT ${columns} FROM entry WHERE key = ?`)
  const byUid = database.prepare(`SELECT ${columns} FROM entry WHERE uid = ?`)
  const byUserCode = database.prepare(`SELECT ${columns} FROM entry WHERE user_code = ?`)
  const consume = database.prepare('UPDATE entry SET consumed_at = ? WHERE key = ?')
  const destroy = database.prepare('DELETE FROM entry WHERE key = ?')
  const revoke = database.prepare('DELETE FROM entry WHERE grant_id = ?')

  const decode = (row: unknown): AdapterPayload | undefined => {
    if (row === undefined) return undefined
    const { payload, expires_at, consumed_at } = row as Row
    if (expires_at !== null && expires_at <= now()) return undefined
    const decoded = JSON.parse(payload) as AdapterPayload
    return consumed_at === null ? decoded : { ...decoded, consumed: consumed_at }
  }

  return (model) => ({
    async upsert(id, payload, expiresIn) {
      upsert.run(
        `${model}:${id}`,
        JSON.stringify(payload),
        expiresIn ? now() + expiresIn : null,
        payload.uid ?? null,
        payload.userCode ?? null,
        payload.grantId ?? null,
      )
    },
    find: async (id) => decode(byKey.get(`${model}:${id}`)),
    findByUid: async (uid) => decode(byUid.get(uid)),
    findByUserCode: async (userCode) => decode(byUserCode.get(userCode)),
    async consume(id) {
      consume.run(now(), `${model}:${id}`)
    },
    async destroy(id) {
      destroy.run(`${model}:${id}`)
    },
    async revokeByGrantId(grantId) {
      revoke.run(grantId)
    },
  })
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
