/** PostgreSQL connection strings: URLs as they are, and libpq's keyword form (`host=… port=… dbname=…`). */
import { readFileSync } from 'node:fs'
import type { ClientConfig } from 'pg'

/** A value is bare, or in single quotes; a backslash makes the next character an ordinary one. */
const keywordPattern = /\s*([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/y

/** @throws when the text is neither form. The message does not repeat it: it may hold a password. */
export function parsePostgresDsn(dsn: string): ClientConfig {
  if (/^postgres(?:ql)?:\/\//.test(dsn)) return { connectionString: dsn }
  const keywords = new Map<string, string>()
  const text = dsn.trim()
  keywordPattern.lastIndex = 0
  while (keywordPattern.lastIndex < text.length) {
    const match = keywordPattern.exec(text)
    if (match === null) {
      throw new Error(
        'DATABASE_DSN is neither a postgres:// URL nor a list like “host=localhost dbname=authgate”',
      )
    }
    keywords.set(match[1]!, (match[2] ?? match[3]!).replace(/\\(.)/g, '$1'))
  }
  const config: ClientConfig = {}
  const host = keywords.get('hostaddr') ?? keywords.get('host')
  const port = keywords.get('port')
  const user = keywords.get('user')
  const password = keywords.get('password')
  const database = keywords.get('dbname')
  const options = keywords.get('options')
  const sslMode = keywords.get('sslmode')
  if (host !== undefined) config.host = host
  if (port !== undefined) config.port = Number(port)
  if (user !== undefined) config.user = user
  if (password !== undefined) config.password = password
  if (database !== undefined) config.database = database
  if (options !== undefined) config.options = options
  if (sslMode !== undefined) config.ssl = sslOf(sslMode, keywords.get('sslrootcert'))
  return config
}

/** libpq's meanings: `require` encrypts and asks nothing, `verify-…` also check the certificate. */
function sslOf(mode: string, rootCertificateFile: string | undefined): NonNullable<ClientConfig['ssl']> {
  const ca = rootCertificateFile === undefined ? undefined : readFileSync(rootCertificateFile, 'utf8')
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return false
    case 'require':
      return ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined }
    case 'verify-ca':
      return { ...(ca !== undefined && { ca }), checkServerIdentity: () => undefined }
    case 'verify-full':
      return ca === undefined ? true : { ca }
    default:
      throw new Error(`DATABASE_DSN has the unknown sslmode “${mode}”`)
  }
}
