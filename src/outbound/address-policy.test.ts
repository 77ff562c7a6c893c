import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { describe, it } from 'node:test'
import { isPubliclyRoutable, mayConnectTo } from './address-policy.ts'

/** One address of each range that is not public, by the registries RFC 6890 set up. */
const special = {
  'this network': ['0.0.0.0', '0.1.2.3', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local, where clouds keep their secrets': ['169.254.169.254', 'fe80::1', 'febf::1', 'fd00:ec2::254'],
  'protocol assignments': ['192.0.0.1', '192.0.0.170'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'old relays': ['192.88.99.1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
  'discard-only': ['100::1'],
  'IPv4 hidden in IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001::1',
  ],
  'outside 2000::/3': ['4000::1', '1000::1', 'fec0::1', '5f00::1'],
  'no addresses': ['', 'localhost', '1.2.3', 'fe80::1%eth0', '8.8.8.8 ', '2606:4700::1111%1'],
}

describe('publicly routable', () => {
  for (const [range, addresses] of Object.entries(special)) {
    it(`is not: ${range}`, () => {
      for (const address of addresses) assert.equal(isPubliclyRoutable(address), false, address)
    })
  }

  it('are addresses of hosts on the internet, to the edges of the ranges', () => {
    const addresses = [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '126.255.255.255',
      '128.0.0.1',
      '172.15.255.255',
    ]
    addresses.push('172.32.0.0', '100.63.255.255', '100.128.0.0', '223.255.255.255', '2606:4700::1111')
    for (const address of addresses) assert.equal(isPubliclyRoutable(address), true, address)
  })
})

describe('what may be connected to', () => {
  const intranet = new BlockList()
  intranet.addSubnet('10.20.0.0', 16, 'ipv4')
  intranet.addSubnet('fd12::', 16, 'ipv6')

  it('grows by the networks an operator allows, and by no other', () => {
    const policy = { allowedNetworks: intranet, loopbackAllowed: false }
    for (const address of ['10.20.3.4', 'fd12::1', '8.8.8.8']) {
      assert.equal(mayConnectTo(address, policy), true, address)
    }
    for (const address of ['10.21.0.1', 'fd13::1', '127.0.0.1', '::1', '169.254.169.254']) {
      assert.equal(mayConnectTo(address, policy), false, address)
    }
  })

  it('grows by loopback where the issuer is loopback itself', () => {
    const policy = { allowedNetworks: new BlockList(), loopbackAllowed: true }
    assert.deepEqual(
      ['127.0.0.1', '::1', '10.0.0.1', '::ffff:127.0.0.1'].map((address) => mayConnectTo(address, policy)),
      [true, true, false, false],
    )
  })
})
