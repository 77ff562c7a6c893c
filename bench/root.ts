import { fileURLToPath } from 'node:url'

/** The project's folder, with a slash at its end; the same from the sources and from `dist/bench`. */
export const root = fileURLToPath(
  new URL(import.meta.url.includes('/dist/bench/') ? '../../' : '../', import.meta.url),
)
