/**
 * Compiles the sources with tsc into `dist/`, which the tests run, and bundles the program into `dist/bundle/`, which
 * `bin/authgate` runs: one file instead of several hundred, so that a start spends its time starting.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })
const compiled = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', root], {
  stdio: 'inherit',
})
if (compiled.status !== 0) process.exit(compiled.status ?? 1)
await copyFiles(`${root}dist/src/views`)

await build({
  entryPoints: [`${root}dist/src/main.js`, `${root}dist/src/storage/sqlite-background-worker.js`],
  outdir: `${root}dist/bundle`,
  entryNames: '[name]',
  bundle: true,
  // What only some commands and drivers need stays in files of its own, loaded when it is wanted.
  splitting: true,
  format: 'esm',
  platform: 'node',
  // As Node.js itself would, where a package has both: of a CommonJS one the names of what it exports are lost.
  mainFields: ['module', 'main'],
  target: 'node24',
  // Smaller, but with every name as it was: traces stay readable.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
  // Native code cannot be bundled; pg asks for an optional binding that is not there. The client of Redis is CommonJS, and
  // would lose the names of what it exports. The framework wants its schema
  // compilers and its stand-in for requests only where somebody has schemas or injects requests.
  external: [
    '@node-rs/argon2',
    '@node-rs/bcrypt',
    'pg-native',
    '@redis/client',
    '@fastify/ajv-compiler',
    '@fastify/fast-json-stringify-compiler',
    'light-my-request',
  ],
  // Bundled CommonJS packages still call require for Node's own modules.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
})
await copyFiles(`${root}dist/bundle`)

/** What is read and not compiled, beside the module that reads it. */
async function copyFiles(folder: string): Promise<void> {
  await copyStatic(`${folder}/static`)
  for (const guide of globSync('*/*.md', { cwd: `${root}src/views/guides` })) {
    cpSync(`${root}src/views/guides/${guide}`, `${folder}/guides/${guide}`)
  }
}

/** The files of the pages, as small as they get without another name in them. */
async function copyStatic(target: string): Promise<void> {
  cpSync(`${root}src/views/static`, target, { recursive: true })
  for (const name of readdirSync(target)) {
    const loader = name.endsWith('.css') ? 'css' : name.endsWith('.js') ? 'js' : undefined
    if (loader === undefined) continue
    const { code } = await transform(readFileSync(`${target}/${name}`, 'utf8'), {
      loader,
      minifyWhitespace: true,
      minifySyntax: true,
    })
    writeFileSync(`${target}/${name}`, code)
  }
}
