import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressKey } from './address-key.ts'

describe('address key', () => {
  const cases: [string, string][] = [
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['', ''],
    ['no address', 'no address'],
  ]
  for (const [ip, key] of cases)
    it(`of ${ip || 'nothing'} is ${key || 'nothing'}`, () => assert.equal(addressKey(ip), key))
})
