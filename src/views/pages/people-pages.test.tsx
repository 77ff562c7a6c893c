/** What the pages of people and tokens say, and offer. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultReader } from '../reader.tsx'
import { renderPage } from '../render.ts'
import { type State, site } from './states/everybody.fixture.tsx'
import { listOfTokens, onePerson } from './states/people.fixture.tsx'

describe('what the pages of people say', () => {
  const render = (state: State) => renderPage(state('ana', site), defaultReader)
  const shown = (state: State) => render(state).replaceAll(/<[^>]*>/g, '')

  it('names what will end before it does', () => {
    const page = shown(onePerson())
    assert.match(page, /ends 10,000\+ sessions and 1,235 tokens, and forgets 1,234 allowed apps/)
    assert.match(page, /Their 2 clients stay, without an owner/)
  })

  it('offers nobody to shut themselves out', () => {
    const own = render(onePerson({ own: true }))
    assert.doesNotMatch(own, /\/(disable|delete|reset-password)"/)
  })

  it('offers only what a token can do', () => {
    const page = render(listOfTokens())
    assert.equal(page.match(/type="checkbox"/g)?.length, 1)
    assert.equal(page.match(/formaction/g)?.length, 1)
  })
})
