import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { checkFile } from '../../helper/executable.ts';
import { packageHelper } from '../package-helper.ts';
import { PAGE_ASSET } from '../../helper/consent/consent.page.ts';

const FUSE_IS_SET = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1';
const AARCH64 = 183;

/** Nothing here can run them: what is looked at is whether they are programs for those systems at all. */
describe('helpers for systems that nobody here has', { timeout: 600_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), 'other-platforms-test-'));
  const read = (name: string): Buffer => readFileSync(join(out, name));

  before(async () => {
    const entry = join(import.meta.dirname, 'probe.entry.ts');
    const platforms = ['linux-arm64', 'macos-arm64'] as const;
    const { made, failed } = await packageHelper({ entry, out, isSmall: false, platforms });
    assert.deepEqual(failed, []);
    assert.deepEqual(
      made.map(({ helper }) => helper.platform),
      platforms,
    );
  });
  after(() => rmSync(out, { recursive: true, force: true }));

  test('both end with the digest of all before it', () => {
    for (const name of ['handrail-helper-linux-arm64', 'handrail-helper-macos-arm64']) {
      const fd = openSync(join(out, name), 'r');
      assert.ok(checkFile(fd).isIntact, name);
      closeSync(fd);
    }
  });

  test('the one for Linux on ARM is an ELF program that holds another one, made of Node', () => {
    const file = read('handrail-helper-linux-arm64');
    const footer = file.subarray(-104);
    const [at, stored] = [Number(footer.readBigUInt64LE(8)), Number(footer.readBigUInt64LE(16))];
    const isPlain = stored === 0;
    const node = isPlain ? file : zstdDecompressSync(file.subarray(at, at + stored));
    for (const program of [file, node]) {
      assert.equal(program.toString('latin1', 1, 4), 'ELF');
      assert.equal(program.readUInt16LE(18), AARCH64);
    }
    assert.ok(node.includes(FUSE_IS_SET));
  });

  test('the one for macOS is a Mach-O program for Apple Silicon with the payload in a segment of its own', () => {
    const file = read('handrail-helper-macos-arm64');
    assert.equal(file.readUInt32LE(0), 0xfeedfacf);
    assert.equal(file.readUInt32LE(4), 0x0100000c);
    const commands = file.subarray(32, 32 + file.readUInt32LE(20));
    assert.ok(commands.includes('NODE_SEA'));
    assert.ok(file.includes(FUSE_IS_SET) && file.includes(PAGE_ASSET));
  });
});
