/** `npm run demo`, run as a newcomer runs it: it tells exactly what moved, and leaves nothing behind. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { endProcess, noCoverage } from './support/process.ts'

const script = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url))

/** What each step must move, without the requests themselves, which every step has. */
const expected: Record<string, string[]> = {
  'A tool asks for a code': [
    '+1 oauth_device_codes_total{result="success"}',
    '0 → 1 oauth_device_codes_active',
    '0 → 1 oauth_device_codes_pending_authorization',
  ],
  'It polls before anybody decided': ['+1 oauth_device_code_validation_total{result="pending"}'],
  'Someone guesses a password': [
    '+1 auth_attempts_total{method="local",result="failure"}',
    '+1 auth_login_total{auth_source="local",result="failure"}',
    '+1 auth_login_duration_seconds_count{method="local"}',
  ],
  'The right person signs in': [
    '+1 auth_attempts_total{method="local",result="success"}',
    '+1 auth_login_total{auth_source="local",result="success"}',
    '+1 auth_login_duration_seconds_count{method="local"}',
    '0 → 1 sessions_active',
    '+1 sessions_created_total',
  ],
  'They enter the code, and allow what they see': [
    '+1 oauth_device_codes_authorized_total',
    '1 → 0 oauth_device_codes_pending_authorization',
    '+1 oauth_device_code_authorization_duration_seconds_count',
  ],
  'The tool polls again and is signed in': [
    '+1 oauth_device_code_validation_total{result="success"}',
    '1 → 0 oauth_device_codes_active',
    '+1 oauth_tokens_issued_total{token_type="access",grant_type="device_code"}',
    '+1 oauth_tokens_issued_total{token_type="refresh",grant_type="device_code"}',
    '0 → 1 oauth_tokens_active{token_type="access"}',
    '0 → 1 oauth_tokens_active{token_type="refresh"}',
    '+1 oauth_token_generation_duration_seconds_count{provider="local"}',
  ],
  'A resource server asks about the access token': [
    '+1 oauth_token_validation_total{result="valid"}',
    '+1 oauth_token_validation_duration_seconds_count{provider="local"}',
  ],
  'The tool refreshes': [
    '+1 oauth_tokens_issued_total{token_type="access",grant_type="refresh_token"}',
    '+1 oauth_tokens_issued_total{token_type="refresh",grant_type="refresh_token"}',
    '+1 oauth_tokens_revoked_total{reason="rotation"}',
    '+1 oauth_tokens_refreshed_total{result="success"}',
    '1 → 2 oauth_tokens_active{token_type="access"}',
    '+1 oauth_token_generation_duration_seconds_count{provider="local"}',
  ],
  'It gives its tokens back': [
    '+3 oauth_tokens_revoked_total{reason="user_request"}',
    '2 → 0 oauth_tokens_active{token_type="access"}',
    '1 → 0 oauth_tokens_active{token_type="refresh"}',
  ],
  'The person signs out': [
    '+1 auth_logout_total',
    '1 → 0 sessions_active',
    '+1 sessions_expired_total{reason="logout"}',
    '+1 session_duration_seconds_count',
  ],
  'A service gets a token for itself': [
    '+1 oauth_tokens_issued_total{token_type="access",grant_type="client_credentials"}',
    '0 → 1 oauth_tokens_active{token_type="access"}',
    '+1 oauth_token_generation_duration_seconds_count{provider="local"}',
  ],
}

describe('npm run demo', () => {
  test('names exactly the samples each step moves, and leaves nothing behind', async (t) => {
    const demo = startDemo(t)
    const [code] = await once(demo.child, 'close')
    assert.equal(code, 0, demo.output())
    assert.deepEqual(stepsIn(demo.output()), expected)
    assert.match(demo.output(), /23 of 27 metrics moved/)
    assert.match(
      demo.output(),
      /\+1 {2}http_requests_total\{method="POST",path="\/oauth\/device\/code",status="200"\}/,
    )
    assert.ok(!demo.output().includes('\u001b'), 'no color where nobody can see it')
    demo.assertNothingLeft()
  })

  test('stopped by Ctrl-C, leaves nothing behind either', async (t) => {
    const demo = startDemo(t)
    while (!demo.output().includes('It polls')) {
      assert.equal(demo.child.exitCode, null, demo.output())
      await Promise.race([once(demo.child.stdout, 'data'), once(demo.child, 'close')])
    }
    demo.child.kill('SIGINT')
    const [code] = await once(demo.child, 'close')
    assert.equal(code, 130, demo.output())
    demo.assertNothingLeft()
  })
})

interface Demo {
  child: ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> }
  output(): string
  assertNothingLeft(): void
}

function startDemo(t: TestContext): Demo {
  const folder = mkdtempSync(join(tmpdir(), 'authgate-demo-test-'))
  const { FORCE_COLOR, ...env } = process.env
  const child = spawn(process.execPath, [script], {
    env: { ...env, ...noCoverage, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  t.after(async () => {
    await endProcess(child)
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    child,
    output: () => output,
    assertNothingLeft() {
      assert.deepEqual(readdirSync(folder), [])
      const pid = Number(/process (\d+)$/m.exec(output)?.[1])
      assert.ok(pid > 0)
      assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    },
  }
}

/** The moved samples by the title of their step, in the words of {@link expected}. */
function stepsIn(output: string): Record<string, string[]> {
  const steps: Record<string, string[]> = {}
  let current: string[] = []
  for (const line of output.split('\n')) {
    const [, title] = /^ ?\d+ {2}(\S.*)$/.exec(line) ?? []
    if (title !== undefined) {
      current = []
      steps[title] = current
    }
    const [, change, sample] = /^ +(\+\d+|\d+ → \d+) {2}(\S+)/.exec(line) ?? []
    if (sample !== undefined && !sample.startsWith('http_')) current.push(`${change} ${sample}`)
  }
  return steps
}
