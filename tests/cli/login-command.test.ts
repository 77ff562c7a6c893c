/** `authgate login` as a process: options, environment, standard output, signals and exit codes. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type DeviceServerScript, pending, startDeviceServer } from '../support/device-server.ts'

const commandModule = new URL('../../src/cli/login/command.js', import.meta.url).href
const entry = `const { loginCommand } = await import(${JSON.stringify(commandModule)}); await loginCommand().parseAsync()`
/** The same in a folder that somebody has removed meanwhile. */
const folderlessEntry = `process.cwd = () => { throw new Error('no such folder') }; ${entry}`

async function prepare(t: TestContext, script: DeviceServerScript) {
  const server = await startDeviceServer({ ...script, code: { interval: 1, ...script.code } })
  const folder = mkdtempSync(join(tmpdir(), 'authgate-command-'))
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  const start = (args: string[], env: Record<string, string> = {}, program = entry) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, XDG_CONFIG_HOME: join(folder, 'config'), ...env },
    })
    const output = { out: '', err: '' }
    child.stdout.on('data', (chunk) => {
      output.out += chunk
    })
    child.stderr.on('data', (chunk) => {
      output.err += chunk
    })
    return { child, output, ended: end(child, output) }
  }
  return { server, folder, start, run: (...args: Parameters<typeof start>) => start(...args).ended }
}

async function end(child: ChildProcess, output: { out: string; err: string }) {
  const [exitCode] = await once(child, 'close')
  return { exitCode: exitCode as number | null, ...output }
}

test('server and client may come from the environment; --json prints events only', async (t) => {
  const { server, run } = await prepare(t, {})
  const env = { AUTHGATE_SERVER: server.url, AUTHGATE_CLIENT_ID: 'from-env' }
  const { exitCode, out, err } = await run(['--json'], env)
  assert.equal(exitCode, 0, err)
  assert.deepEqual(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event),
    ['code', 'signed_in'],
  )
  assert.equal(err, '')
  assert.equal(server.requests.find(({ path }) => path === '/oauth/device/code')?.form.client_id, 'from-env')
})

test('a local first start leaves its client id in a file: nothing needs to be passed', async (t) => {
  const { server, folder, run } = await prepare(t, {})
  writeFileSync(join(folder, 'authgate-credentials.txt'), 'username: admin\npassword: x\nclient_id: seeded\n')
  const { exitCode, out } = await run(['--server', server.url])
  assert.equal(exitCode, 0)
  assert.match(out, /Signed in to 127\.0\.0\.1:\d+ as ana\n/)
  assert.ok(!out.includes('\u001b'))
  assert.equal(server.requests.find(({ path }) => path === '/oauth/device/code')?.form.client_id, 'seeded')
})

test('wrong usage ends with exit code 2 and says what to pass', async (t) => {
  const { server, run } = await prepare(t, {})
  const noClient = await run(['--server', server.url])
  assert.equal(noClient.exitCode, 2)
  assert.match(noClient.err, /No client id is known.*--client-id/s)
  assert.equal((await run(['--no-such-option'])).exitCode, 2)
  const insecure = await run(['--server', 'http://auth.example.com', '--client-id', 'x', '--json'])
  assert.equal(insecure.exitCode, 2)
  assert.equal(JSON.parse(insecure.out).error, 'insecure_server')
})

test('what nobody foresaw is told like any failure', async (t) => {
  const { server, run } = await prepare(t, {})
  const { exitCode, out } = await run(['--server', server.url, '--json'], {}, folderlessEntry)
  assert.equal(exitCode, 1)
  const { event, error, error_description: description } = JSON.parse(out)
  assert.deepEqual([event, error], ['error', 'unexpected'])
  assert.match(description, /no such folder/)
})

test('--help documents the exit codes', async (t) => {
  const { run } = await prepare(t, {})
  const { exitCode, out } = await run(['--help'])
  assert.equal(exitCode, 0)
  assert.match(out, /0 signed in, 1 failed, 2 wrong usage, 3 denied, 4 code expired, 130 interrupted/)
})

test('--verbose says on standard error what is requested, without codes and tokens', async (t) => {
  const { server, run } = await prepare(t, {})
  const { err } = await run(['--server', server.url, '--client-id', 'x', '--verbose'])
  assert.match(err, /POST .*\/oauth\/device\/code 200 \d+ ms/)
  assert.doesNotMatch(err, /of-the-test/)
})

test('an interrupt ends the process with exit code 130 and says nothing', async (t) => {
  const { server, start } = await prepare(t, { polls: [pending], code: { interval: 60 } })
  const { child, output, ended } = start(['--server', server.url, '--client-id', 'x'])
  while (!output.out.includes('Waiting'))
    await Promise.race([once(child.stdout, 'data'), ended.then(({ err }) => assert.fail(err))])
  child.kill('SIGINT')
  const { exitCode, err } = await ended
  assert.equal(exitCode, 130)
  assert.equal(err, '')
})

test('a reader that goes away ends the sign-in', async (t) => {
  const { server, start } = await prepare(t, { polls: [{ status: 400, body: { error: 'slow_down' } }] })
  const { child, ended } = start(['--server', server.url, '--client-id', 'x', '--json'])
  child.stdout.once('data', () => child.stdout.destroy())
  assert.equal((await ended).exitCode, 130)
})
