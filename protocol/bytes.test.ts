import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, frameParts, fromBase64, fromHex, fromUtf8, pemToDer, toBase64Url, toHex, u32, utf8 } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Uint8Array.from(array));

describe('bytes', () => {
  test('two different lists of parts never give the same bytes to hash', () => {
    const lists = fc.array(bytes, { maxLength: 5 });
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const isSameList = a.length === b.length && a.every((part, at) => toHex(part) === toHex(b[at] ?? utf8('?')));
        assert.equal(toHex(frameParts(...a)) === toHex(frameParts(...b)), isSameList);
      }),
    );
    assert.notDeepEqual(frameParts(utf8('ab'), utf8('c')), frameParts(utf8('a'), utf8('bc')));
    assert.notDeepEqual(frameParts(), frameParts(utf8('')));
    assert.notDeepEqual(frameParts(utf8('')), frameParts(utf8(''), utf8('')));
  });

  test('hexadecimal and base64url give back what went in', () => {
    fc.assert(
      fc.property(bytes, (array) => {
        assert.deepEqual(fromHex(toHex(array)), array);
        assert.deepEqual(fromBase64(toBase64Url(array)), array);
        assert.deepEqual(fromBase64(Buffer.from(array).toString('base64')), array);
        assert.equal(toBase64Url(array), Buffer.from(array).toString('base64url'));
      }),
    );
  });

  test('an array longer than one call can take arguments is encoded whole', () => {
    const long = Uint8Array.from({ length: 300_000 }, (_, at) => at * 13);
    assert.equal(toBase64Url(long), Buffer.from(long).toString('base64url'));
    assert.deepEqual(fromBase64(toBase64Url(long)), long);
  });

  test('text that is not hexadecimal or base64 is refused, spaces and line ends included', () => {
    for (const text of ['0', 'zz', '0x00', ' 00', '00\n']) assert.throws(() => fromHex(text), TypeError);
    for (const text of ['A A=', 'AA\n==', 'AA==AA', 'AAAA*', 'AA\u0000A', 'A'])
      assert.throws(() => fromBase64(text), `«${text}» was taken`);
  });

  test('bytes that are not UTF-8 are refused, and a byte order mark is not swallowed', () => {
    for (const array of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]])
      assert.throws(() => fromUtf8(Uint8Array.from(array)), TypeError);
    assert.equal(fromUtf8(utf8('\ufeff扶手')), '\ufeff扶手');
  });

  test('numbers are big-endian and joined bytes are copies', () => {
    assert.deepEqual(u32(0x01020304), Uint8Array.of(1, 2, 3, 4));
    const part = Uint8Array.of(1);
    const joined = concat(part, Uint8Array.of(2, 3));
    part[0] = 9;
    assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
  });

  test('PEM gives the first block, whatever stands around it', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAQID\n/w==\n-----END CERTIFICATE-----\n';
    assert.deepEqual(pemToDer(`bag attributes\n${pem}${pem.replace('AQID', 'BAUG')}`), Uint8Array.of(1, 2, 3, 255));
    for (const text of ['', 'AQID', '-----BEGIN X-----\n', '-----BEGIN X-----\n!\n-----END X-----'])
      assert.throws(() => pemToDer(text), TypeError);
  });
});
