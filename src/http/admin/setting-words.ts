/** What settings mean, in the language of the reader. English is the documentation's own; the compiler demands the others. */
import type { SettingInForce } from '../../config/in-force.ts'
import type { Settings } from '../../config/schema.ts'
import type { LanguageTag } from '../../shared/language-tags.ts'
import { settingsZhTw } from '../../views/languages/zh-tw/settings.ts'

export interface SettingWords {
  /** A sentence; code in it stands between backticks. */
  readonly description: string
  /** What a default depends on. */
  readonly defaultNote?: string
}

type Translations = {
  readonly [Group in keyof Settings]: { readonly [Member in keyof Settings[Group]]: string | SettingWords }
}

const translations: Record<Exclude<LanguageTag, 'en'>, Translations> = { 'zh-TW': settingsZhTw }

export function settingWords(
  { group, member, description, defaultNote }: SettingInForce,
  language: LanguageTag,
): SettingWords {
  if (language === 'en') return { description, ...(defaultNote === undefined ? {} : { defaultNote }) }
  const members: Readonly<Record<string, string | SettingWords>> = translations[language][group]
  const words = members[member]!
  return typeof words === 'string' ? { description: words } : words
}
