/**
 * The user code in large type: letters and digits of seven columns by five rows, so that someone across the
 * desk can read the code off the screen. Strokes are two columns wide and one row high because a terminal cell
 * is about twice as tall as it is wide.
 */

const HEIGHT = 5
const GAP_BETWEEN_GROUPS = 2

/** Rows of each character, `#` for ink. A character missing here has no large form. */
const glyphs: Readonly<Record<string, readonly string[]>> = {
  A: [' ##### ', '##   ##', '#######', '##   ##', '##   ##'],
  B: ['###### ', '##   ##', '###### ', '##   ##', '###### '],
  C: [' ######', '##     ', '##     ', '##     ', ' ######'],
  D: ['###### ', '##   ##', '##   ##', '##   ##', '###### '],
  E: ['#######', '##     ', '#####  ', '##     ', '#######'],
  F: ['#######', '##     ', '#####  ', '##     ', '##     '],
  G: [' ######', '##     ', '##  ###', '##   ##', ' ######'],
  H: ['##   ##', '##   ##', '#######', '##   ##', '##   ##'],
  I: ['  ###  ', '  ###  ', '  ###  ', '  ###  ', '  ###  '],
  J: ['     ##', '     ##', '     ##', '##   ##', ' ##### '],
  K: ['##   ##', '##  ## ', '#####  ', '##  ## ', '##   ##'],
  L: ['##     ', '##     ', '##     ', '##     ', '#######'],
  M: ['##   ##', '### ###', '#######', '## # ##', '##   ##'],
  N: ['##   ##', '###  ##', '#### ##', '## ####', '##  ###'],
  O: [' ##### ', '##   ##', '##   ##', '##   ##', ' ##### '],
  P: ['###### ', '##   ##', '###### ', '##     ', '##     '],
  Q: [' ##### ', '##   ##', '##   ##', '##  ## ', ' ### ##'],
  R: ['###### ', '##   ##', '###### ', '##  ## ', '##   ##'],
  S: [' ######', '##     ', ' ##### ', '     ##', '###### '],
  T: ['#######', '  ###  ', '  ###  ', '  ###  ', '  ###  '],
  U: ['##   ##', '##   ##', '##   ##', '##   ##', ' ##### '],
  V: ['##   ##', '##   ##', '##   ##', ' ## ## ', '  ###  '],
  W: ['##   ##', '## # ##', '#######', '### ###', '##   ##'],
  X: ['##   ##', ' ## ## ', '  ###  ', ' ## ## ', '##   ##'],
  Y: ['##   ##', ' ## ## ', '  ###  ', '  ###  ', '  ###  '],
  Z: ['#######', '    ## ', '  ###  ', ' ##    ', '#######'],
  // The slash tells a zero from the letter O.
  0: [' ##### ', '##  ###', '## # ##', '###  ##', ' ##### '],
  1: [' ####  ', '   ##  ', '   ##  ', '   ##  ', ' ######'],
  2: ['###### ', '     ##', ' ##### ', '##     ', '#######'],
  3: ['###### ', '     ##', '  #### ', '     ##', '###### '],
  4: ['##   ##', '##   ##', '#######', '     ##', '     ##'],
  5: ['#######', '##     ', '###### ', '     ##', '###### '],
  6: [' ##### ', '##     ', '###### ', '##   ##', ' ##### '],
  7: ['#######', '    ## ', '   ##  ', '  ##   ', '  ##   '],
  8: [' ##### ', '##   ##', ' ##### ', '##   ##', ' ##### '],
  9: [' ##### ', '##   ##', ' ######', '     ##', ' ##### '],
}

const dash: readonly string[] = ['    ', '    ', '####', '    ', '    ']

/**
 * The parts a person reads in one breath. Parts follow the server's own dashes; an unbroken code of eight is
 * read as four and four, without pretending that a dash belongs to it.
 */
export function codeGroups(code: string): { groups: string[]; dashed: boolean } {
  const groups = code.split(/[- ]/).filter((group) => group !== '')
  if (groups.length === 1 && code.length === 8) {
    return { groups: [code.slice(0, 4), code.slice(4)], dashed: false }
  }
  return { groups, dashed: code.includes('-') }
}

/**
 * The code as rows of terminal characters, all of equal width.
 *
 * @param direction `row` sets the groups side by side, `column` one under the other.
 * @param ink the character a letter is made of.
 * @returns `undefined` when a character has no large form: lower case among them, since a code may be
 *   case-sensitive and must not be shown as something else.
 */
export function largeCode(code: string, direction: 'row' | 'column', ink: string): string[] | undefined {
  const { groups, dashed } = codeGroups(code)
  const drawn: string[][] = []
  for (const group of groups) {
    const letters = [...group].map((character) => glyphs[character])
    if (!letters.every((letter) => letter !== undefined)) return undefined
    drawn.push(rows((row) => letters.map((letter) => letter[row]).join(' ')))
  }
  const joint = ' '.repeat(GAP_BETWEEN_GROUPS)
  const between = rows((row) => joint + (dashed ? dash[row] : '') + joint)
  const lines =
    direction === 'row'
      ? rows((row) => drawn.map((group) => group[row]).join(between[row]))
      : drawn.flatMap((group, index) => (index === 0 ? group : ['', ...group]))
  const width = Math.max(0, ...lines.map((line) => line.length))
  return lines.map((line) => line.padEnd(width).replaceAll('#', ink))
}

function rows(draw: (row: number) => string): string[] {
  return Array.from({ length: HEIGHT }, (_, row) => draw(row))
}
