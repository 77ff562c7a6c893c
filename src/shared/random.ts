/**
 * Randomness, as a parameter. Secrets come from the operating system's generator through a refilled pool, since
 * one small draw at a time costs twenty times as much; used bytes are overwritten.
 */
import { randomFillSync } from 'node:crypto'

export interface Random {
  /** `length` unpredictable bytes, as base64url without padding (RFC 4648 §5). At most 1,024 bytes. */
  base64url(length: number): string
  /** `length` unpredictable bytes in a buffer of their own. At most 1,024 bytes. */
  bytes(length: number): Buffer
  /** A whole number in `[0, bound)`, uniformly; `bound` at most 2^32. */
  below(bound: number): number
}

const poolSize = 32 * 1024

export function createSystemRandom(): Random {
  const pool = Buffer.alloc(poolSize)
  let used = poolSize
  const draw = (length: number): Buffer => {
    if (length > 1024) throw new RangeError('at most 1024 random bytes at a time')
    if (used + length > poolSize) {
      randomFillSync(pool)
      used = 0
    }
    const slice = pool.subarray(used, used + length)
    used += length
    return slice
  }
  return {
    base64url(length) {
      const slice = draw(length)
      const text = slice.toString('base64url')
      slice.fill(0)
      return text
    },
    bytes(length) {
      const slice = draw(length)
      const copy = Buffer.from(slice)
      slice.fill(0)
      return copy
    },
    below(bound) {
      // Rejection sampling: values at or above the largest multiple of `bound` would favor small results.
      const limit = Math.floor(0x1_0000_0000 / bound) * bound
      for (;;) {
        const value = draw(4).readUInt32BE(0)
        if (value < limit) return value % bound
      }
    },
  }
}
