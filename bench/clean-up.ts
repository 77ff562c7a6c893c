/**
 * Nothing is left behind: every process and temporary folder of the benchmark is registered here and gone at
 * the end, whether that is the normal one, a failure or Ctrl-C.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processTree } from './process-tree.ts'

const children = new Set<ChildProcess>()
const folders = new Set<string>()

/** Takes effect for the whole program; call once, first. */
export function cleanUpAtExit(): void {
  process.on('exit', () => {
    for (const child of children) killTree(child)
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
}

/** Kills the process and its children if the benchmark ends before they do. */
export function killAtExit(child: ChildProcess): void {
  children.add(child)
  child.on('exit', () => children.delete(child))
}

/** A new empty folder, removed at the end. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-bench-'))
  folders.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  for (const pid of processTree(child.pid)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself in the meantime.
    }
  }
}
