import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { loadConfig } from '../src/config/load.ts'
import { retiredSettings, settings } from '../src/config/schema.ts'
import type { Setting } from '../src/config/setting.ts'
import { auditRowKinds, auditRules } from '../src/observability/audit-table.ts'
import { metricDefinitions } from '../src/observability/metric-definitions.ts'
import { generateDocuments, readCatalogue } from './generate-docs.ts'

// Tests run from the repository's root.
const catalogue = readFileSync('src/events/catalogue.ts', 'utf8')
const documents = generateDocuments(catalogue)
const allSettings = Object.values(settings).flatMap((group): Setting<unknown>[] => Object.values(group))

for (const [path, content] of Object.entries(documents)) {
  test(`${path} is what the code says (npm run docs writes it)`, () => {
    assert.equal(readFileSync(path, 'utf8'), content)
  })
}

test('every setting is on the page and in the example, retired ones are on the page', () => {
  const page = documents['docs/configuration.md']!
  const example = documents['.env.example']!
  for (const { name } of allSettings) {
    assert.ok(page.includes(`| \`${name}\` |`), name)
    assert.match(example, new RegExp(`^#${name}=`, 'm'))
  }
  for (const name of Object.keys(retiredSettings)) assert.ok(page.includes(`| \`${name}\` |`), name)
})

test('the example, all of it in force, starts with the defaults and without a warning', () => {
  const values = parseEnv(documents['.env.example']!.replace(/^#(?=[A-Z_]+=)/gm, ''))
  assert.equal(Object.keys(values).length, allSettings.length)
  const loaded = loadConfig(values)
  assert.deepEqual(loaded.warnings, [])
  assert.deepEqual(loaded.config, loadConfig({}).config)
})

test('every metric is on the page with all its values', () => {
  const page = documents['docs/metrics.md']!
  for (const { name, labels } of Object.values(metricDefinitions)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))
    assert.ok(row, name)
    for (const values of Object.values<unknown>(labels)) {
      if (Array.isArray(values)) for (const value of values) assert.ok(row.includes(`\`${value}\``), name)
    }
  }
})

test('the catalogue is read whole', () => {
  const read = readCatalogue(catalogue)
  assert.deepEqual(read.map(({ type }) => type).sort(), Object.keys(auditRules).sort())
  for (const { type, sentence } of read) assert.match(sentence, /^[A-Z][^*]*\.$/, type)
})

test('an event that nobody explained is refused', () => {
  assert.throws(() => readCatalogue("export interface X extends Base<'x.happened'> {}"), /x\.happened/)
})

test('every kind of audit row is on its page', () => {
  for (const name of Object.keys(auditRowKinds)) {
    assert.ok(documents['docs/audit.md']!.includes(`| \`${name}\` |`), name)
  }
})

test('a declaration over several lines is read, and one that is not understood is refused', () => {
  const source = "/** It happened. */\nexport interface LongName\n  extends Base<\n    'x.happened'\n  > {}"
  assert.deepEqual(readCatalogue(source), [{ type: 'x.happened', sentence: 'It happened.' }])
  assert.throws(() => readCatalogue("/** So. */\nexport type X = Base<'x.happened'> & {}"), /x\.happened/)
})
