/**
 * From the Markdown of a guide to its parts. The Markdown is ours, and still nothing in it is taken as HTML: what looks
 * like it is refused, so that a guide can hold nothing but what this file writes.
 */
import { Marked, type Tokens } from 'marked'
import { type Guide, type GuideHeading, guideBlocks, guideValueNames, isGuideSlug } from './guides.ts'
import { escapeMarkup, markupTemplate } from './markup.ts'

const blockLine = new RegExp(`^\\{\\{(${guideBlocks.join('|')})\\}\\}$`, 'm')

/** @throws {Error} when it holds HTML, a value that there is not, or two headings that sound alike. */
export function parseGuide(text: string): Guide {
  const headings: GuideHeading[] = []
  const marked = markedWith(headings)
  const parts = text.split(blockLine).map((piece, index) => {
    if (index % 2 === 1) return piece as (typeof guideBlocks)[number]
    return markupTemplate(marked.parse(piece, { async: false }), guideValueNames)
  })
  return { parts, headings }
}

function markedWith(headings: GuideHeading[]): Marked {
  const ids = new Set<string>()
  return new Marked({
    renderer: {
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        throw new Error(`a guide holds no HTML: ${text}`)
      },
      heading({ tokens, depth, text }: Tokens.Heading): string {
        const id = anchorOf(text)
        if (ids.has(id)) throw new Error(`two headings have the anchor ${id}`)
        ids.add(id)
        if (depth === 2) headings.push({ id, title: text.replaceAll('`', '') })
        const inner = this.parser.parseInline(tokens)
        return `<h${depth} id="${id}"><a class="anchor" href="#${id}">${inner}</a></h${depth}>\n`
      },
      code({ text, lang = '' }: Tokens.Code): string {
        // The first word is the language, the second names the snippet.
        const [language = '', name = ''] = lang.split(' ')
        const head =
          language === ''
            ? ''
            : `<div class="snippet-head"><span>${escapeMarkup(languageNames[language] ?? language)}</span>${copyButton}</div>`
        const named = name === '' ? '' : ` data-snippet="${escapeMarkup(name)}"`
        return `<div class="snippet" data-language="${escapeMarkup(language)}"${named}>${head}<pre tabindex="0"><code>${escapeMarkup(text)}\n</code></pre></div>\n`
      },
      link({ href, tokens }: Tokens.Link): string {
        // Between guides they name files, as the repository has them.
        const [file = '', anchor] = href.split('#')
        const slug = file.replace(/\.md$/, '')
        const end = anchor === undefined ? '' : `#${anchor}`
        if (!isGuideSlug(slug) && !/^(?:#|https:\/\/)/.test(href)) throw new Error(`a guide leads to ${href}`)
        const target = isGuideSlug(slug) ? `${slug}{{query}}${end}` : href
        return `<a href="${escapeMarkup(target)}">${this.parser.parseInline(tokens)}</a>`
      },
      table(token: Tokens.Table): string {
        const row = (cells: Tokens.TableCell[], tag: 'th' | 'td'): string =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
        return `<div class="scroll" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${token.rows
          .map((cells) => row(cells, 'td'))
          .join('')}</tbody></table></div>\n`
      },
    },
  })
}

const languageNames: Readonly<Record<string, string>> = {
  go: 'Go',
  js: 'JavaScript',
  json: 'JSON',
  python: 'Python',
  sh: 'Shell',
}

/** For the script: without it there is nothing to press. */
const copyButton =
  '<button type="button" class="copy" data-copy-code data-copied="{{copied}}" hidden><span data-copy-label>{{copy}}</span></button>'

/** As other renderers of Markdown make them: letters and digits of any script, and dashes. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
