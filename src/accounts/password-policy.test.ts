import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commonPasswords } from './common-passwords.ts'
import { judgePassword, passwordProblem } from './password-policy.ts'

const ada = { username: 'ada-lovelace', email: 'ada@example.com' }

describe('the password policy', () => {
  const judged: [password: string, verdict: Awaited<ReturnType<typeof judgePassword>>][] = [
    ['correct horse battery staple', undefined],
    ['Fünf Äpfel für Zoë', undefined],
    ['k7#Qw9!zRt', undefined],
    ['蘋果香蕉橘子葡萄西瓜', undefined],
    ['seven77', 'too_short'],
    // Eight code units, and four characters for a person.
    ['👩👩👩👩', 'too_short'],
    ['x'.repeat(256), 'too_long'],
    ['line\nend and more', 'control_characters'],
    ['aaaaaaaaaa', 'trivial'],
    ['abcabcabc', 'trivial'],
    ['12341234', 'trivial'],
    ['abcdefghij', 'trivial'],
    ['9876543210', 'trivial'],
    ['qwertyuiop', 'trivial'],
    ['Ada-Lovelace', 'personal'],
    ['ada-lovelace99', 'personal'],
    ['ada@example.com', 'personal'],
    ['AuthGate!1', 'personal'],
    ['ada-lovelace likes numbers', undefined],
    ['password', 'common'],
    ['Password1', 'common'],
    ['P@ssw0rd!', 'common'],
    ['Sunshine2024', 'common'],
    ['football!!', 'common'],
    ['letmein letmein now please', undefined],
  ]
  for (const [password, verdict] of judged) {
    it(`finds ${JSON.stringify(password.slice(0, 40))} ${verdict ?? 'good enough'}`, async () => {
      assert.equal(await judgePassword(password, ada, 8), verdict)
    })
  }

  it('holds a longer minimum against what people see', () => {
    assert.equal(passwordProblem('eleven char', ada, 12), 'too_short')
    assert.equal(passwordProblem('twelve chars', ada, 12), undefined)
  })

  it('knows tens of thousands of leaked passwords, and loads them once', async () => {
    const list = await commonPasswords()
    assert.ok(list.size > 40_000)
    assert.equal(await commonPasswords(), list)
    for (const password of ['123456', 'iloveyou', 'trustno1', 'dragon'])
      assert.ok(list.has(password), password)
  })
})
