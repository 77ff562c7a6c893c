/** CPU time and memory of a process together with its children, from Linux' /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux reports times in ticks of 1/100 s to user space on every architecture Node runs on. */
const ticksPerSecond = 100

/** The process and all its living descendants; empty when it has ended. */
export function processTree(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const children = threads.flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
    return [pid, ...children.flatMap(processTree)]
  } catch {
    return []
  }
}

/** User plus system time spent so far, all threads included. Resolution 10 ms. */
export function cpuSeconds(pid: number): number {
  let ticks = 0
  for (const member of processTree(pid)) {
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const text = readFileSync(`/proc/${member}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / ticksPerSecond
}

/** Resident memory now. */
export function residentMebibytes(pid: number): number {
  let kibibytes = 0
  for (const member of processTree(pid)) {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${member}/status`, 'utf8'))
    kibibytes += Number(found?.[1] ?? 0)
  }
  return kibibytes / 1024
}

/** Machine-wide CPU time so far: all of it, and the part the hypervisor gave to others. */
export function machineCpu(): { total: number; stolen: number } {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  const fields = first.split(/\s+/).slice(1, 9).map(Number)
  return { total: fields.reduce((sum, ticks) => sum + ticks, 0), stolen: fields[7] ?? 0 }
}
