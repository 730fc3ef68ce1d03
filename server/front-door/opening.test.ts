import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readOpening } from './opening.ts';
import { answerPlainHttp } from './plain-http.ts';
import { buildHello } from './test-hello.ts';

const HELLO = buildHello({ serverName: 'desk.example', protocols: ['http/1.1'] });
const HEADER = Buffer.from('PROXY TCP4 192.168.1.10 10.0.0.1 50000 443\r\n');
const read = (bytes: Buffer | string, isFromProxy = false) => readOpening(Buffer.from(bytes), { isFromProxy });
const hello = { serverName: 'desk.example', protocols: ['http/1.1'] };

describe('a connection opens', () => {
  test('with TLS', () => {
    assert.deepEqual(read(HELLO), { kind: 'tls', at: 0, client: null, hello });
    assert.deepEqual(read(HELLO, true), { kind: 'tls', at: 0, client: null, hello });
  });

  test('with a trusted proxy that says for whom, byte by byte too', () => {
    const bytes = Buffer.concat([HEADER, HELLO]);
    assert.deepEqual(read(bytes, true), { kind: 'tls', at: HEADER.length, client: '192.168.1.10', hello });
    for (let length = 0; length < bytes.length; length += 1) {
      const opening = read(bytes.subarray(0, length), true);
      assert.ok(opening.kind === 'need-more' && opening.bytes > length && opening.bytes <= bytes.length, `${length}`);
    }
  });

  test('with a hello that cannot be read: a TLS server shall answer it', () => {
    const broken = buildHello({ trailing: Buffer.of(1) });
    assert.deepEqual(read(broken), { kind: 'tls', at: 0, client: null, hello: null });
  });

  test('with a request that lacks TLS', () => {
    assert.deepEqual(read('GET /desk HTTP/1.1\r\nHost: x'), { kind: 'http', line: 'GET /desk HTTP/1.1' });
    assert.deepEqual(read('PROPFIND / HTTP/1.1\n'), { kind: 'http', line: 'PROPFIND / HTTP/1.1' });
    assert.deepEqual(read('GET'), { kind: 'need-more', bytes: 4 });
    assert.deepEqual(read('PUT /'), { kind: 'need-more', bytes: 6 });
  });

  for (const [what, bytes, isFromProxy, reason] of [
    ['a stranger who plays the proxy', Buffer.concat([HEADER, HELLO]), false, 'proxy-not-trusted'],
    ['a stranger who plays it badly', 'PROXY me\r\n', false, 'proxy-not-trusted'],
    ['a proxy whose header is damaged', 'PROXY me\r\n', true, 'proxy-header-malformed'],
    ['a second header behind the first', Buffer.concat([HEADER, HEADER, HELLO]), true, 'http'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', false, 'unknown-protocol'],
    ['letters without end', 'A'.repeat(30), false, 'unknown-protocol'],
    ['a request line without end', `GET /${'x'.repeat(5000)}`, false, 'too-large'],
    ['zeros', Buffer.alloc(10), false, 'unknown-protocol'],
  ] as const)
    test(`not with ${what}`, () => {
      const opening = read(bytes, isFromProxy);
      assert.equal(opening.kind === 'refused' ? opening.reason : opening.kind, reason);
    });

  test('with something that is judged within the limits, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isFromProxy) => {
        const opening = read(Buffer.from(bytes), isFromProxy);
        if (opening.kind === 'need-more') assert.ok(opening.bytes > bytes.length && opening.bytes < 40_000);
        if (opening.kind === 'tls') assert.equal(bytes[opening.at], 22);
        if (!isFromProxy && opening.kind === 'tls') assert.equal(opening.client, null);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a request without TLS', () => {
  const answer = (line: string, isFromProxy = false) =>
    answerPlainHttp(line, { publicUrl: 'https://desk.example', isFromProxy });
  const locationOf = (text: string) => /^Location: (.*)$/m.exec(text)?.[1]?.trim();

  test('is sent to the same page over TLS', () => {
    assert.match(answer('GET /desk HTTP/1.1'), /^HTTP\/1\.1 302 Found\r\n/);
    assert.equal(locationOf(answer('GET /desk?x=1 HTTP/1.1')), 'https://desk.example/desk');
    assert.equal(locationOf(answer('HEAD / HTTP/1.0')), 'https://desk.example/');
  });

  test('is sent to no other site, whatever it asks for', () => {
    const targets = [
      '//evil.example',
      'http://evil.example/',
      '/a\tSet-Cookie: x',
      '@evil.example',
      '',
      '/%0d%0aX: y',
      '/../',
    ];
    for (const target of targets) assert.equal(locationOf(answer(`GET ${target} HTTP/1.1`)), 'https://desk.example/');
  });

  test('that writes, or comes through a proxy, is told what is wrong and not sent round in circles', () => {
    for (const text of [answer('POST /api/sign-in HTTP/1.1'), answer('GET / HTTP/1.1', true)]) {
      assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(text, /HTTPS only/);
      assert.equal(locationOf(text), undefined);
    }
  });

  test('is answered with a length that is right', () => {
    const [head = '', body = ''] = answer('GET / HTTP/1.1').split('\r\n\r\n');
    assert.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), Buffer.byteLength(body));
  });
});
