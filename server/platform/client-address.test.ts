import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { createClientAddresses } from './client-address.ts';

const PROXIES = ['10.0.0.5', '10.1.0.0/16', '2001:db8::/32', 'fe80::1'];
const addresses = createClientAddresses(PROXIES);
const from = (remoteAddress: string, remotePort = 50_000) => ({
  remoteAddress,
  remotePort,
  localAddress: '10.0.0.1',
  localPort: 8443,
});

describe('the address of a client', () => {
  test('is the one that the connection comes from', () => {
    assert.equal(addresses.ofRequest(from('192.168.1.10'), undefined), '192.168.1.10');
    assert.equal(addresses.ofRequest(from('::ffff:192.168.1.10'), undefined), '192.168.1.10');
    assert.equal(addresses.ofRequest(from('fe80::2%eth0'), undefined), 'fe80::2');
    assert.equal(addresses.ofRequest({}, undefined), 'in-process');
  });

  test('is not what a stranger claims', () => {
    for (const claim of ['127.0.0.1', '10.0.0.5', '1.1.1.1, 2.2.2.2'])
      assert.equal(addresses.ofRequest(from('192.168.1.10'), claim), '192.168.1.10');
  });

  test('is what a trusted proxy wrote last, not what was there before', () => {
    for (const proxy of ['10.0.0.5', '::ffff:10.0.0.5', '10.1.200.3', '2001:DB8::9', 'fe80::1%eth0']) {
      assert.equal(addresses.ofRequest(from(proxy), '192.168.1.10'), '192.168.1.10');
      assert.equal(addresses.ofRequest(from(proxy), 'localhost, 1.1.1.1,  192.168.1.10 '), '192.168.1.10');
    }
  });

  test('is looked for behind each trusted proxy on the way, and no further', () => {
    assert.equal(addresses.ofRequest(from('10.0.0.5'), '9.9.9.9, 192.168.1.10, 10.1.0.7'), '192.168.1.10');
    assert.equal(addresses.ofRequest(from('10.0.0.5'), '10.1.0.8, 10.1.0.7'), '10.1.0.8');
  });

  test('is the proxy’s own where it names none that can be read', () => {
    for (const nothing of [undefined, '', 'unknown', '192.168.1.10:4711', 'desk.example', ',', '1.1.1.1, _hidden'])
      assert.equal(addresses.ofRequest(from('10.0.0.5'), nothing), '10.0.0.5');
  });

  test('is, once a proxy has opened a connection for it, nothing that a request on it can change', () => {
    const connection = Object.assign(new EventEmitter(), from('10.0.0.5', 50_001)) as unknown as Socket;
    addresses.note(connection, '::ffff:192.168.1.77');
    assert.equal(addresses.ofConnection(from('10.0.0.5', 50_001)), '192.168.1.77');
    assert.equal(addresses.ofRequest(from('10.0.0.5', 50_001), '1.1.1.1'), '192.168.1.77');
    assert.equal(addresses.ofRequest(from('10.0.0.5', 50_002), '1.1.1.1'), '1.1.1.1');
    Object.assign(connection, { remoteAddress: undefined }).emit('close');
    assert.equal(addresses.ofConnection(from('10.0.0.5', 50_001)), '10.0.0.5');
  });

  test('is never taken from a header without a trusted proxy, whatever the header', () => {
    const none = createClientAddresses([]);
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (claim) => {
        assert.equal(none.ofRequest(from('10.0.0.5'), claim), '10.0.0.5');
        assert.doesNotThrow(() => addresses.ofRequest(from('10.0.0.5'), claim));
      }),
    );
  });
});
