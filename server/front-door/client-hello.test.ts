import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts';
import { buildHello, buildMessage, captureHello, toRecords } from './test-hello.ts';

const PROTOCOL = 'handrail-device/1';
const helloOf = (bytes: Buffer) => {
  const reading = readClientHello(bytes);
  return reading.kind === 'hello' ? reading.hello : reading;
};

describe('a client’s first message', () => {
  test('of a real client says which server and which protocols it wants', async () => {
    const bytes = await captureHello({ servername: 'Desk.Example', ALPNProtocols: [PROTOCOL, 'http/1.1'] });
    assert.deepEqual(helloOf(bytes), { serverName: 'desk.example', protocols: [PROTOCOL, 'http/1.1'] });
  });

  test('of a real client that names neither says neither', async () => {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const)
      assert.deepEqual(helloOf(await captureHello({ servername: '', maxVersion })), {
        serverName: null,
        protocols: [],
      });
  });

  test('read byte by byte is read the same, and never waits for more than there is', async () => {
    const bytes = await captureHello({ servername: 'desk.example', ALPNProtocols: [PROTOCOL] });
    for (let length = 0; length < bytes.length; length += 1) {
      const reading = readClientHello(bytes.subarray(0, length));
      assert.equal(reading.kind, 'need-more', `after ${length} bytes`);
      assert.ok(reading.kind === 'need-more' && reading.bytes > length && reading.bytes <= bytes.length);
    }
    assert.deepEqual(helloOf(bytes), { serverName: 'desk.example', protocols: [PROTOCOL] });
  });

  test('may come in any number of records, and with whatever follows it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
        fc.array(fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 20 }),
        (sizes, protocols, following) => {
          const message = buildMessage({ serverName: 'desk.example', protocols });
          const bytes = toRecords(message, sizes);
          assert.deepEqual(helloOf(Buffer.concat([bytes, following])), { serverName: 'desk.example', protocols });
          const cut = bytes.subarray(0, bytes.length - 1);
          const reading = readClientHello(cut);
          assert.ok(reading.kind === 'need-more' && reading.bytes <= bytes.length);
        },
      ),
    );
  });

  test('without extensions is one that names nothing', () => {
    const whole = buildMessage({});
    const body = Buffer.from(whole.subarray(0, whole.length - 2));
    body.writeUIntBE(body.length - 4, 1, 3);
    assert.deepEqual(helloOf(toRecords(body)), { serverName: null, protocols: [] });
  });

  test('keeps its names apart from extensions that nobody knows (GREASE, RFC 8701)', () => {
    const more = [
      [0x0a0a, Buffer.alloc(0)],
      [0xfe0d, Buffer.alloc(200, 1)],
    ] as const;
    assert.deepEqual(helloOf(buildHello({ serverName: 'a', protocols: ['h2'], more })), {
      serverName: 'a',
      protocols: ['h2'],
    });
  });
});

describe('what is no client’s first message', () => {
  const list = (content: string) => Buffer.from(content, 'hex');
  const CASES: [string, Buffer, string][] = [
    ['a request without TLS', Buffer.from('GET / HTTP/1.1\r\n'), 'no-handshake-record'],
    ['SSL 2', list('802e0100020015'), 'no-handshake-record'],
    ['a handshake record of another major version', list('1602'), 'no-handshake-record'],
    ['an alert', list('1503010002'), 'no-handshake-record'],
    ['a server’s message', list('160303000402000000'), 'no-client-hello'],
    ['a record that is longer than any', list('160301ffff'), 'too-large'],
    ['a message that is longer than any', list('160301000401ffffff'), 'too-large'],
    ['a record that says nothing', list('1603010000'), 'malformed'],
    ['a field that is longer than the message', toRecords(list('0100000303ffff')), 'malformed'],
    ['bytes behind the last field', buildHello({ trailing: Buffer.of(0) }), 'malformed'],
    ['the same extension twice', buildHello({ protocols: ['h2'], more: [[16, list('0003026832')]] }), 'malformed'],
    ['a protocol without a name', buildHello({ protocols: ['h2', ''] }), 'malformed'],
    [
      'a list of protocols that is longer than it says',
      buildHello({ more: [[16, list('00020268320268')]] }),
      'malformed',
    ],
    ['a list of names that is shorter than it says', buildHello({ more: [[0, list('0010000001')]] }), 'malformed'],
  ];
  for (const [what, bytes, reason] of CASES)
    test(`${what}: ${reason}`, () => assert.deepEqual(readClientHello(bytes), { kind: 'not-tls', reason }));

  test('a message in countless tiny records is given up on', () => {
    const message = buildMessage({ more: [[21, Buffer.alloc(10_000)]] });
    const bytes = toRecords(
      message,
      Array.from({ length: message.length }, () => 1),
    );
    assert.deepEqual(readClientHello(bytes.subarray(0, MAX_HELLO_BYTES)), { kind: 'not-tls', reason: 'too-large' });
  });

  test('is told apart, whatever the bytes, and nobody is a helper by accident', () => {
    const hello = buildHello({ serverName: 'desk.example', protocols: ['http/1.1'] });
    const damaged = fc
      .array(fc.tuple(fc.nat({ max: hello.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 })
      .map((changes) => {
        const copy = Buffer.from(hello);
        for (const [at, value] of changes) copy[at] = value;
        return copy;
      });
    const anything = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(damaged, anything), (bytes) => {
        const reading = readClientHello(bytes);
        if (reading.kind === 'need-more') assert.ok(reading.bytes > bytes.length && reading.bytes <= MAX_HELLO_BYTES);
        if (reading.kind === 'hello') assert.ok(!reading.hello.protocols.includes(PROTOCOL));
      }),
      { numRuns: 3000 },
    );
  });
});
