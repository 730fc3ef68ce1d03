import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkFile, checkOwnFile, findOwnFile, refuseChangedFile, type FileCheck } from './executable.ts';

describe('the file of the program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'executable-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function check(content: Uint8Array): FileCheck {
    const path = join(folder, 'file');
    writeFileSync(path, content);
    const fd = openSync(path, 'r');
    try {
      return checkFile(fd);
    } finally {
      closeSync(fd);
    }
  }
  const sha256 = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();

  test('is intact when its last 32 bytes are the digest of all the others', () => {
    // Longer than one read.
    const content = Buffer.alloc(2_500_000, 'handrail');
    const file = Buffer.concat([content, sha256(content)]);
    assert.deepEqual(check(file), { isIntact: true, sha256: sha256(file).toString('hex') });
  });

  test('is refused when a byte differs, is missing or was appended', () => {
    const content = Buffer.alloc(5000, 'handrail');
    const file = Buffer.concat([content, sha256(content)]);
    for (const place of [0, 4999, 5000, 5031]) {
      const changed = Buffer.from(file);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      assert.equal(check(changed).isIntact, false, `${place}`);
    }
    for (const changed of [file.subarray(1), file.subarray(0, -1), Buffer.concat([file, Buffer.from('config')])])
      assert.equal(check(changed).isIntact, false);
    for (const length of [0, 10, 32]) assert.equal(check(file.subarray(0, length)).isIntact, false, `${length}`);
  });

  test('is nobody when run from source: neither checked nor ever removed', () => {
    assert.equal(findOwnFile(), undefined);
    assert.equal(checkOwnFile(), undefined);
    assert.doesNotThrow(refuseChangedFile);
  });
});
