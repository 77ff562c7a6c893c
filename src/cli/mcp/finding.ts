/** What the doctor has to say: one finding per thing looked at, and whom it hurts. */

/** Kinds of clients as they differ in what they put up with. */
export const clientKinds = {
  typescript: 'TypeScript SDK (Claude Code, Inspector, Cursor, opencode)',
  python: 'Python SDK',
  rust: 'Rust SDK (Codex)',
  editors: 'VS Code, Copilot CLI, Gemini CLI',
  hosted: 'claude.ai, ChatGPT',
  browser: 'clients inside a web page',
} as const
export type ClientKind = keyof typeof clientKinds

export const everyKind = Object.keys(clientKinds) as readonly ClientKind[]

export interface Finding {
  /** Stable, for scripts. */
  readonly id: string
  readonly level: 'ok' | 'warning' | 'failure'
  /** One sentence. */
  readonly what: string
  readonly why?: string
  /** What to do about it. */
  readonly fix?: string
  /** Whom it keeps out. */
  readonly breaks: readonly ClientKind[]
}

export function ok(id: string, what: string): Finding {
  return { id, level: 'ok', what, breaks: [] }
}

export function warning(id: string, what: string, why: string, fix: string): Finding {
  return { id, level: 'warning', what, why, fix, breaks: [] }
}

/** @param breaks every kind of client unless some get by. */
export function failure(
  id: string,
  what: string,
  why: string,
  fix: string,
  breaks: readonly ClientKind[] = everyKind,
): Finding {
  return { id, level: 'failure', what, why, fix, breaks }
}
