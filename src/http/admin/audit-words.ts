/**
 * Rows of the audit log in the language of the reader. They are stored in English, which exports and the API give; the
 * compiler demands every sentence in the other languages.
 */
import type { AuditAction } from '../../observability/audit-actions.ts'
import type { AuditRecord } from '../../observability/audit-record.ts'
import type { LanguageTag } from '../../shared/language-tags.ts'
import { auditActionsZhTw } from '../../views/languages/zh-tw/audit-actions.ts'

const translations: Record<Exclude<LanguageTag, 'en'>, Readonly<Record<AuditAction, string>>> = {
  'zh-TW': auditActionsZhTw,
}

/** A sentence that this release does not write any more stays as it is stored. */
export function auditAction(action: string, language: LanguageTag): string {
  if (language === 'en') return action
  const sentences: Readonly<Record<string, string>> = translations[language]
  return Object.hasOwn(sentences, action) ? sentences[action]! : action
}

export function inWordsOf(language: LanguageTag, records: readonly AuditRecord[]): AuditRecord[] {
  return records.map((record) => ({ ...record, action: auditAction(record.action, language) }))
}
