import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasBrowser } from './browser.ts'

for (const [title, env, platform, expected] of [
  ['X11', { DISPLAY: ':0' }, 'linux', true],
  ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
  ['a bare console', {}, 'linux', false],
  ['macOS', {}, 'darwin', true],
  ['Windows', {}, 'win32', true],
  ['SSH with a forwarded display', { DISPLAY: ':10', SSH_CONNECTION: '1 2 3 4' }, 'linux', false],
  ['SSH into a Mac', { SSH_TTY: '/dev/ttys1' }, 'darwin', false],
  ['continuous integration', { DISPLAY: ':99', CI: 'true' }, 'linux', false],
] as const) {
  test(`${title}: ${expected ? 'a browser would appear' : 'no browser'}`, () => {
    assert.equal(hasBrowser(env, platform), expected)
  })
}
