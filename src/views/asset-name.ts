/** What static files are called. */
import { createHash } from 'node:crypto'

/** The path of a file under a name that changes with its content. */
export function namedByDigest(name: string, body: Buffer): string {
  const digest = createHash('sha256').update(body).digest('hex').slice(0, 12)
  const dot = name.lastIndexOf('.')
  return `/static/${name.slice(0, dot)}.${digest}${name.slice(dot)}`
}
