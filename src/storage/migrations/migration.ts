/** What a migration is: one numbered step forward, the same on both databases. */
import type { ColumnTypes } from '../dialect.ts'

export interface Migration {
  /** 1, 2, 3, … without gaps. */
  version: number
  name: string
  /** Statements that make the step. Once released it never changes: its checksum is kept with it. */
  sql(types: ColumnTypes): string
}
