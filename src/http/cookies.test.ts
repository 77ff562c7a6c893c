import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createServerCookie } from './cookies.ts'
import type { HttpRequest } from './endpoint.ts'

const requestWith = (cookie: string | undefined): HttpRequest => ({
  method: 'GET',
  query: '',
  params: {},
  headers: cookie === undefined ? {} : { cookie },
  body: '',
  context: { requestId: '', ip: '', userAgent: '', method: 'GET', path: '/' },
  receivedAt: 0,
})

describe('cookies', () => {
  const plain = createServerCookie('authgate_session', { secure: false })
  const secure = createServerCookie('authgate_session', { secure: true })

  it('are kept from scripts and other sites, and from plain http under https', () => {
    assert.equal(plain.set('value'), 'authgate_session=value; Path=/; HttpOnly; SameSite=Lax')
    assert.equal(secure.set('value'), '__Host-authgate_session=value; Path=/; HttpOnly; Secure; SameSite=Lax')
  })

  it('last as long as asked', () => {
    assert.match(plain.set('value', 60), /^authgate_session=value; Max-Age=60;/)
    assert.match(secure.clear(), /^__Host-authgate_session=; Max-Age=0; .*Secure/)
  })

  it('are read back under their own name only', () => {
    assert.equal(plain.read(requestWith('a=b; authgate_session=value')), 'value')
    assert.equal(secure.read(requestWith('__Host-authgate_session=value')), 'value')
    assert.equal(secure.read(requestWith('authgate_session=value')), undefined)
    assert.equal(plain.read(requestWith('__Host-authgate_session=value')), undefined)
    assert.equal(plain.read(requestWith(undefined)), undefined)
    assert.equal(plain.read(requestWith('%=;;=; authgate_session')), undefined)
  })
})
