/**
 * Who reads a page: in which language, by which light, in which part of the world. Every component may ask, so that
 * pages need not hand it on.
 */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { defaultLanguage, type Language, type Text } from './languages/languages.ts'

/** `system` follows the reader's device. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export interface Reader {
  language: Language
  theme: Theme
  /** Local path and query of the page, to come back to after another language or theme was chosen. */
  path: string
}

export const defaultReader: Reader = { language: defaultLanguage, theme: 'system', path: '/' }

export const ReaderContext = createContext<Reader>(defaultReader)

export function useReader(): Reader {
  return useContext(ReaderContext)
}

/** Every word of the pages, in the reader's language. */
export function useText(): Text {
  return useReader().language.text
}

/** Making one costs more than many numbers. */
const numberFormats = new Map<string, Intl.NumberFormat>()

/** Numbers as the reader's language writes them: 12,345. */
export function useNumber(): (value: number) => string {
  const { tag } = useReader().language
  let format = numberFormats.get(tag)
  if (format === undefined) {
    format = new Intl.NumberFormat(tag)
    numberFormats.set(tag, format)
  }
  return format.format
}
