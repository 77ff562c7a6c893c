/** The PromQL that AuthGate ships: in its alerts, its list of queries and its Grafana dashboard. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, seen from where this file is compiled to: dist/tests/support. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url))

/** One PromQL expression and where it stands, for messages. */
export interface ShippedQuery {
  readonly where: string
  readonly expr: string
}

/** @returns a shipped file's text; `path` starts at the repository's root. */
export function readShipped(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8')
}

/** @returns the queries of deploy/prometheus/queries.promql, one per line that is no comment. */
export function listedQueries(): ShippedQuery[] {
  return readShipped('deploy/prometheus/queries.promql')
    .split('\n')
    .map((expr, index) => ({ where: `queries.promql:${index + 1}`, expr }))
    .filter(({ expr }) => expr !== '' && !expr.startsWith('#'))
}

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] }
}

/**
 * @param values what Grafana would put in place of its variables, by name without `$`
 * @returns every expression of the dashboard with its variables replaced
 * @throws {Error} when an expression uses a variable that has no value
 */
export function dashboardQueries(values: Readonly<Record<string, string>>): ShippedQuery[] {
  const dashboard = JSON.parse(readShipped('deploy/grafana/authgate.json')) as Dashboard
  const fill = (expr: string) =>
    expr.replace(/\$(\w+)/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`no value for $${name} in ${expr}`)
      return value
    })
  return [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `panel "${title}"`, expr: fill(expr) })),
    ),
    ...dashboard.annotations.list.flatMap(({ name, expr }) =>
      expr === undefined ? [] : [{ where: `annotation "${name}"`, expr: fill(expr) }],
    ),
  ]
}

/** @returns the alert expressions of deploy/prometheus/alerts.yml, single-line or as an indented block. */
export function alertQueries(): ShippedQuery[] {
  const rule = /- alert: (\w+)\n +expr: (?:\|\n((?: {10,}.*\n)+)|(.+)\n)/g
  return [...readShipped('deploy/prometheus/alerts.yml').matchAll(rule)].map(([, name, block, line]) => ({
    where: `alert ${name}`,
    expr: (block ?? line ?? '').trim(),
  }))
}
