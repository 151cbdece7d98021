import { expect, test } from 'vitest';
import { classifyAddress } from './client-address.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2/64'],
  ['2001:db8:1:2:ffff::', '2001:db8:1:2/64'],
  ['2001:0DB8:0001:0002::77', '2001:db8:1:2/64'],
  ['2001:db8::1', '2001:db8:0:0/64'],
  ['fe80::1%eth0', 'fe80:0:0:0/64'],
  ['203.0.113.9:5678', '203.0.113.9'],
  ['[2001:db8:1:2::3]:443', '2001:db8:1:2/64'],
  ['[2001:db8:1:2::3]', '2001:db8:1:2/64'],
  ['[::ffff:203.0.113.9]:443', '203.0.113.9'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0/64'],
])('%s counts as %s', (address, net) => {
  expect(classifyAddress(address)).toEqual({ net, isLoopback: false });
});

test.each(['127.0.0.1', '127.255.0.3', '::ffff:127.0.0.1', '::1', '127.0.0.1:80', '[::1]:443'])(
  '%s is loopback',
  (address) => {
    expect(classifyAddress(address).isLoopback).toBe(true);
  },
);

test.each([
  undefined,
  '',
  'unknown',
  '999',
  'fe80::zz',
  '1.2.3',
  '1.2.3.4:',
  '[::1',
  '[::1]443',
  '[]',
  '<script>',
])('everything else is one and the same net: %s', (address) => {
  expect(classifyAddress(address)).toEqual({ net: 'unknown', isLoopback: false });
});
