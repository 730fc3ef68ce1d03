import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeText, detectEncoding } from './text-encoding.ts';

const CHINESE = '工号,姓名,部门\nE1,王芳,财务部\n';
/** The line above as a Chinese Excel saves it (GB 18030; Node writes no such thing). */
const GBK = Buffer.from('b9a4bac52cd0d5c3fb2cb2bfc3c50a45312ccdf5b7bc2cb2c6cef1b2bf0a', 'hex');
const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the encoding of a file', () => {
  const cases: [string, Buffer, string, string][] = [
    ['UTF-8', Buffer.from(CHINESE), 'utf-8', CHINESE],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${CHINESE}`), 'utf-8', CHINESE],
    ['UTF-16 as "Unicode text" is saved', utf16le(`\ufeff${CHINESE}`), 'utf-16le', CHINESE],
    ['UTF-16 of the other order', utf16be(`\ufeff${CHINESE}`), 'utf-16be', CHINESE],
    ['UTF-16 without a mark', utf16le(CHINESE), 'utf-16le', CHINESE],
    ['UTF-16 of the other order without a mark', utf16be(CHINESE), 'utf-16be', CHINESE],
    ['GBK, as a Chinese Excel saves CSV', GBK, 'gb18030', CHINESE],
    [
      'Windows-1252, as a German Excel does',
      Buffer.from('Name\nJürgen Groß\nLéa\n', 'latin1'),
      'windows-1252',
      'Name\nJürgen Groß\nLéa\n',
    ],
    ['plain ASCII', Buffer.from('Name\nLi'), 'utf-8', 'Name\nLi'],
  ];
  for (const [what, bytes, encoding, text] of cases)
    test(`is seen: ${what}`, () => {
      assert.equal(detectEncoding(bytes), encoding);
      assert.equal(decodeText(bytes, detectEncoding(bytes)), text);
    });

  test('that somebody names and that it is not is refused, not guessed', () => {
    assert.equal(decodeText(GBK, 'utf-8'), undefined);
    assert.equal(decodeText(Buffer.from([0x41]), 'utf-16le'), undefined);
  });
});
