/**
 * The reference of the Admin API, made from its document. The words around it are the reader's; what the document says is
 * in the language of its names.
 */
import { GuideFrame, type Visitor } from '../guides/frame.tsx'
import { GuideContents } from '../guides/navigation.tsx'
import { localHref, type PageProps } from '../props.ts'
import { useText } from '../reader.tsx'

interface Row {
  name: string
  type: string
  required: boolean
  description: string
}

interface ShownOperation {
  id: string
  method: string
  path: string
  scope: string
  summary: string
  description: string
  parameters: readonly Row[]
  body: readonly Row[]
  status: number
  answer: readonly Row[]
  produces: string | undefined
  refusals: readonly number[]
  example: string
}

export interface ApiReferencePageProps extends PageProps {
  visitor: Visitor
  reference: {
    address: string
    introduction: readonly string[]
    scopes: readonly { name: string; description: string }[]
    groups: readonly { name: string; description: string; operations: readonly ShownOperation[] }[]
    refusals: readonly { status: number; description: string }[]
  }
  /** Of the document itself, below the server. */
  documentPath: string
}

export function ApiReferencePage({ site, reader, visitor, reference, documentPath }: ApiReferencePageProps) {
  const { guides: text } = useText()
  const { api } = text
  const foreign = reader.language.tag === 'en' ? undefined : 'en'
  return (
    <GuideFrame
      site={site}
      reader={reader}
      visitor={visitor}
      title={api.title}
      contents={
        <GuideContents
          site={site}
          language={reader.language.tag}
          query=""
          current="api"
          headings={reference.groups.map(({ name }) => ({ id: name, title: api.groups[name] ?? name }))}
        />
      }
    >
      <article class="guide">
        <div class="prose">
          <p>{api.lead}</p>
          <p>
            <a href={localHref(site, documentPath)}>{api.document}</a>
          </p>
          <p>
            {api.address} <code>{reference.address}</code>
          </p>
          <div lang={foreign}>
            {reference.introduction.map((paragraph) => (
              <p key={paragraph}>
                <Words text={paragraph} />
              </p>
            ))}
          </div>
          <h2 id="scopes">{api.scopes}</h2>
          <Terms rows={reference.scopes.map(({ name, description }) => [name, description])} lang={foreign} />
          <h2 id="refusals">{api.refusals}</h2>
          <Terms
            rows={reference.refusals.map(({ status, description }) => [String(status), description])}
            lang={foreign}
          />
          {reference.groups.map(({ name, description, operations }) => (
            <section key={name} aria-labelledby={name}>
              <h2 id={name}>
                <a class="anchor" href={`#${name}`}>
                  {api.groups[name] ?? name}
                </a>
              </h2>
              <p lang={foreign}>{description}</p>
              {operations.map((operation) => (
                <Operation key={operation.id} operation={operation} lang={foreign} />
              ))}
            </section>
          ))}
        </div>
      </article>
    </GuideFrame>
  )
}

function Operation({ operation, lang }: { operation: ShownOperation; lang: string | undefined }) {
  const { guides, copy } = useText()
  const { api } = guides
  const { id, method, path, scope, summary, description, parameters, body, status, answer, produces } =
    operation
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>
        <a class="anchor" href={`#${id}`} lang={lang}>
          {summary}
        </a>
      </h3>
      <p>
        <code>
          {method} {path}
        </code>
      </p>
      <p class="detail">
        {api.scope} <code>{scope}</code>
      </p>
      {description !== '' && (
        <p lang={lang}>
          <Words text={description} />
        </p>
      )}
      <Rows title={api.parameters} rows={parameters} lang={lang} />
      <Rows title={api.body} rows={body} lang={lang} />
      <div class="snippet" data-language="sh">
        <div class="snippet-head">
          <span>Shell</span>
          <button type="button" class="copy" data-copy-code data-copied={copy.copied} hidden>
            <span data-copy-label>{copy.copy}</span>
          </button>
        </div>
        <pre tabindex={0}>
          <code>{`${operation.example}\n`}</code>
        </pre>
      </div>
      <details>
        <summary>
          {api.answers} {status}
          {produces === undefined ? '' : ` ${produces}`}
        </summary>
        <Rows title={api.answer} rows={answer} lang={lang} />
        <p>
          {api.mayRefuse} {operation.refusals.join(', ')}
        </p>
      </details>
    </section>
  )
}

function Rows({ title, rows, lang }: { title: string; rows: readonly Row[]; lang: string | undefined }) {
  const { guides } = useText()
  const { api } = guides
  if (rows.length === 0) return null
  return (
    <>
      <h4>{title}</h4>
      <dl class="endpoints">
        {rows.map(({ name, type, required, description }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
              <span class="detail">
                <Words text={type} />
                {required ? ` · ${api.required}` : ''}
              </span>
            </dt>
            <dd lang={lang}>
              <Words text={description} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

function Terms({ rows, lang }: { rows: readonly [string, string][]; lang: string | undefined }) {
  return (
    <dl class="endpoints">
      {rows.map(([name, description]) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd lang={lang}>
            <Words text={description} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Text with code in it, between backticks. */
function Words({ text }: { text: string }) {
  return (
    <>{text.split('`').map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece))}</>
  )
}
