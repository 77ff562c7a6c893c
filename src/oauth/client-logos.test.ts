import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createManualClock } from '../../tests/support/manual-clock.ts'
import { type BytesRequest, OutboundError } from '../outbound/outbound.ts'
import { newClient } from '../storage/conformance/fixtures.ts'
import type { Client } from './client.ts'
import { createClientLogos, type LogoPolicy } from './client-logos.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const pictures: Record<string, Buffer> = {
  'image/png': png,
  'image/jpeg': Buffer.from('ffd8ffe000104a464946', 'hex'),
  'image/gif': Buffer.from('GIF89a and so on'),
  'image/webp': Buffer.from('RIFF\x04\x00\x00\x00WEBPVP8 '),
}
const logoUri = 'https://app.example.com/logo'

function start(policy: LogoPolicy = 'all') {
  const clock = createManualClock()
  const remote = {
    asked: [] as BytesRequest[],
    answer: (): Buffer => png,
    async getBytes(request: BytesRequest): Promise<Buffer> {
      remote.asked.push(request)
      return remote.answer()
    },
  }
  return {
    clock,
    remote,
    logos: createClientLogos({ clock, policy, outbound: remote, trusts: ({ name }) => name === 'Trusted' }),
  }
}

const withLogo = (given: Partial<Client> = {}): Client => newClient({ metadata: { logoUri }, ...given })

describe('logos of clients', () => {
  it('are pictures by their first bytes', async () => {
    for (const [mediaType, bytes] of Object.entries(pictures)) {
      const found = start()
      found.remote.answer = () => bytes
      assert.deepEqual(await found.logos.find(withLogo()), { mediaType, bytes })
      assert.deepEqual(found.remote.asked, [
        { url: logoUri, trusted: true, maxBytes: 262_144, accept: 'image/*' },
      ])
    }
    for (const text of [
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      '<html>',
      '',
      'RIFF1234WAVE',
      '\nGIF89a',
    ]) {
      const found = start()
      found.remote.answer = () => Buffer.from(text)
      assert.equal(await found.logos.find(withLogo()), undefined, text)
    }
  })

  it('are shown by the policy, and only where there is one', async () => {
    const registered = withLogo({ origin: 'registration' })
    const seen = (policy: LogoPolicy, client: Client) => start(policy).logos.shows(client)
    assert.deepEqual(
      [
        seen('none', withLogo()),
        seen('vouched', withLogo()),
        seen('vouched', registered),
        seen('all', registered),
      ],
      [false, true, false, true],
    )
    const trusted = withLogo({ origin: 'metadata_document', name: 'Trusted' })
    assert.deepEqual([seen('none', trusted), seen('vouched', trusted)], [false, true])
    assert.equal(seen('all', newClient()), false)
    assert.equal(seen('all', withLogo({ status: 'pending' })), false)
    const { logos, remote } = start('vouched')
    assert.equal(await logos.find(registered), undefined)
    assert.deepEqual(remote.asked, [], 'nobody is asked for what is not shown')
  })

  it('are asked for once an hour, and what cannot be had once a minute', async () => {
    const story = start()
    const client = withLogo({ origin: 'registration' })
    await Promise.all([story.logos.find(client), story.logos.find(client)])
    assert.deepEqual([story.remote.asked.length, story.remote.asked[0]!.trusted], [1, false])
    story.clock.advance(3599)
    await story.logos.find(client)
    assert.equal(story.remote.asked.length, 1)
    story.remote.answer = () => {
      throw new OutboundError('connection')
    }
    story.clock.advance(1)
    assert.equal(await story.logos.find(client), undefined)
    assert.equal(await story.logos.find(client), undefined)
    assert.equal(story.remote.asked.length, 2)
    story.clock.advance(60)
    await story.logos.find(client)
    assert.equal(story.remote.asked.length, 3)
    story.remote.answer = () => png
    await story.logos.find({ ...client, metadata: { logoUri: `${logoUri}/new` } })
    assert.equal(story.remote.asked.length, 4, 'a new address is asked at once')
  })

  it('of few clients are remembered at a time', async () => {
    const story = start()
    const first = withLogo()
    await story.logos.find(first)
    for (let count = 0; count < 64; count++) await story.logos.find(withLogo())
    await story.logos.find(first)
    assert.equal(story.remote.asked.length, 66)
  })
})
