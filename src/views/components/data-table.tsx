// biome-ignore-all lint/a11y/noRedundantRoles: laid out as blocks on narrow screens, these elements lose their roles
/** Lists of things with the same properties: a table, which on narrow screens becomes one block per row. */
import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  header: string
  cell: (row: Row) => ComponentChildren
  /** `row-header` names the row; `numeric` aligns right in figures of one width; `action` holds its buttons. */
  kind?: 'row-header' | 'numeric' | 'action'
}

export interface DataTableProps<Row> {
  /** Says what the table lists; for screen readers, since a heading stands above it. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** Stands in the place of a table without rows: an `EmptyState`. */
  empty?: ComponentChildren
}

/** Shows rows under their columns; the roles keep it a table also where the stylesheet lays it out as blocks. */
export function DataTable<Row>({ caption, columns, rows, rowKey, empty }: DataTableProps<Row>) {
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>
  return (
    <table class="table" role="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ header, kind }) => (
            <th key={header} scope="col" role="columnheader" class={kind}>
              {kind === 'action' ? <span class="visually-hidden">{header}</span> : header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row">
            {columns.map(({ header, kind, cell }) =>
              kind === 'row-header' ? (
                <th key={header} scope="row" role="rowheader" class={kind}>
                  {cell(row)}
                </th>
              ) : (
                <td key={header} role="cell" class={kind} data-label={header}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
