/**
 * What commands print. Names and descriptions were typed by others, and may come from a server that is not ours: no
 * character of theirs drives the terminal.
 */
import { printable, printableJson } from './login/words.ts'

/** Aligned `name  value` lines, without the values that are not there. */
export function printFields(fields: Readonly<Record<string, string | undefined>>): void {
  const shown = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  for (const [name, value] of shown) console.log(`${safe(name).padEnd(width)}  ${safe(value)}`)
}

/** Columns as wide as their widest cell. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, ...rows.map((row) => row.map(safe))]
  const widths = header.map((_, column) =>
    lines.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  )
  for (const row of lines) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** @param indent for people who copy it. */
export function printJson(value: unknown, indent = 0): void {
  console.log(printableJson(value, indent))
}

export function printLine(text: string): void {
  console.log(safe(text))
}

function safe(text: string): string {
  return printable(text, Infinity)
}
