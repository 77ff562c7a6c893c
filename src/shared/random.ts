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
  /** @returns where in the pool `length` unused bytes stand. */
  const draw = (length: number): number => {
    if (length > 1024) throw new RangeError('at most 1024 random bytes at a time')
    if (used + length > poolSize) {
      randomFillSync(pool)
      used = 0
    }
    const start = used
    used += length
    return start
  }
  return {
    base64url(length) {
      const start = draw(length)
      const text = pool.toString('base64url', start, start + length)
      pool.fill(0, start, start + length)
      return text
    },
    bytes(length) {
      const start = draw(length)
      const copy = Buffer.from(pool.subarray(start, start + length))
      pool.fill(0, start, start + length)
      return copy
    },
    below(bound) {
      // Rejection sampling: values at or above the largest multiple of `bound` would favor small results.
      const limit = Math.floor(0x1_0000_0000 / bound) * bound
      for (;;) {
        const value = pool.readUInt32BE(draw(4))
        if (value < limit) return value % bound
      }
    },
  }
}
