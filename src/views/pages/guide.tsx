/**
 * Guides for developers: a page each, in the frame of whoever reads, with the way to the others beside it; and the page
 * for an address that names none.
 */
import { Prose } from '../components/prose.tsx'
import { GuideChoice, type GuideChoiceProps } from '../guides/choice.tsx'
import { type EndpointRow, EndpointTable } from '../guides/endpoint-table.tsx'
import { ErrorCatalogue, type ErrorEntry } from '../guides/error-catalogue.tsx'
import { GuideFrame, type Visitor } from '../guides/frame.tsx'
import { GuideContents, guideHref } from '../guides/navigation.tsx'
import { type FilledPart, type GuideHeading, type GuideSlug, guideSlugs } from '../guides.ts'
import { languages } from '../languages/languages.ts'
import type { PageProps } from '../props.ts'
import { useText } from '../reader.tsx'

export interface GuidePageProps extends PageProps {
  visitor: Visitor
  slug: GuideSlug
  parts: readonly FilledPart[]
  headings: readonly GuideHeading[]
  /** `?client_id=…` of the chosen app, or empty. */
  query: string
  choice: GuideChoiceProps['choice']
  /** Addresses of the endpoints, as the metadata names them; asked for where the guide lists them. */
  endpoints: readonly EndpointRow[]
  errors: readonly ErrorEntry[]
}

export function GuidePage(props: GuidePageProps) {
  const { site, reader, visitor, slug, parts, headings, query, choice, endpoints, errors } = props
  const { guides: text, layout } = useText()
  const index = guideSlugs.indexOf(slug)
  const neighbors = [
    { slug: guideSlugs[index - 1], word: text.previous, rel: 'prev' },
    { slug: guideSlugs[index + 1], word: text.next, rel: 'next' },
  ]
  const hrefOf = (language: string, other: GuideSlug) => guideHref(site, language, other) + query
  return (
    <GuideFrame
      site={site}
      reader={reader}
      visitor={visitor}
      title={text.titles[slug]}
      actions={
        <ul class="guide-languages" aria-label={layout.language}>
          {languages.map(({ tag, name }) => (
            <li key={tag}>
              <a
                href={hrefOf(tag, slug)}
                lang={tag}
                hreflang={tag}
                rel="alternate"
                aria-current={tag === reader.language.tag ? 'true' : undefined}
              >
                {name}
              </a>
            </li>
          ))}
        </ul>
      }
      contents={
        <GuideContents
          site={site}
          language={reader.language.tag}
          query={query}
          current={slug}
          headings={headings}
        />
      }
    >
      <article class="guide">
        <GuideChoice site={site} path={`/docs/${reader.language.tag}/${slug}`} choice={choice} />
        {parts.map((part, position) => {
          if (part === 'endpoints') return <EndpointTable key={position} rows={endpoints} />
          if (part === 'errors') return <ErrorCatalogue key={position} entries={errors} />
          return <Prose key={position} markup={part.markup} />
        })}
      </article>
      <nav class="guide-neighbors" aria-label={text.neighbors}>
        {neighbors.map(
          (neighbor) =>
            neighbor.slug !== undefined && (
              <a key={neighbor.rel} href={hrefOf(reader.language.tag, neighbor.slug)} rel={neighbor.rel}>
                <span class="detail">{neighbor.word}</span>
                {text.titles[neighbor.slug]}
              </a>
            ),
        )}
      </nav>
    </GuideFrame>
  )
}

export interface NoGuidePageProps extends PageProps {
  visitor: Visitor
}

/** What stands at an address of a guide that there is not: those that there are. */
export function NoGuidePage({ site, reader, visitor }: NoGuidePageProps) {
  const { guides: text } = useText()
  return (
    <GuideFrame site={site} reader={reader} visitor={visitor} title={text.noGuide} contents={null}>
      <div class="guide">
        <p>{text.noGuideAdvice}</p>
        <GuideContents
          site={site}
          language={reader.language.tag}
          query=""
          current={undefined}
          headings={[]}
        />
      </div>
    </GuideFrame>
  )
}
