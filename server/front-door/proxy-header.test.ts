import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readProxyHeader } from './proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const binary = (rest: string) => Buffer.from(SIGNATURE + rest, 'hex');
const IPV4 = binary('2111000cc0a8010a0a000001c35001bb');
const IPV6 = binary(`21210024${'20010db8000000000000000000000007'.repeat(2)}c35001bb`);

describe('who a proxy speaks for', () => {
  const CASES: [string, Buffer, string | null][] = [
    ['in text, IPv4', Buffer.from('PROXY TCP4 192.168.1.10 10.0.0.1 50000 443\r\n'), '192.168.1.10'],
    ['in text, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n'), '2001:db8::7'],
    ['in text, for itself', Buffer.from('PROXY UNKNOWN\r\n'), null],
    ['in text, for itself, with words', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n'), null],
    ['in binary, IPv4', IPV4, '192.168.1.10'],
    ['in binary, IPv6', IPV6, '2001:db8::7'],
    ['in binary, for itself', binary('20000000'), null],
    ['in binary, over a local socket', binary(`213100d8${'00'.repeat(216)}`), null],
    ['in binary, with extensions', binary('21110013c0a8010a0a000001c35001bb04000400000000'), '192.168.1.10'],
  ];
  for (const [how, header, client] of CASES)
    test(`is read ${how}, byte by byte too, and no byte of what follows is taken`, () => {
      const bytes = Buffer.concat([header, Buffer.from([22, 3, 1, 2, 0])]);
      assert.deepEqual(readProxyHeader(bytes), { kind: 'header', client, bytes: header.length });
      for (let length = 0; length < header.length; length += 1) {
        const reading = readProxyHeader(header.subarray(0, length));
        assert.ok(reading.kind === 'need-more' && reading.bytes > length && reading.bytes <= header.length);
      }
    });

  const WRONG: [string, Buffer][] = [
    ['a name instead of an address', Buffer.from('PROXY TCP4 desk.example 10.0.0.1 1 2\r\n')],
    ['an address of the other family', Buffer.from('PROXY TCP4 2001:db8::7 10.0.0.1 1 2\r\n')],
    ['a leading zero', Buffer.from('PROXY TCP4 192.168.001.010 10.0.0.1 1 2\r\n')],
    ['a port that is none', Buffer.from('PROXY TCP4 192.168.1.10 10.0.0.1 1 65536\r\n')],
    ['a field too many', Buffer.from('PROXY TCP4 192.168.1.10 10.0.0.1 1 2 3\r\n')],
    ['another family', Buffer.from('PROXY UDP4 192.168.1.10 10.0.0.1 1 2\r\n')],
    ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
    ['another version', binary('3111000cc0a8010a0a000001c35001bb')],
    ['another command', binary('2211000cc0a8010a0a000001c35001bb')],
    ['fewer bytes than addresses take', binary('21110008c0a8010a0a000001')],
    ['more extensions than any', binary('2111ffff')],
  ];
  for (const [what, bytes] of WRONG)
    test(`is not read from ${what}`, () => assert.deepEqual(readProxyHeader(bytes), { kind: 'malformed' }));

  test('is not asked of anything else', () => {
    for (const bytes of [
      Buffer.from([22, 3, 1]),
      Buffer.from('PRO'),
      Buffer.from('POST / HTTP/1.1'),
      Buffer.from('\r\nG'),
    ])
      assert.equal(readProxyHeader(bytes).kind, bytes.toString() === 'PRO' ? 'need-more' : 'none');
  });

  test('is an address or nothing, whatever the bytes', () => {
    const tail = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));
    const start = fc.constantFrom(
      Buffer.alloc(0),
      Buffer.from('PROXY '),
      Buffer.from('PROXY TCP4 '),
      binary(''),
      binary('21'),
    );
    fc.assert(
      fc.property(start, tail, (first, rest) => {
        const bytes = Buffer.concat([first, rest]);
        const reading = readProxyHeader(bytes);
        if (reading.kind === 'need-more') assert.ok(reading.bytes > bytes.length && reading.bytes <= 2048);
        if (reading.kind === 'header') {
          assert.ok(reading.bytes <= bytes.length);
          assert.match(reading.client ?? '::', /^[0-9a-f.:]+$/);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
