/** The list of guides, with the headings of the one that is open below it. */
import { type GuideHeading, type GuideSlug, guideSlugs } from '../guides.ts'
import { localHref, type Site } from '../props.ts'
import { useText } from '../reader.tsx'

/** Where a guide is. */
export function guideHref(site: Site, language: string, slug: GuideSlug): string {
  return localHref(site, `/docs/${language}/${slug}`)
}

export interface GuideContentsProps {
  site: Site
  language: string
  query: string
  current: GuideSlug | undefined
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
          {slug === current && headings.length > 0 && (
            <ul>
              {headings.map(({ id, title }) => (
                <li key={id}>
                  <a href={`#${id}`}>{title}</a>
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  )
}
