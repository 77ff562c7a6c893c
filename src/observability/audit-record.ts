/** One line of the audit log, and the port that keeps it. */
import type { Instant } from '../shared/clock.ts'

export type AuditSeverity = 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL'
export type AuditResourceType =
  | 'USER'
  | 'CLIENT'
  | 'RESOURCE'
  | 'TOKEN'
  | 'DEVICE_CODE'
  | 'AUTHORIZATION'
  | 'SESSION'
  | 'KEY'

export interface AuditRecord {
  /** UUIDv7, so that the newest rows are the last. */
  id: string
  eventType: string
  at: Instant
  severity: AuditSeverity
  /** Account id, `client:<client_id>`, `command_line` or `system`; `undefined` when nobody is known. */
  actorId: string | undefined
  actorName: string | undefined
  actorIp: string | undefined
  resourceType: AuditResourceType | undefined
  resourceId: string | undefined
  resourceName: string | undefined
  /** What happened, in one plain sentence. */
  action: string
  details: Readonly<Record<string, unknown>> | undefined
  success: boolean
  errorMessage: string | undefined
  requestId: string | undefined
  userAgent: string | undefined
  requestPath: string | undefined
  requestMethod: string | undefined
}

export interface AuditReader {
  /** Newest first. */
  list(options: { limit: number; before?: string | undefined }): Promise<AuditRecord[]>
}

export interface AuditStore extends AuditReader {
  insertMany(records: readonly AuditRecord[]): Promise<void>
  /** Deletes at most `limit` records older than `before`. @returns how many. */
  deleteOlderThan(before: Instant, limit: number): Promise<number>
}
