/**
 * The audit log: events wait in a bounded queue and are written in batches, so that no request waits for its row. A
 * row is built when it is written; taking an event in costs a push. A batch that cannot be written is kept and tried
 * again. What is recorded about which event is in `audit-table.ts`.
 */
import type { Actor, DomainEvent, EventHandlers, EventOf, EventType } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import type { Ids } from '../shared/ids.ts'
import type { Storage } from '../storage/storage.ts'
import type { AuditRecord } from './audit-record.ts'
import { auditRowKinds, auditRules, describeForAudit } from './audit-table.ts'

const batchSize = 100
/** A row is written at the latest this long after its event, unless writing fails. */
const batchMilliseconds = 1000
/** A failed write is tried again after 1, 2, 4 … seconds, at most this many. */
const longestBackOffSeconds = 30
/** While flushing, where there is a deadline, it is tried again at once. */
const flushRetryMilliseconds = 100
const tallyMilliseconds = 60_000
/** Addresses that are told apart in one minute of tallies; the rest share a row per kind. */
const maxTallies = 1000
/**
 * What anybody can cause, as often as they like: of one address so many rows a minute, and one more for the rest. A
 * flood then neither fills the disk nor pushes other events out of the queue.
 */
const rationedTypes = ['client.authentication_failed', 'csrf.rejected', 'authorization.refused'] as const
const ration = 20
type TalliedEvent = EventOf<'rate_limit.exceeded' | (typeof rationedTypes)[number]>

const lengths = {
  actorId: 255,
  name: 255,
  ip: 45,
  resourceId: 255,
  action: 255,
  errorMessage: 1000,
  userAgent: 500,
  path: 500,
  method: 10,
  requestId: 100,
  detail: 1000,
}

export interface AuditLog {
  readonly handlers: EventHandlers
  /** Writes everything that waits, for at most `timeoutSeconds`. @returns how many events still wait. */
  flush(timeoutSeconds: number): Promise<number>
  /** Flushes, counts what still waits as dropped, and takes no more. */
  close(timeoutSeconds: number): Promise<void>
}

export interface AuditLogOptions {
  storage: Pick<Storage, 'transaction'>
  clock: Clock
  ids: Ids
  /** Events that may wait. When the queue is full the newest that is not critical is dropped. */
  bufferSize: number
  onDropped(count: number): void
  /** Told of each failed write; the batch is kept. */
  onWriteFailed(error: unknown): void
}

interface Waiting {
  event: DomainEvent
  /** How many events this one stands for. */
  occurrences: number
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { storage, ids, bufferSize } = options
  const queue: Waiting[] = []
  const tallies = new Map<string, Waiting>()
  /** Rows that rationed events have had in this minute. */
  const rations = new Map<string, number>()
  let tallyTimer: NodeJS.Timeout | undefined
  let writeTimer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  /** The head of the queue that a running write holds. */
  let held = 0
  let failures = 0
  let closed = false

  const enqueue = (event: DomainEvent, occurrences = 1): void => {
    if (closed || (queue.length >= bufferSize && !makeRoomFor(event))) {
      options.onDropped(1)
      return
    }
    queue.push({ event, occurrences })
    if (writing !== undefined || failures > 0) return
    if (queue.length >= batchSize) void write()
    else scheduleWrite(batchMilliseconds)
  }
  /** Drops the newest event that is not critical, if the new one is. */
  const makeRoomFor = (event: DomainEvent): boolean => {
    if (!isCritical(event)) return false
    for (let index = queue.length - 1; index >= held; index--) {
      if (isCritical(queue[index]!.event)) continue
      queue.splice(index, 1)
      options.onDropped(1)
      return true
    }
    return false
  }

  const scheduleWrite = (milliseconds: number): void => {
    if (writeTimer !== undefined) return
    writeTimer = setTimeout(() => void write(), milliseconds)
    writeTimer.unref()
  }
  const write = (): Promise<void> => {
    clearTimeout(writeTimer)
    writeTimer = undefined
    writing ??= writeBatches().finally(() => {
      writing = undefined
      if (queue.length > 0 && !closed) {
        scheduleWrite(
          failures === 0 ? batchMilliseconds : Math.min(2 ** (failures - 1), longestBackOffSeconds) * 1000,
        )
      }
    })
    return writing
  }
  const writeBatches = async (): Promise<void> => {
    do {
      const batch = queue.slice(0, batchSize)
      held = batch.length
      try {
        const records = batch.flatMap(
          ({ event, occurrences }) => toAuditRecord(event, occurrences, ids) ?? [],
        )
        if (records.length > 0) await storage.transaction((tx) => tx.audit.insertMany(records))
        queue.splice(0, batch.length)
        failures = 0
      } catch (error) {
        failures++
        options.onWriteFailed(error)
      } finally {
        held = 0
      }
    } while (failures === 0 && queue.length >= batchSize)
  }

  const tally = (event: TalliedEvent): void => {
    const kind = event.type === 'rate_limit.exceeded' ? event.policy : event.type
    const key = `${kind} ${event.request?.ip}`
    const known = tallies.get(key)
    if (known !== undefined) {
      known.occurrences++
      return
    }
    if (tallies.size < maxTallies) tallies.set(key, { event, occurrences: 1 })
    else {
      const shared = tallies.get(kind)
      if (shared !== undefined) shared.occurrences++
      else tallies.set(kind, { event: { ...event, request: undefined }, occurrences: 1 })
    }
    startMinute()
  }
  const enqueueRationed = (event: TalliedEvent): void => {
    if (describeForAudit(event, 1) === undefined) return
    const key = `${event.type} ${event.request?.ip}`
    const used = rations.get(key) ?? 0
    if (used >= ration || (used === 0 && rations.size >= maxTallies)) {
      tally(event)
      return
    }
    rations.set(key, used + 1)
    startMinute()
    enqueue(event)
  }
  const startMinute = (): void => {
    if (tallyTimer !== undefined) return
    tallyTimer = setTimeout(releaseTallies, tallyMilliseconds)
    tallyTimer.unref()
  }
  const releaseTallies = (): void => {
    clearTimeout(tallyTimer)
    tallyTimer = undefined
    for (const { event, occurrences } of tallies.values()) enqueue(event, occurrences)
    tallies.clear()
    rations.clear()
  }

  const flush = async (timeoutSeconds: number): Promise<number> => {
    releaseTallies()
    let expired = false
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        expired = true
        resolve()
      }, timeoutSeconds * 1000)
    })
    while (queue.length > 0 && !expired) {
      await Promise.race([write(), deadline])
      if (failures > 0 && !expired) await Promise.race([pause(flushRetryMilliseconds), deadline])
    }
    clearTimeout(timer)
    return queue.length
  }

  return {
    handlers: {
      ...handlersFor(enqueue),
      ...Object.fromEntries(rationedTypes.map((type) => [type, enqueueRationed])),
      'rate_limit.exceeded': tally,
    },
    flush,
    async close(timeoutSeconds) {
      const lost = await flush(timeoutSeconds)
      closed = true
      clearTimeout(writeTimer)
      if (lost > 0) options.onDropped(lost)
    },
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Takes in what the table has a rule for. Events it then leaves out cost a push, and are left out when written. */
function handlersFor(enqueue: (event: DomainEvent) => void): EventHandlers {
  const handlers = Object.entries(auditRules).map(([type, rule]) => [
    type,
    rule === null ? null : (event: DomainEvent) => enqueue(event),
  ])
  return Object.fromEntries(handlers) as EventHandlers
}

const criticalTypes: ReadonlySet<EventType> = new Set(
  (Object.keys(auditRules) as EventType[]).filter((type) =>
    auditRules[type]?.rows.some((row) => auditRowKinds[row].severity === 'CRITICAL'),
  ),
)

function isCritical(event: DomainEvent): boolean {
  return criticalTypes.has(event.type)
}

/** The row for an event, masked and cut to what its columns hold; `undefined` when the event is not recorded. */
export function toAuditRecord(event: DomainEvent, occurrences: number, ids: Ids): AuditRecord | undefined {
  const entry = describeForAudit(event, occurrences)
  if (entry === undefined) return undefined
  const kind = auditRowKinds[entry.row]
  const { request } = event
  const actor = actorColumns(event.actor)
  return {
    id: ids.next(),
    eventType: entry.row,
    at: event.at,
    severity: kind.severity,
    actorId: cut(actor.id, lengths.actorId),
    actorName: cut(actor.name, lengths.name),
    actorIp: cut(request?.ip, lengths.ip),
    resourceType: kind.resourceType,
    resourceId: cut(entry.resourceId, lengths.resourceId),
    resourceName: cut(entry.resourceName, lengths.name),
    action: cut(entry.action, lengths.action),
    details:
      entry.details === undefined ? undefined : (maskDetails(entry.details) as Record<string, unknown>),
    success: kind.success,
    errorMessage: cut(entry.errorMessage, lengths.errorMessage),
    requestId: cut(request?.requestId, lengths.requestId),
    userAgent: cut(request?.userAgent, lengths.userAgent),
    requestPath: cut(request?.path, lengths.path),
    requestMethod: cut(request?.method, lengths.method),
  }
}

function actorColumns(actor: Actor): { id: string | undefined; name: string | undefined } {
  switch (actor.type) {
    case 'account':
      return { id: actor.id, name: actor.name }
    case 'client':
      return { id: `client:${actor.id}`, name: actor.name }
    case 'command_line':
      return { id: 'command_line', name: actor.name }
    case 'system':
      return { id: 'system', name: undefined }
    case 'anonymous':
      return { id: undefined, name: undefined }
  }
}

/**
 * At most `length` UTF-16 units, the last one an ellipsis when something was cut, never half a character. NUL and
 * unpaired surrogates, which PostgreSQL cannot store, become U+FFFD.
 */
export function cut<T extends string | undefined>(text: T, length: number): T {
  if (text === undefined) return text
  const isStorable = text.isWellFormed() && !text.includes('\0')
  const storable = isStorable ? text : text.toWellFormed().replaceAll('\0', '\uFFFD')
  if (storable.length <= length) return storable as T
  const end = length - 1
  const splitsPair = (storable.charCodeAt(end - 1) & 0xfc00) === 0xd800
  return `${storable.slice(0, splitsPair ? end - 1 : end)}…` as T
}

/** Names, without case and separators, of what must never be recorded; exact, so that `token_profile` stays readable. */
const secretNames = new Set([
  'accesstoken',
  'assertion',
  'authorization',
  'clientassertion',
  'clientsecret',
  'code',
  'codeverifier',
  'cookie',
  'csrftoken',
  'currentpassword',
  'devicecode',
  'encryptionkey',
  'idtoken',
  'newpassword',
  'password',
  'privatekey',
  'privatekeypem',
  'refreshtoken',
  'secret',
  'sessiontoken',
  'setcookie',
  'token',
  'usercode',
  'verificationuricomplete',
])

export const masked = '***'

/** A copy in which every secret, at any depth, is masked. Events carry none; this holds when one is added by mistake. */
export function maskDetails(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, lengths.detail)
  if (Array.isArray(value)) return value.map(maskDetails)
  if (typeof value !== 'object' || value === null) return value
  // What knows how to print itself, such as a date or a secret, does.
  if ('toJSON' in value && typeof value.toJSON === 'function') return maskDetails(value.toJSON())
  const copy: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const isSecret = secretNames.has(name.toLowerCase().replace(/[_-]/g, ''))
    copy[name] = isSecret && member !== undefined && member !== null ? masked : maskDetails(member)
  }
  return copy
}
