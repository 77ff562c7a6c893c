/** Links that choose a language or a theme and come back to the page: they work without script. */
import { languages } from '../languages/languages.ts'
import { localHref, type Site } from '../props.ts'
import { themes, useReader, useText } from '../reader.tsx'

function preferenceHref(site: Site, path: string, choice: Readonly<Record<string, string>>): string {
  return localHref(site, `/preferences?${new URLSearchParams({ ...choice, return: path })}`)
}

/** The languages other than the reader's. */
export function LanguageLinks({ site }: { site: Site }) {
  const { language, path } = useReader()
  const { layout: text } = useText()
  return (
    <ul class="languages" aria-label={text.language}>
      {languages
        .filter(({ tag }) => tag !== language.tag)
        .map(({ tag, name }) => (
          <li key={tag}>
            <a href={preferenceHref(site, path, { language: tag })} lang={tag} hreflang={tag} rel="nofollow">
              {name}
            </a>
          </li>
        ))}
    </ul>
  )
}

export function ThemeLinks({ site }: { site: Site }) {
  const { theme, path } = useReader()
  const { layout: text } = useText()
  return (
    <ul class="themes" aria-label={text.theme}>
      {themes.map((choice) => (
        <li key={choice}>
          <a
            href={preferenceHref(site, path, { theme: choice })}
            aria-current={choice === theme ? 'true' : undefined}
            rel="nofollow"
          >
            {text.themes[choice]}
          </a>
        </li>
      ))}
    </ul>
  )
}
