import { describe, expect, it } from 'vitest';
import { isInsideName, isLocalOrigin, isLoopbackAddress } from '../../src/core/loopback.js';

describe('an origin', () => {
  it.each([
    'http://localhost:3000',
    'http://LOCALHOST',
    'http://localhost.:3000',
    'http://bayline.localhost',
    'http://127.0.0.1',
    'http://127.9.9.9:1',
    'http://127.1',
    'http://2130706433',
    'https://[::1]:3000',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::ffff:127.0.0.1]:3000',
    'http://0x7f.1',
  ])('%s is on this machine', (origin) => {
    expect(isLocalOrigin(origin)).toBe(true);
  });

  it.each([
    'https://voice.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1.nip.io',
    'http://notlocalhost',
    'http://local',
    'http://0.0.0.0:3000',
    'http://10.0.0.1',
    'http://192.168.1.5:3000',
    'http://169.254.1.1',
    'http://gateway:3000',
    'http://[::2]',
    'http://[::ffff:128.0.0.1]',
    'http://[::ffff:7f:1]',
    'http://[fd00::1]',
  ])('%s is not', (origin) => {
    expect(isLocalOrigin(origin)).toBe(false);
  });
});

it.each([
  ['gateway', true],
  ['bayline-1', true],
  ['localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['gateway.example', false],
  ['gateway.', false],
  ['10.0.0.1', false],
  ['[::2]', false],
  ['', false],
])('whether a program inside may call the gateway %j: %s', (name, expected) => {
  expect(isInsideName(name)).toBe(expected);
});

describe('the address of a peer', () => {
  it.each(['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1', '::FFFF:127.1.2.3'])(
    '%s is this machine',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true);
    },
  );

  it.each([
    '',
    'unknown',
    '128.0.0.1',
    '10.127.0.1',
    '172.18.0.1',
    '::ffff:10.0.0.1',
    '::2',
    '::1:1',
    'fe80::1%lo',
    '127.0.0.1.example.com',
    '0.0.0.0',
  ])('%j is not', (address) => {
    expect(isLoopbackAddress(address)).toBe(false);
  });
});
