/** 繁體中文（台灣）。 */
import type { Text } from './languages.ts'

const formatted = (count: number): string => count.toLocaleString('zh-TW')

export const zhTw: Text = {
  list: {
    previous: '上一頁',
    next: '下一頁',
    pagesOf: (what) => `${what}的分頁`,
    total: (count) => `共 ${formatted(count)} 筆`,
    totalAtLeast: (count) => `超過 ${formatted(count)} 筆`,
    noneFound: '沒有符合的項目',
    noneFoundAdvice: '請減少關鍵字，或改用其他篩選條件。',
    search: '搜尋',
    apply: '套用',
    reset: '清除',
    any: '不限',
  },
}
