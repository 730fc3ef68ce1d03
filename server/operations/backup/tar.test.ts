import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from './backup-error.ts';
import { readTar, TAR_END, tarHeader, tarPadding } from './tar.ts';

interface Named {
  path: string;
  content: Buffer;
}

function pack(files: readonly Named[]): Buffer {
  const parts = files.flatMap(({ path, content }) => [
    tarHeader({ path, bytes: content.length, modifiedAt: 0 }),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...parts, TAR_END]);
}

/** In pieces of these sizes, over and over. */
async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer, void> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function unpack(source: AsyncIterable<Uint8Array>): Promise<Named[]> {
  const found: Named[] = [];
  for await (const { path, content } of readTar(source)) {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    found.push({ path, content: Buffer.concat(parts) });
  }
  return found;
}

describe('an archive', () => {
  test('gives back what was put in, however the bytes arrive', async () => {
    const name = fc.stringMatching(/^[a-z0-9_]{1,40}(\/[a-z0-9.-]{1,40}){0,3}$/);
    const content = fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes));
    const file = fc.record({ path: name, content }, { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 }),
        async (files, sizes) => {
          assert.deepEqual(await unpack(inPieces(pack(files), sizes)), files);
        },
      ),
    );
  });

  test('is read by tar(1), and one of tar(1) by us', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-tar-'));
    writeFileSync(join(folder, 'ours.tar'), pack([{ path: 'a/b.txt', content: Buffer.from('hello') }]));
    assert.equal(execFileSync('tar', ['-xOf', join(folder, 'ours.tar'), 'a/b.txt'], { encoding: 'utf8' }), 'hello');
    writeFileSync(join(folder, 'c'), 'x'.repeat(3000));
    execFileSync('tar', ['--format=ustar', '-cf', 'theirs.tar', 'c'], { cwd: folder });
    const [found] = await unpack(inPieces(readFileSync(join(folder, 'theirs.tar')), [700]));
    assert.deepEqual([found?.path, found?.content.length], ['c', 3000]);
    rmSync(folder, { recursive: true });
  });

  test('with a link, a folder or an extended header ends at it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-tar-'));
    symlinkSync('/etc/passwd', join(folder, 'link'));
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'x'.repeat(120)), 'long');
    for (const [args, problem] of [
      [['--format=ustar', '-cf', 't.tar', 'link'], /link is not a regular file \(SymbolicLink\)/],
      [['--format=ustar', '-cf', 't.tar', 'folder'], /is not a regular file \(Directory\)/],
      [['--format=gnu', '-cf', 't.tar', 'x'.repeat(120)], /is not a regular file \(NextFileHasLongPath\)/],
      [['--format=pax', '-cf', 't.tar', 'x'.repeat(120)], /is not a regular file \(ExtendedHeader\)/],
    ] as const) {
      execFileSync('tar', [...args], { cwd: folder });
      await assert.rejects(unpack(inPieces(readFileSync(join(folder, 't.tar')), [512])), problem);
    }
    rmSync(folder, { recursive: true });
  });

  test('that is cut off anywhere, or changed in a header, is refused and never taken for a shorter one', async () => {
    const whole = pack([
      { path: 'first', content: Buffer.alloc(700, 1) },
      { path: 'second', content: Buffer.alloc(10, 2) },
    ]);
    const lastByte = whole.length - TAR_END.length;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: lastByte }), async (length) => {
        await assert.rejects(unpack(inPieces(whole.subarray(0, length), [300])), BackupError);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(511), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const found = await unpack(inPieces(damaged, [512])).catch((error: unknown) => {
          assert.ok(error instanceof BackupError, String(error));
          return null;
        });
        // Bytes that the checksum does not cover are those of the checksum's own spelling.
        if (found !== null) assert.deepEqual(found[0], { path: 'first', content: Buffer.alloc(700, 1) });
      }),
    );
  });

  test('with something behind its end is refused', async () => {
    const more = Buffer.concat([pack([{ path: 'a', content: Buffer.from('a') }]), Buffer.from('more')]);
    await assert.rejects(unpack(inPieces(more, [512])), /something after the end/);
  });

  test('of any bytes at all is either read or refused with words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        await unpack(inPieces(Buffer.from(bytes), [512])).catch((error: unknown) => {
          assert.ok(error instanceof BackupError, String(error));
        });
      }),
    );
  });
});
