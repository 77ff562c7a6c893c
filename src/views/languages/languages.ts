/**
 * The languages of the pages. Another one is a file with the words of `en/en.tsx`, or a folder of files as English has, its
 * tag in `src/shared/language-tags.ts`, and its line in the table below.
 */
import type { ComponentChildren, VNode } from 'preact'
import { type LanguageTag, languageTags } from '../../shared/language-tags.ts'
import { en } from './en/en.tsx'
import { zhTw } from './zh-tw/zh-tw.tsx'

/** What a language has to say; English shows the shape. */
export type Text = Widened<typeof en>

/** The same messages in any words. */
type Widened<Message> = Message extends string
  ? string
  : Message extends VNode
    ? ComponentChildren
    : Message extends (...values: infer Values) => infer Said
      ? (...values: Values) => [Said] extends [string] ? string : ComponentChildren
      : { readonly [Key in keyof Message]: Widened<Message[Key]> }

export interface Language {
  /** BCP 47, as `lang` attributes and `ui_locales` name it. */
  readonly tag: LanguageTag
  /** In its own words. */
  readonly name: string
  readonly text: Text
}

const spoken: Readonly<Record<LanguageTag, Omit<Language, 'tag'>>> = {
  en: { name: 'English', text: en },
  'zh-TW': { name: '繁體中文', text: zhTw },
}

export const languages: readonly Language[] = languageTags.map((tag) => ({ tag, ...spoken[tag] }))

export const defaultLanguage: Language = languages[0]!

export function findLanguage(tag: string): Language | undefined {
  return languages.find((language) => language.tag.toLowerCase() === tag.toLowerCase())
}

/** What other tags stand for, lower-case: traditional script, and the places that write it (RFC 4647 has no such rule). */
const traditionalChinese = /^zh(?:$|-(?:hant|tw|hk|mo)(?:$|-))/

/**
 * The first of the wished languages that is spoken here (RFC 4647 §3.4, lookup).
 * @param tags in the order of preference.
 */
export function chooseLanguage(tags: readonly string[]): Language | undefined {
  for (const tag of tags) {
    if (traditionalChinese.test(tag.toLowerCase())) return findLanguage('zh-TW')
    const parts = tag.split('-')
    for (let length = parts.length; length > 0; length--) {
      const language = findLanguage(parts.slice(0, length).join('-'))
      if (language !== undefined) return language
    }
  }
  return undefined
}
