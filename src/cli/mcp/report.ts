/** What the doctor found, in words for a person and as JSON for a script. Pure. */
import type { Style } from '../login/style.ts'
import { printable, wrapWords } from '../login/words.ts'
import { type ClientKind, clientKinds, everyKind, type Finding } from './finding.ts'

export interface Report {
  readonly url: string
  readonly findings: readonly Finding[]
  /** What could not be looked at, and why. */
  readonly notes: readonly string[]
}

export interface Verdict {
  readonly kind: ClientKind
  readonly name: string
  /** Ids of what keeps it out; none when it gets in. */
  readonly because: readonly Finding[]
}

export function verdicts(findings: readonly Finding[]): Verdict[] {
  return everyKind.map((kind) => ({
    kind,
    name: clientKinds[kind],
    because: findings.filter(({ breaks }) => breaks.includes(kind)),
  }))
}

export function reportAsJson({ url, findings, notes }: Report): Record<string, unknown> {
  return {
    url,
    healthy: !findings.some(({ level }) => level === 'failure'),
    findings: findings.map(({ breaks, ...finding }) =>
      breaks.length === 0 ? finding : { ...finding, keeps_out: breaks },
    ),
    clients: verdicts(findings).map(({ kind, name, because }) => ({
      kind,
      name,
      works: because.length === 0,
      because: because.map(({ id }) => id),
    })),
    notes,
  }
}

const indent = '  '
const deeper = '      '

export function reportAsText({ url, findings, notes }: Report, style: Style, columns: number): string {
  const width = Math.max(40, Math.min(columns, 100))
  const marks = {
    ok: style.green(style.done),
    warning: style.yellow('!'.padEnd(style.done.length)),
    failure: style.red(style.failed),
  }
  const paragraph = (text: string): string[] =>
    wrapWords(printable(text, 1000), width - deeper.length).map((line) => deeper + line)
  const lines = [`MCP server ${style.bold(printable(url))}`, '']
  for (const { level, what, why, fix } of findings) {
    const [first = '', ...others] = wrapWords(printable(what, 1000), width - deeper.length)
    lines.push(`${indent}${marks[level]} ${first}`, ...others.map((line) => `${indent}  ${line}`))
    if (why !== undefined) lines.push(...paragraph(why).map(style.dim))
    if (fix !== undefined) lines.push(...paragraph(`${style.unicode ? '→' : '>'} ${fix}`))
  }
  lines.push('', 'Clients', '')
  for (const { name, because } of verdicts(findings)) {
    if (because.length === 0) {
      lines.push(`${indent}${marks.ok} ${name}`)
      continue
    }
    lines.push(`${indent}${marks.failure} ${name}: kept out`)
    for (const { what } of because) lines.push(...paragraph(what))
  }
  for (const note of notes) lines.push('', ...wrapWords(printable(note, 1000), width).map(style.dim))
  return [...lines, '', summary(findings), ''].join('\n')
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding['level']): number => findings.filter((each) => each.level === level).length
  const [failures, warnings] = [count('failure'), count('warning')]
  const counted = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
  if (failures + warnings === 0) return 'Nothing is wrong.'
  return `${counted(failures, 'failure')}, ${counted(warnings, 'warning')}.`
}
