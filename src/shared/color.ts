/** Colors as `#rrggbb`, mixed, and how well one reads on another. */

export type Color = `#${string}`

/** @returns `undefined` for anything but six hexadecimal digits. */
export function parseColor(text: string): Color | undefined {
  return /^#[0-9a-f]{6}$/i.test(text) ? (text.toLowerCase() as Color) : undefined
}

function channels(color: Color): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16))
}

/** @param share how much of `other`, from 0 to 1. */
export function mixColors(color: Color, other: Color, share: number): Color {
  const others = channels(other)
  const mixed = channels(color).map((value, index) => Math.round(value + (others[index]! - value) * share))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** WCAG 2.2, relative luminance. */
function luminance(color: Color): number {
  const [red, green, blue] = channels(color).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

/** WCAG 2.2, contrast ratio: from 1 to 21. */
export function contrast(one: Color, other: Color): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light! + 0.05) / (dark! + 0.05)
}
