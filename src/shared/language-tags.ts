/** The languages that pages are written in, as BCP 47 names them. The first is spoken to whoever asks for none of them. */
export const languageTags = ['en', 'zh-TW'] as const

export type LanguageTag = (typeof languageTags)[number]
