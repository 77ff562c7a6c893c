/**
 * Log lines: JSON for machines, short lines for a person at a terminal. What is said about each event is in
 * `log-table.ts`. No line holds a secret, a code, a token or a query string.
 */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions, symbols } from 'pino'
import type { EventHandlers, EventType, RequestContext } from '../events/catalogue.ts'
import type { Clock } from '../shared/clock.ts'
import { type EventLogLevel, logRules } from './log-table.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error'
  format: 'json' | 'text'
  /** Whether text lines are colored. */
  color: boolean
  /** Where lines go; standard output when left out. */
  stream?: DestinationStream
}

export function createLogger(options: LogOptions): Logger {
  const sink = options.stream ?? (options.format === 'text' ? standardOutput() : inBlocks(standardOutput()))
  return pino(
    {
      level: options.level,
      // Process id and host name are the supervisor's to add.
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    options.format === 'text' ? textStream(sink, options.color) : sink,
  )
}

/** Lines kept while standard output takes none (a full disk behind it); what comes on top is lost. */
const maxWaitingLength = 1024 * 1024

/** A log that cannot be written is no reason to stop answering: the lines go out when there is room again. */
function standardOutput(): DestinationStream {
  const stream = destination({ dest: 1, sync: true, maxLength: maxWaitingLength })
  stream.on('error', () => undefined)
  return stream
}

const blockLength = 8192
const blockMilliseconds = 500

/**
 * Passes lines on in blocks: a system call for each would cost a request more than its metrics do. A block leaves when
 * it is full, soon after its first line, at once with a line that calls for attention, and at the exit of the process.
 */
function inBlocks(sink: DestinationStream): DestinationStream {
  let lines: string[] = []
  let length = 0
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    if (lines.length === 0) return
    clearTimeout(timer)
    timer = undefined
    const block = lines.join('')
    lines = []
    length = 0
    sink.write(block)
  }
  process.on('exit', flush)
  return {
    write(line) {
      lines.push(line)
      length += line.length
      if (length >= blockLength || line.startsWith(urgent)) flush()
      else timer ??= setTimeout(flush, blockMilliseconds).unref()
    },
  }
}

const urgent = '{"level":"error"'

interface DescribedError {
  type: string
  message: string
  code?: string
  stack?: string
  cause?: DescribedError | string
}

/**
 * An error with its causes. Only these members: drivers attach the statement's parameters to what they throw, and
 * those may be digests and names.
 */
export function describeError(error: unknown, depth = 0): DescribedError | string {
  if (!(error instanceof Error)) return String(error)
  const described: DescribedError = { type: error.name, message: error.message }
  if ('code' in error && typeof error.code === 'string') described.code = error.code
  if (error.stack !== undefined) described.stack = error.stack
  if (error.cause !== undefined && depth < 5) described.cause = describeError(error.cause, depth + 1)
  return described
}

/** One line per event, at the level the table says; events below the logger's level cost one comparison. */
export function createLogHandlers(logger: Logger): EventHandlers {
  const handlers = (Object.keys(logRules) as EventType[]).map((type) => {
    const rule = logRules[type] as LooseRule | null
    if (rule === null) return [type, null]
    return [
      type,
      (event: LooseEvent) => {
        const level = typeof rule.level === 'function' ? rule.level(event) : rule.level
        if (!logger.isLevelEnabled(level)) return
        logger[level]({ event: type, ...rule.fields(event), ...requestFields(event.request) }, rule.message)
      },
    ]
  })
  return Object.fromEntries(handlers) as EventHandlers
}

/** The table's rules, seen without the type of their event, which the key they were found under vouches for. */
interface LooseEvent {
  request?: RequestContext
}
interface LooseRule {
  level: EventLogLevel | ((event: LooseEvent) => EventLogLevel)
  message: string
  fields(event: LooseEvent): Record<string, unknown>
}

function requestFields(
  request: Pick<RequestContext, 'requestId' | 'ip'> | undefined,
): Record<string, unknown> {
  return request === undefined ? {} : { request_id: request.requestId, ip: request.ip }
}

/** An answered request, as the access line names it. */
export interface AnsweredRequest {
  method: string
  /** The route template, `unknown` when none matched; never the path as sent. */
  route: string
  status: number
  /** From arrival to answer. */
  seconds: number
  context: Pick<RequestContext, 'requestId' | 'ip'>
}

/**
 * @returns a function that writes one line per answered request, at level `info`. It is the only line of the hot path
 * and is put together here, in a tenth of the time a general serializer takes: every text in it is ours, except the
 * address, which has been parsed.
 */
export function createRequestLog(logger: Logger, clock: Clock): (answered: AnsweredRequest) => void {
  const stream = (logger as unknown as Record<symbol, DestinationStream>)[symbols.streamSym]!
  const routes = new Map<string, string>()
  // Many requests are answered in one millisecond, and writing a time is slow.
  let lastAt = clock.now()
  let lastTime = new Date(lastAt).toISOString()
  const time = (): string => {
    const now = clock.now()
    if (now !== lastAt) {
      lastAt = now
      lastTime = new Date(now).toISOString()
    }
    return lastTime
  }
  const routeFields = (method: string, route: string): string => {
    const key = `${method} ${route}`
    let fields = routes.get(key)
    if (fields === undefined) {
      fields = `"method":${JSON.stringify(method)},"route":${JSON.stringify(route)}`
      routes.set(key, fields)
    }
    return fields
  }
  return ({ method, route, status, seconds, context }) => {
    if (!logger.isLevelEnabled('info')) return
    const milliseconds = Math.round(seconds * 100_000) / 100
    stream.write(
      `{"level":"info","time":"${time()}",${routeFields(method, route)},"status":${status},"ms":${milliseconds},"request_id":"${context.requestId}","ip":"${context.ip}","msg":"request"}\n`,
    )
  }
}

const colors = { debug: 90, info: 32, warn: 33, error: 31, fatal: 31 } as const

/** Turns JSON lines into `12:03:04.123 info  message  key=value …`, with stack traces below. */
function textStream(sink: DestinationStream, color: boolean): DestinationStream {
  const paint = (code: number, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text)
  return {
    write(line: string) {
      const { level, time, msg, err, ...fields } = JSON.parse(line) as {
        level: keyof typeof colors
        time: string
        msg?: string
        err?: DescribedError | string
        [field: string]: unknown
      }
      const pairs = Object.entries(fields)
        .filter(([name]) => name !== 'event')
        .map(([name, value]) => `${paint(90, `${name}=`)}${printable(plain(value))}`)
      const head = [
        paint(90, time.slice(11, 23)),
        paint(colors[level], level.padEnd(5)),
        printable(msg ?? ''),
        ...pairs,
      ].join(' ')
      sink.write(`${head}\n${err === undefined ? '' : `${errorLines(err)}\n`}`)
    },
  }
}

function plain(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value
}

/** Without control characters, which could move a terminal's cursor or forge a line. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
  })
}

function errorLines(error: DescribedError | string): string {
  if (typeof error === 'string') return `    ${printable(error)}`
  const own = (error.stack ?? `${error.type}: ${error.message}`).split('\n').map(printable).join('\n    ')
  return `    ${own}${error.cause === undefined ? '' : `\n    caused by:\n${errorLines(error.cause)}`}`
}
