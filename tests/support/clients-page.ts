/** What docs/clients.md tells people to copy, so that tests run exactly that. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Compiled, this file is three folders below the root of the repository. */
const page = readFileSync(fileURLToPath(new URL('../../../docs/clients.md', import.meta.url)), 'utf8')

/** The placeholders of the page. */
export interface Actual {
  issuer: string
  app?: string
  clientId: string
  clientSecret?: string
}

/** The JavaScript that the page shows under a heading, for this server and this client. */
export function snippet(heading: string, { issuer, app, clientId, clientSecret }: Actual): string {
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`))
  const code = section === undefined ? undefined : /^```js\n(.*?)^```/ms.exec(section)?.[1]
  if (code === undefined) throw new Error(`docs/clients.md has no JavaScript under ${heading}`)
  return code
    .replaceAll('https://auth.example.com', issuer)
    .replaceAll('https://app.example.com', app ?? 'https://app.example.com')
    .replaceAll('your-client-id', clientId)
    .replaceAll('your-client-secret', clientSecret ?? '')
}

/** Every command that makes a client or a resource, as it is written, with the heading it stands under. */
export function createCommands(): { heading: string; command: string }[] {
  return page.split(/^#+ /m).flatMap((section) => {
    const heading = section.slice(0, section.indexOf('\n'))
    const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!)
    const lines = blocks
      .join('')
      .replace(/\s*\\\n\s*/g, ' ')
      .split('\n')
    return lines
      .filter((line) => /^authgate (?:client|resource) create /.test(line))
      .map((command) => ({ heading, command }))
  })
}

/** The error codes of the table at the end. */
export function explainedErrors(): string[] {
  const table = page.split('## When it fails')[1] ?? ''
  return [...table.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code!)
}
