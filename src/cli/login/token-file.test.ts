import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { configHome, tokenFilePath, writeTokenFile } from './token-file.ts'

const content = {
  server: 'https://a.example',
  client_id: 'cli',
  access_token: 'secret',
  scope: '',
  token_type: 'Bearer',
}

test('the folder is $XDG_CONFIG_HOME when that is absolute, else ~/.config', () => {
  const home = () => '/home/ana'
  assert.equal(configHome({ XDG_CONFIG_HOME: '/cfg' }, home), '/cfg')
  assert.equal(configHome({ XDG_CONFIG_HOME: 'cfg' }, home), '/home/ana/.config')
  assert.equal(configHome({}, home), '/home/ana/.config')
})

test('a user without a home still has $XDG_CONFIG_HOME', () => {
  const none = () => {
    throw new Error('no such user')
  }
  assert.equal(configHome({ XDG_CONFIG_HOME: '/cfg' }, none), '/cfg')
  assert.equal(configHome({}, none), undefined)
})

test('a token file is named after its server and client', () => {
  assert.equal(
    tokenFilePath('/cfg', 'http://localhost:8080', 'authgate-cli'),
    '/cfg/authgate/tokens/http_localhost_8080_authgate-cli.json',
  )
  assert.equal(
    tokenFilePath('/cfg', 'https://a.example', 'authgate-cli'),
    '/cfg/authgate/tokens/https_a.example_authgate-cli.json',
  )
})

test('no server or client can leave the folder, share a file or outgrow a file name', () => {
  const paths = [
    ['https://a.example', '../../etc/x'],
    ['https://a.example', '..-..-etc-x'],
    ['https://a.example', '..'],
    ['https://a.example', 'https://client.example/metadata.json'],
    ['https://a.example', 'x'.repeat(500)],
    ['https://a.example', `${'x'.repeat(500)}y`],
    ['https://a.example/realms/b', 'cli'],
    ['https://a.example/realms-b', 'cli'],
    ['http://[::1]:8080', 'cli'],
    ['https://a.example', 'cli'],
    ['http://a.example', 'cli'],
    ['https://a.example:8080', 'cli'],
    ['https://a.example', '8080_cli'],
    ['https://a.example', 'CLI'],
  ].map(([server, client]) => tokenFilePath('/cfg', server as string, client as string))
  // What a digest was added to cannot be asked for by that name.
  const [changed = ''] = paths
  const asked = changed.slice(changed.lastIndexOf('_') + 1, -'.json'.length)
  paths.push(tokenFilePath('/cfg', 'https://a.example', asked))
  assert.equal(new Set(paths.map((path) => path.toLowerCase())).size, paths.length)
  for (const path of paths) {
    assert.equal(dirname(path), '/cfg/authgate/tokens')
    assert.ok(basename(path).length <= 200, path)
  }
})

test('the file is for its owner only, replaced whole, and no temporary file stays behind', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'authgate-token-'))
  t.after(() => rmSync(root, { recursive: true }))
  const path = tokenFilePath(root, content.server, content.client_id)
  mkdirSync(dirname(path), { recursive: true })
  chmodSync(dirname(path), 0o755)
  await writeTokenFile(path, content)
  await writeTokenFile(path, { ...content, access_token: 'newer' })
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).access_token, 'newer')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
  assert.deepEqual(readdirSync(dirname(path)), [basename(path)])
})

test('a failed write leaves neither a temporary file nor a changed old one', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'authgate-token-'))
  t.after(() => rmSync(root, { recursive: true }))
  const path = tokenFilePath(root, content.server, content.client_id)
  // A folder in the file's place cannot be replaced by a file.
  mkdirSync(join(path, 'occupied'), { recursive: true })
  await assert.rejects(writeTokenFile(path, content))
  assert.deepEqual(readdirSync(dirname(path)), [basename(path)])
})
