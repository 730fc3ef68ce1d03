import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { attachmentName, attachmentType, contentDisposition } from './attachment-type.ts';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0];
const JPEG = [0xff, 0xd8, 0xff, 0xe0, 0, 16];
const WEBP = [...Buffer.from('RIFF'), 4, 0, 0, 0, ...Buffer.from('WEBPVP8 ')];
const ZIP = [0x50, 0x4b, 3, 4, 20, 0];
const GZIP = [0x1f, 0x8b, 8, 0];
const utf8 = (content: string) => Buffer.from(content, 'utf8');

describe('what may be attached', () => {
  const taken: [string, Uint8Array, string][] = [
    ['screen.png', Uint8Array.from(PNG), 'image/png'],
    ['photo.JPG', Uint8Array.from(JPEG), 'image/jpeg'],
    ['photo.jpeg', Uint8Array.from(JPEG), 'image/jpeg'],
    ['screen.webp', Uint8Array.from(WEBP), 'image/webp'],
    ['install.log', utf8('10:02 打印机未响应\r\n\u001b[31merror\u001b[0m\n'), 'application/octet-stream'],
    ['leer.txt', utf8(''), 'application/octet-stream'],
    ['config.xml', utf8('\ufeff<?xml version="1.0"?>'), 'application/octet-stream'],
    ['logs.zip', Uint8Array.from(ZIP), 'application/octet-stream'],
    ['syslog.log.gz', Uint8Array.from(GZIP), 'application/octet-stream'],
  ];
  for (const [name, bytes, mediaType] of taken) {
    test(`${name} is taken and leaves as ${mediaType}`, () => {
      assert.equal(attachmentType(name, bytes)?.mediaType, mediaType);
    });
  }

  const refused: [string, string, Uint8Array][] = [
    ['a program that calls itself an image', 'setup.png', utf8('MZ\u0090')],
    ['an image that calls itself a program', 'setup.exe', Uint8Array.from(PNG)],
    ['a page', 'page.html', utf8('<script>alert(1)</script>')],
    ['a drawing that can run script', 'logo.svg', utf8('<svg onload="alert(1)"/>')],
    ['a page that calls itself an image', 'logo.png', utf8('<html><script>')],
    ['a page that starts like a picture of another type', 'logo.png', Uint8Array.from(JPEG)],
    ['an archive that calls itself a log', 'a.log', Uint8Array.from([...ZIP, 0, 0])],
    ['bytes that are not UTF-8', 'a.txt', Uint8Array.from([0xff, 0xfe, 0x41, 0])],
    ['a text with control characters', 'a.txt', utf8('a\u0000b')],
    ['a RIFF file that is not WebP', 'a.webp', utf8('RIFF\u0004\u0000\u0000\u0000WAVE')],
    ['a file without extension', 'README', utf8('hello')],
    ['a name from the prototype', 'x.constructor', utf8('hello')],
    ['a file with nothing in it where magic is due', 'a.png', new Uint8Array()],
  ];
  for (const [what, name, bytes] of refused) {
    test(`${what} is refused`, () => {
      assert.equal(attachmentType(name, bytes), undefined);
    });
  }
});

describe('the name of an attachment', () => {
  const names: [string, string | undefined][] = [
    ['../../etc/passwd.txt', 'passwd.txt'],
    ['C:\\Users\\li\\install.log', 'install.log'],
    ['..', undefined],
    ['', undefined],
    ['.conf', 'conf'],
    ['a\u202etxt.exe', 'atxt.exe'],
    ['line\r\nSet-Cookie: a=b.txt', 'lineSet-Cookie_ a=b.txt'],
    ['打印机 截图.png', '打印机 截图.png'],
    [`${'x'.repeat(300)}.log`, `${'x'.repeat(116)}.log`],
  ];
  for (const [given, name] of names) {
    test(`${JSON.stringify(given.slice(0, 40))} is kept as ${JSON.stringify(name)?.slice(0, 40)}`, () => {
      assert.equal(attachmentName(given), name);
    });
  }

  test('no name can break out of its header or of a folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (given) => {
        const name = attachmentName(given);
        if (name === undefined) return;
        assert.ok(!/[/\\]/.test(name) && name !== '..' && name.length <= 120);
        const header = contentDisposition('attachment', name);
        assert.match(
          header,
          /^attachment; filename="[\x20-\x21\x23-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9%!#$&+.^_`|~-]*$/,
        );
      }),
    );
  });
});
