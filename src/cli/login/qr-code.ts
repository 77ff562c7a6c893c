/**
 * An address as a QR code of half blocks: one character holds two modules, one above the other, which makes
 * modules square in an ordinary terminal.
 */
import { encode } from 'uqr'

/** What the largest code at level L holds (ISO/IEC 18004, version 40); `uqr` throws for more. */
const LARGEST_BYTES = 2953

export interface QrSpace {
  columns: number
  rows: number
}

/**
 * The smallest drawing of `text`, or `undefined` when it does not fit the space.
 *
 * A quiet zone of two modules scans well from a screen; one module is tried before giving up.
 *
 * @param ink what a drawn half block stands for: `dark` for black ink on a white ground, `light` for a terminal
 *   that may not be colored, where blocks are light on the dark ground most terminals have.
 */
export function fitQrCode(text: string, space: QrSpace, ink: 'dark' | 'light'): string[] | undefined {
  if (Buffer.byteLength(text) > LARGEST_BYTES) return undefined
  for (const border of [2, 1]) {
    const { data } = encode(text, { ecc: 'L', border })
    const height = Math.ceil(data.length / 2)
    if (data.length > space.columns || height > space.rows) continue
    return Array.from({ length: height }, (_, row) => drawRow(data, row * 2, ink))
  }
  return undefined
}

function drawRow(modules: boolean[][], top: number, ink: 'dark' | 'light'): string {
  const inked = (y: number, x: number) => {
    // Below the last row there is ground: light.
    const dark = modules[y]?.[x] ?? false
    return ink === 'dark' ? dark : !dark
  }
  return Array.from({ length: modules.length }, (_, x) => {
    if (inked(top, x)) return inked(top + 1, x) ? '█' : '▀'
    return inked(top + 1, x) ? '▄' : ' '
  }).join('')
}
