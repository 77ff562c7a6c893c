/** What the hand-written pages name is there: files, headings, scripts, commands, settings, and the import arrows. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { createProgram } from '../src/cli/program.ts'
import { retiredSettings, settings } from '../src/config/schema.ts'
import { compatibility } from '../src/oauth/compatibility.ts'
import { oauthErrors } from '../src/oauth/errors.ts'
import { auditResourceTypes } from '../src/observability/audit-record.ts'
import { auditRowKinds } from '../src/observability/audit-table.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const isHere = (path: string) => existsSync(join(root, path))
const pages = globSync(['*.md', 'docs/**/*.md', 'src/views/guides/*/*.md'], { cwd: root }).sort()

/** Variables of other programs, of the tests and of the command line, which are no settings of the server. */
const otherVariables = new Set([
  'AUTHGATE_CLIENT_ID',
  'AUTHGATE_SERVER',
  'AUTHGATE_TOKEN',
  'AUTH_URL',
  'CLIENT_SECRET',
  'TEST_CHROMIUM',
  'TEST_POSTGRES_URL',
  'TEST_PROMETHEUS',
  'TEST_PROMTOOL',
  'TEST_REDIS',
  'XDG_CONFIG_HOME',
])

describe('documentation', () => {
  it('is here', () => {
    for (const page of ['README.md', 'docs/architecture.md', 'docs/decisions/README.md']) {
      assert.ok(pages.includes(page), page)
    }
  })

  for (const page of pages) {
    const text = read(page)

    it(`${page}: links lead somewhere`, () => {
      for (const link of linksOf(text)) {
        if (/^[a-z]+:/.test(link)) continue
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : normalize(join(dirname(page), path))
        assert.ok(isHere(target), `${link} leads to ${target}, which does not exist`)
        if (anchor !== undefined) {
          assert.ok(anchorsOf(read(target)).has(anchor), `${target} has no heading for #${anchor}`)
        }
      }
    })

    it(`${page}: named files exist`, () => {
      for (const code of inlineCodeOf(text)) {
        if (!/^(src|tests|docs|deploy|scripts|bench|bin)\/[\w./*{},-]+$/.test(code)) continue
        const isPattern = /[*{]/.test(code)
        const exists = isPattern ? globSync(code, { cwd: root }).length > 0 : isHere(code)
        assert.ok(exists, `${code} does not exist`)
      }
    })

    it(`${page}: named npm scripts exist`, () => {
      const { scripts } = JSON.parse(read('package.json'))
      const named = codeOf(text).flatMap((code) =>
        [...code.matchAll(/\bnpm (?:run ([\w-]+)|(start|test)\b)/g)].map(
          ([, script, known]) => script ?? known,
        ),
      )
      for (const script of named) assert.ok(script! in scripts, `there is no npm script ${script}`)
    })

    it(`${page}: what is written like a setting is one, or a row of the audit log`, () => {
      const known = new Set([
        ...Object.values(settings).flatMap((group) => Object.values(group).map(({ name }) => name)),
        ...Object.keys(retiredSettings),
        ...Object.keys(auditRowKinds),
        ...auditResourceTypes,
        ...otherVariables,
      ])
      for (const code of codeOf(text)) {
        for (const [name] of code.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)) {
          assert.ok(known.has(name), `${name} is no setting`)
        }
      }
    })

    it(`${page}: named commands and their options exist`, async () => {
      const program = await createProgram({ environment: { values: {}, warnings: [] } }, undefined)
      for (const words of commandsOf(text)) {
        const command = resolve(program, words)
        // A group takes options of its own behind its commands, too.
        const given = [...(command.parent?.options ?? []), ...command.options]
        const options = new Set(given.map(({ long }) => long))
        for (const word of words) {
          if (!word.startsWith('--')) continue
          assert.ok(options.has(word), `authgate ${words.join(' ')}: there is no option ${word}`)
        }
      }
    })
  }

  it('lists every decision, in order', () => {
    const index = read('docs/decisions/README.md')
    const listed = [...index.matchAll(/^\| (\d{3}) \| \[.*\]\((.+)\)/gm)].map(([, number, file]) => ({
      number: number!,
      file: file!,
    }))
    const files = globSync('docs/decisions/[0-9]*.md', { cwd: root }).sort()
    assert.deepEqual(
      listed.map(({ file }) => `docs/decisions/${file}`),
      files,
    )
    for (const { number, file } of listed) {
      assert.ok(file.startsWith(`${number}-`), file)
      const headings = [...read(`docs/decisions/${file}`).matchAll(/^## (.+)$/gm)].map(([, title]) => title!)
      assert.deepEqual(headings.slice(0, 3), ['Context', 'Decision', 'Consequences'], file)
    }
  })

  it('lists every deliberate difference from an RFC', () => {
    const section = read('docs/compatibility.md').split('## Deliberate differences from an RFC')[1] ?? ''
    const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!)
    assert.deepEqual(listed.sort(), Object.keys(compatibility).sort())
  })

  it('knows no difference from an RFC that nothing depends on', () => {
    const sources = globSync('src/**/*.{ts,tsx}', { cwd: root }).map(read).join('\n')
    const unread = Object.keys(compatibility).filter((name) => !sources.includes(`compatibility.${name}`))
    assert.deepEqual(unread, [])
  })

  it('draws exactly the import arrows there are', () => {
    const listed = new Map<string, string[]>()
    for (const line of read('docs/architecture.md').split('\n')) {
      const [, module, imports] = /^\| `src\/([\w-]+)` +\|.*\| ([^|]+?) +\|$/.exec(line) ?? []
      if (module === undefined || imports === undefined) continue
      listed.set(module, [...imports.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!).sort())
    }
    const modules = globSync('src/*/', { cwd: root }).map((path) => path.replace(/^src\/|\/$/g, ''))
    assert.deepEqual([...listed.keys()].sort(), modules.sort())
    for (const module of modules) assert.deepEqual(listed.get(module), importsOf(module), `src/${module}`)
  })
})

function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```/gms, '')
}

function blocksOf(text: string): string[] {
  return [...text.matchAll(/^```[^\n]*\n(.*?)^```/gms)].map(([, block]) => block!)
}

function inlineCodeOf(text: string): string[] {
  // The text of a link may shorten its target.
  const prose = withoutBlocks(text).replace(/\[`[^`\n]*`\]\(/g, '(')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
}

function codeOf(text: string): string[] {
  return [...blocksOf(text), ...inlineCodeOf(text)]
}

function linksOf(text: string): string[] {
  const prose = withoutBlocks(text).replace(/(?<!\[)`[^`\n]*`(?!\])/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
}

/** The anchors that renderers of Markdown give to headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!)
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  // A guide has the catalogue of errors in this place, each under its name.
  return new Set(/^\{\{errors\}\}$/m.test(text) ? [...anchors, ...Object.keys(oauthErrors)] : anchors)
}

/** The words after `authgate` of every command that is shown. */
function commandsOf(text: string): string[][] {
  const lines = codeOf(text).flatMap((code) => code.split('\n'))
  return lines.flatMap((line) => {
    const [, rest] = /^(?:[A-Z_]+=\S+ )*(?:\.\/bin\/)?authgate ([a-z].*)$/.exec(line.split(' #')[0]!) ?? []
    return rest === undefined ? [] : [rest.trim().split(/\s+/)]
  })
}

/** @throws when the words name no command. */
function resolve(program: Command, words: readonly string[]): Command {
  let command = program
  for (const word of words) {
    if (command.commands.length === 0 || word.startsWith('-')) break
    const next = command.commands.find((candidate) => candidate.name() === word)
    assert.ok(next !== undefined, `there is no command authgate ${words.join(' ')}`)
    command = next
  }
  return command
}

/** The other folders of `src` that the modules of one import, tests left out. */
function importsOf(module: string): string[] {
  const files = globSync(`src/${module}/**/*.{ts,tsx}`, { cwd: root })
  const found = files
    .filter((file) => !/\.(test|fixture)\.tsx?$/.test(file) && !file.includes('/conformance/'))
    .flatMap((file) =>
      [...read(file).matchAll(/\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g)].map(
        ([, path, lazy]) => normalize(join(dirname(file), path ?? lazy!)).split('/')[1]!,
      ),
    )
  return [...new Set(found)].filter((name) => name !== module && !name.endsWith('.ts')).sort()
}
