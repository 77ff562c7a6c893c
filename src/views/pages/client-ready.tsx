/** A client has just been made, or its secret: the one page that shows the secret, and what to do next. */
import { Alert } from '../components/alert.tsx'
import { LinkButton } from '../components/button.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { CopyButton, Id } from '../components/id.tsx'
import { OneTimeSecret } from '../components/one-time-secret.tsx'
import { InsidePage } from '../layout.tsx'
import { localHref, type SignedInPageProps } from '../props.ts'
import { useText } from '../reader.tsx'
import { type ClientAudience, clientListPath } from './client-form.tsx'

/** What a client is used with, which decides its first command. */
export type SnippetKind = 'cli' | 'web' | 'spa' | 'service'

export interface ClientReadyPageProps extends SignedInPageProps {
  audience: ClientAudience
  client: { id: string; name: string; scope: string; redirectUri: string | null }
  /** Whether the client was made just now, and does not merely have another secret. */
  fresh: boolean
  waits: boolean
  /** `none` for a client without; `shown` when this page was opened before. */
  secret: { value: string } | 'none' | 'shown'
  kinds: readonly SnippetKind[]
  issuer: string
}

/** Whole commands and programs: what is between the lines is the client's own, quoted for where it stands. */
export function snippetsFor(
  kind: SnippetKind,
  { id, scope, redirectUri }: ClientReadyPageProps['client'],
  issuer: string,
): readonly string[] {
  const redirect = JSON.stringify(redirectUri ?? 'https://app.example.com/callback')
  switch (kind) {
    case 'cli':
      return [
        `authgate login --server ${shell(issuer)} --client-id ${shell(id)}`,
        `curl ${shell(`${issuer}/oauth/device/code`)} \\\n  --data-urlencode client_id=${shell(id)} \\\n  --data-urlencode scope=${shell(scope)}`,
      ]
    case 'service':
      return [
        `curl ${shell(`${issuer}/oauth/token`)} \\\n  --user ${shell(id)}:"$CLIENT_SECRET" \\\n  --data grant_type=client_credentials`,
      ]
    case 'web':
      return [program(id, 'process.env.CLIENT_SECRET', issuer, redirect, scope)]
    case 'spa':
      return [program(id, undefined, issuer, redirect, scope)]
  }
}

function program(
  id: string,
  secret: string | undefined,
  issuer: string,
  redirect: string,
  scope: string,
): string {
  const options = issuer.startsWith('http:') ? ', undefined, { execute: [client.allowInsecureRequests] }' : ''
  const proof = secret === undefined ? (options === '' ? '' : ', undefined') : `, ${secret}`
  return `import * as client from 'openid-client'

const config = await client.discovery(new URL(${JSON.stringify(issuer)}), ${JSON.stringify(id)}${proof}${options})
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const signIn = client.buildAuthorizationUrl(config, {
  redirect_uri: ${redirect},
  scope: ${JSON.stringify(scope)},
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
})
// Send the person to signIn. When they come back to the redirect URI, with its address as currentUrl:
const tokens = await client.authorizationCodeGrant(config, currentUrl, { pkceCodeVerifier, expectedState })`
}

/** A word of a POSIX shell: quoted unless it needs none. */
function shell(text: string): string {
  return /^[\w:/.@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export function ClientReadyPage(props: ClientReadyPageProps) {
  const { site, audience, client, fresh, waits, secret, kinds, issuer } = props
  const { ready: text, ...words } = useText().clients
  const list = clientListPath(audience)
  const title = !fresh
    ? secret === 'shown'
      ? text.secretOf(client.name)
      : text.secretTitle(client.name)
    : waits
      ? text.waitsTitle(client.name)
      : text.title(client.name)
  return (
    <InsidePage
      {...props}
      title={title}
      heading={<bdi>{title}</bdi>}
      current={list}
      parent={{ path: list, label: audience === 'admin' ? words.title : words.apps.title }}
    >
      {secret === 'shown' && (
        <Alert tone="info" title={text.shownBefore}>
          <p>{text.shownBeforeAdvice}</p>
        </Alert>
      )}
      {waits && <Alert tone="info" title={text.waits} />}
      <Facts>
        <Fact term={words.detail.clientId}>
          <Id value={client.id} what={words.idOf(client.name)} whole />
        </Fact>
      </Facts>
      {typeof secret === 'object' && <OneTimeSecret value={secret.value} label={text.secret} />}
      {fresh && kinds.length > 0 && (
        <section class="section" aria-labelledby="next">
          <h2 id="next">{text.next}</h2>
          {kinds.map((kind) => (
            <div class="snippets" key={kind}>
              <p>{text[kind]}</p>
              {snippetsFor(kind, client, issuer).map((snippet) => (
                <div class="snippet" key={snippet}>
                  <pre tabindex={0}>
                    <code dir="ltr">{snippet}</code>
                  </pre>
                  <CopyButton value={snippet} what={text.next} />
                </div>
              ))}
            </div>
          ))}
        </section>
      )}
      <div class="acts">
        <LinkButton href={localHref(site, `${list}/${encodeURIComponent(client.id)}`)} kind="primary">
          {text.toClient}
        </LinkButton>
        <LinkButton href={localHref(site, list)}>{text.toList}</LinkButton>
      </div>
    </InsidePage>
  )
}
