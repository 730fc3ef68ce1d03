import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkFile, findOwnFile, refuseChangedFile } from './executable.ts';

describe('the file of the program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'executable-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function look(content: Uint8Array): ReturnType<typeof checkFile> {
    const path = join(folder, 'file');
    writeFileSync(path, content);
    const fd = openSync(path, 'r');
    try {
      return checkFile(fd);
    } finally {
      closeSync(fd);
    }
  }
  const check = (content: Uint8Array): boolean => look(content).isIntact;
  const sha256 = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();

  test('is intact when its last 32 bytes are the digest of all the others', () => {
    // Longer than one read.
    const content = Buffer.alloc(2_500_000, 'handrail');
    const file = Buffer.concat([content, sha256(content)]);
    assert.deepEqual(look(file), { isIntact: true, sha256: sha256(file).toString('hex') });
  });

  test('is refused when a byte differs, is missing or was appended', () => {
    const content = Buffer.alloc(5000, 'handrail');
    const file = Buffer.concat([content, sha256(content)]);
    for (const place of [0, 4999, 5000, 5031]) {
      const changed = Buffer.from(file);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      assert.equal(check(changed), false, `${place}`);
    }
    for (const changed of [file.subarray(1), file.subarray(0, -1), Buffer.concat([file, Buffer.from('config')])])
      assert.equal(check(changed), false);
    for (const length of [0, 10, 32]) assert.equal(check(file.subarray(0, length)), false, `${length}`);
  });

  test('of a program for Windows is intact with and without a signature, which changes nothing but its own place', () => {
    const header = Buffer.alloc(4096);
    header.write('MZ');
    header.writeUInt32LE(128, 60);
    header.writeUInt32LE(0x4550, 128);
    header.writeUInt16LE(0x20b, 152);
    const content = Buffer.concat([header, Buffer.alloc(2_000_000, 'handrail')]);
    const file = Buffer.concat([content, sha256(content)]);
    assert.ok(check(file));
    const signed = Buffer.concat([file, Buffer.alloc(2000, 'signature')]);
    assert.equal(check(signed), false);
    signed.writeUInt32LE(0x1234, 216);
    signed.writeUInt32LE(file.length, 296);
    signed.writeUInt32LE(2000, 300);
    assert.ok(check(signed));
    assert.equal(look(signed).sha256, sha256(signed).toString('hex'));
    for (const place of [0, 215, 220, 295, 304, 1_500_000, file.length - 1]) {
      const changed = Buffer.from(signed);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      assert.equal(check(changed), false, `${place}`);
    }
    for (const at of [0, 20, file.length - 1, signed.length + 1]) {
      signed.writeUInt32LE(at, 296);
      assert.equal(check(signed), false, `${at}`);
    }
  });

  test('is nobody when run from source: neither checked nor ever removed', () => {
    assert.equal(findOwnFile(), undefined);
    assert.doesNotThrow(refuseChangedFile);
  });
});
