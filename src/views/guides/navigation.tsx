/** The list of guides, with the headings of the one that is open below it. */
import { type GuideHeading, type GuideSlug, guideSlugs } from '../guides.ts'
import { localHref, type Site } from '../props.ts'
import { useText } from '../reader.tsx'

/** Where the reference of the Admin API is, if there is one. */
export const apiReferencePath = '/docs/api'

/** Where a guide is. */
export function guideHref(site: Site, language: string, slug: GuideSlug): string {
  return localHref(site, `/docs/${language}/${slug}`)
}

export interface GuideContentsProps {
  site: Site
  language: string
  query: string
  current: GuideSlug | 'api' | undefined
  headings: readonly GuideHeading[]
}

export function GuideContents({ site, language, query, current, headings }: GuideContentsProps) {
  const { guides: text } = useText()
  return (
    <ul class="guide-contents">
      {guideSlugs.map((slug) => (
        <li key={slug}>
          <a
            href={guideHref(site, language, slug) + query}
            aria-current={slug === current ? 'page' : undefined}
          >
            {text.titles[slug]}
          </a>
          {slug === current && <Headings headings={headings} />}
        </li>
      ))}
      {site.places.has(apiReferencePath) && (
        <li>
          <a href={localHref(site, apiReferencePath)} aria-current={current === 'api' ? 'page' : undefined}>
            {text.api.title}
          </a>
          {current === 'api' && <Headings headings={headings} />}
        </li>
      )}
    </ul>
  )
}

function Headings({ headings }: { headings: readonly GuideHeading[] }) {
  if (headings.length === 0) return null
  return (
    <ul>
      {headings.map(({ id, title }) => (
        <li key={id}>
          <a href={`#${id}`}>{title}</a>
        </li>
      ))}
    </ul>
  )
}
