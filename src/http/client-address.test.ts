import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, it } from 'node:test'
import { clientAddresses } from './client-address.ts'

const trusted = new BlockList()
trusted.addSubnet('10.0.0.0', 8, 'ipv4')
trusted.addAddress('127.0.0.1', 'ipv4')
trusted.addSubnet('fd00::', 8, 'ipv6')

/** Peer, `X-Forwarded-For`, whose request it is. */
const table: [string | undefined, string | string[] | undefined, string, why: string][] = [
  ['198.51.100.7', undefined, '198.51.100.7', 'without a header it is the peer'],
  ['10.0.0.1', undefined, '10.0.0.1', 'a trusted peer that names nobody speaks for itself'],
  ['::ffff:198.51.100.7', undefined, '198.51.100.7', 'IPv4 of a socket that speaks both'],
  ['::FFFF:198.51.100.7', undefined, '198.51.100.7', 'in capitals too'],
  ['2001:db8::7', undefined, '2001:db8::7', 'IPv6'],
  ['fe80::1%eth0', undefined, 'fe80::1', 'the zone is this machine’s business'],
  [undefined, undefined, 'unknown', 'a connection that is gone already'],

  ['198.51.100.7', '203.0.113.9', '198.51.100.7', 'a peer that is not trusted is not believed'],
  ['2001:db8::7', '203.0.113.9', '2001:db8::7', 'nor over IPv6'],
  [undefined, '203.0.113.9', 'unknown', 'nor one without an address'],

  ['10.0.0.1', '203.0.113.9', '203.0.113.9', 'a trusted proxy names its client'],
  ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9', 'whichever form its own address has'],
  ['fd00::1', '2001:db8::9', '2001:db8::9', 'over IPv6'],
  ['10.0.0.1', '[2001:db8::9]', '2001:db8::9', 'in brackets'],
  ['10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9', 'IPv4 in IPv6 form'],
  ['10.0.0.1', 'fe80::9%eth1', 'fe80::9', 'with a zone'],
  ['10.0.0.1', ' 203.0.113.9 ', '203.0.113.9', 'spaces do not matter'],

  ['10.0.0.1', '203.0.113.9, 10.0.0.3, 10.0.0.2', '203.0.113.9', 'through several trusted proxies'],
  ['10.0.0.1', '192.0.2.66, 203.0.113.9', '203.0.113.9', 'what the client wrote itself is not believed'],
  ['10.0.0.1', '10.0.0.66, 203.0.113.9', '203.0.113.9', 'not even a trusted address'],
  ['10.0.0.1', '192.0.2.66, 203.0.113.9, 10.0.0.2', '203.0.113.9', 'nor behind two proxies'],
  ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3', 'a request from inside is its farthest hop’s'],
  ['10.0.0.1', ['192.0.2.66', '203.0.113.9'], '203.0.113.9', 'several headers are one list'],

  ['10.0.0.1', '', '10.0.0.1', 'an empty header names nobody'],
  ['10.0.0.1', 'unknown', '10.0.0.1', 'nor does a word'],
  ['10.0.0.1', '203.0.113.9:4711', '10.0.0.1', 'an address with a port is none'],
  ['10.0.0.1', '999.1.1.1', '10.0.0.1', 'nor is nonsense'],
  ['10.0.0.1', '203.0.113.9, garbage, 10.0.0.2', '10.0.0.2', 'nothing before nonsense is believed'],
  ['10.0.0.1', '203.0.113.9,', '10.0.0.1', 'not even before an empty hop'],
  ['10.0.0.1', "'; drop table", '10.0.0.1', 'whatever it is'],
]

describe('client address', () => {
  for (const [peer, header, expected, why] of table) {
    it(`${why}: ${peer} says ${JSON.stringify(header)}`, () => {
      const addressOf = clientAddresses(trusted, () => undefined)
      assert.equal(addressOf({ remoteAddress: peer }, header), expected)
    })
  }

  it('tells of headers of peers that are not trusted, and of no others', () => {
    const told: string[] = []
    const addressOf = clientAddresses(trusted, (peer) => told.push(peer))
    addressOf({ remoteAddress: '::ffff:198.51.100.7' }, '203.0.113.9')
    addressOf({ remoteAddress: '198.51.100.8' }, undefined)
    addressOf({ remoteAddress: '10.0.0.1' }, '203.0.113.9')
    assert.deepEqual(told, ['198.51.100.7'])
  })

  it('a connection keeps its peer when the socket forgets it', () => {
    const addressOf = clientAddresses(trusted, () => undefined)
    const connection: { remoteAddress: string | undefined } = { remoteAddress: '198.51.100.7' }
    assert.equal(addressOf(connection, undefined), '198.51.100.7')
    connection.remoteAddress = undefined
    assert.equal(addressOf(connection, undefined), '198.51.100.7')
  })

  it('without trusted proxies nobody is believed', () => {
    const addressOf = clientAddresses(new BlockList(), () => undefined)
    assert.equal(addressOf({ remoteAddress: '127.0.0.1' }, '203.0.113.9'), '127.0.0.1')
  })
})
