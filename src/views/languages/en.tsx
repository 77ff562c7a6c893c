/**
 * English: every word of the pages, by page. The other languages have the same shape, which the compiler holds them
 * to. A message with something in it is a function; one that marks a part of itself returns markup.
 */

/** "1 session", "2 sessions", "1,234 sessions". */
function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

export const en = {
  list: {
    previous: 'Previous',
    next: 'Next',
    /** Names the links to the neighboring pages for screen readers. */
    pagesOf: (what: string) => `Pages of ${what}`,
    total: (count: number) => `${counted(count, 'entry', 'entries')} in all`,
    /** Counting stopped there. */
    totalAtLeast: (count: number) => `${count.toLocaleString('en')}+ entries`,
    noneFound: 'Nothing matches',
    noneFoundAdvice: 'Try fewer words or another filter.',
    search: 'Search',
    apply: 'Apply',
    reset: 'Clear',
    any: 'Any',
  },
} as const
