import assert from 'node:assert/strict';
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { NATIVE_PARTS } from '../../helper/native.ts';
import { missing } from '../../helper/platform/linux/xvfb.testing.ts';
import { ADMINISTRATORS_ALONE } from '../../helper/platform/windows/windows.private-folder.ts';
import { differences } from './container.ts';
import { buildLauncher } from './launcher.ts';

/** The same numbers at each run, without pattern. */
function noise(bytes: number, seed: string): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes; at += 32) parts.push(createHash('sha256').update(`${seed}/${at}`).digest());
  return Buffer.concat(parts).subarray(0, bytes);
}

function compress(content: Uint8Array, level: number): Buffer {
  const { ZSTD_c_compressionLevel: levelKey, ZSTD_c_checksumFlag: checksumKey } = constants;
  return zstdCompressSync(content, { params: { [levelKey]: level, [checksumKey]: 1 } });
}

describe('the decompression of the launcher, against the Zstandard of Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-test-'));
  const driver = join(folder, 'driver');
  const SANITIZE = ['-fsanitize=address,undefined', '-fno-sanitize=alignment', '-fno-sanitize-recover=all'];

  before(() => {
    const source = (name: string): string => join(import.meta.dirname, 'launcher', name);
    execFileSync('cc', ['-O1', '-g', ...SANITIZE, '-o', driver, source('unzstd.driver.c'), source('unzstd.c')]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const expand = (frame: Uint8Array, size: number): SpawnSyncReturns<Buffer> =>
    spawnSync(driver, [String(size)], { input: frame, maxBuffer: 1 << 28 });

  test('gives back what was compressed, for every kind of block', () => {
    const library = readFileSync(createRequire(import.meta.url).resolve(NATIVE_PARTS.koffi));
    const skewed = noise(150_000, 'skewed').map((byte) => (byte % 7 === 0 ? byte : byte % 5));
    const contents = [
      Buffer.alloc(0),
      Buffer.from('a'),
      Buffer.alloc(700_000, 7),
      noise(300_000, 'raw'),
      skewed,
      skewed.subarray(0, 200),
      library,
      Buffer.concat([noise(200_000, 'far'), library, Buffer.alloc(300_000), library.subarray(1000)]),
      readFileSync(join(import.meta.dirname, '../../package-lock.json')),
    ];
    for (const [at, content] of contents.entries())
      for (const level of [-5, 3, 19]) {
        const { status, stdout, stderr } = expand(compress(content, level), content.length);
        assert.equal(status, 0, `content ${at}, level ${level}: ${String(stderr)}`);
        assert.ok(stdout.equals(content), `content ${at}, level ${level}`);
      }
  });

  test('refuses a damaged frame and never touches memory that is not its own', () => {
    const content = readFileSync(join(import.meta.dirname, '../../package-lock.json')).subarray(0, 20_000);
    const frame = compress(content, 9);
    // Byte 4 has bits that say how the sizes are written and one that is unused.
    const places = noise(90, 'places');
    for (let at = 0; at < places.length; at++) {
      const changed = Buffer.from(frame);
      const place = at < 45 ? at : Math.floor((frame.length * (places[at] ?? 0)) / 256);
      changed.writeUInt8(changed.readUInt8(place) ^ (1 << (at % 8)), place);
      const { status, stdout, stderr } = expand(changed, content.length);
      assert.equal(String(stderr), '', `byte ${place}`);
      assert.ok(status === 1 || stdout.equals(content), `byte ${place}`);
    }
    for (const size of [0, content.length - 1, content.length + 1]) assert.equal(expand(frame, size).status, 1);
    for (const length of [0, 4, 9, frame.length - 4, frame.length - 1])
      assert.equal(expand(frame.subarray(0, length), content.length).status, 1, `${length}`);
  });
});

const OBJDUMP = 'x86_64-w64-mingw32-objdump';

describe('the launcher for Windows', { skip: missing('x86_64-w64-mingw32-gcc', OBJDUMP) }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-test-'));
  const file = join(folder, 'launcher.bin');
  before(() => buildLauncher('win-x64', folder));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const headers = (): string => execFileSync(OBJDUMP, ['-p', file], { encoding: 'utf8' });

  test('needs libraries alone that Windows takes from its own folder, and none that those have from others', () => {
    const text = headers();
    const libraries = [...text.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name?.toLowerCase()).sort();
    assert.deepEqual(libraries, ['advapi32.dll', 'kernel32.dll', 'ntdll.dll', 'user32.dll']);
    // advapi32 has all SystemFunction… from cryptbase.dll, which Windows would take from beside the download.
    assert.doesNotMatch(text, /SystemFunction/);
  });

  test('guards a folder of administrators as the helper does', () => {
    const source = readFileSync(join(import.meta.dirname, 'launcher/launcher.windows.c'), 'utf8');
    assert.ok(source.includes(`#define ELEVATED_RULES L"${ADMINISTRATORS_ALONE}"`));
  });

  test('has a manifest, so that none that lies beside it counts', () => {
    assert.match(headers(), /Entry: ID: 0x000018/);
    assert.match(readFileSync(file, 'latin1'), /<requestedExecutionLevel level="asInvoker" uiAccess="false"\/>/);
  });
});

describe('what differs from the base', () => {
  test('is kept word by word', () => {
    const base = noise(10_000, 'base');
    const program = Buffer.from(base);
    program.writeUInt8(program.readUInt8(17) ^ 1, 17);
    program.writeUInt8(program.readUInt8(9999) ^ 1, 9999);
    const patches = Buffer.from(differences(base, program));
    assert.deepEqual([patches.readBigUInt64LE(0), patches.readBigUInt64LE(16)], [16n, 9992n]);
    const patched = Buffer.from(base);
    for (let at = 0; at < patches.length; at += 16)
      patches.copy(patched, Number(patches.readBigUInt64LE(at)), at + 8, at + 16);
    assert.ok(patched.equals(program));
    assert.equal(differences(base, base).length, 0);
  });

  test('must be little, or it is another layout', () => {
    assert.throws(() => differences(noise(100_000, 'a'), noise(100_000, 'b')), /another layout/);
    assert.throws(() => differences(noise(8, 'a'), noise(16, 'a')), /line up/);
  });
});
