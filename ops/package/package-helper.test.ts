import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { packageHelper } from '../package-helper.ts';
import type { PackagedHelper } from './shelf.ts';

const entry = join(import.meta.dirname, 'probe.entry.ts');
const report = z.object({
  arguments: z.array(z.string()),
  environment: z.array(z.string()),
  isForeignCallRight: z.boolean(),
  isErrorNumberRight: z.boolean(),
  encoder: z.string(),
  isX11There: z.boolean(),
  pageFiles: z.array(z.string()),
  ownFile: z.string(),
  afterMs: z.number(),
});

describe('the packaged helper', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'package-test-'));
  const out = join(folder, 'out');
  const temporary = join(folder, 'tmp');
  let helper: PackagedHelper;
  let file: string;

  before(async () => {
    mkdirSync(temporary);
    const { made } = await packageHelper({ entry, out, isSmall: false, platforms: ['linux-x64'] });
    assert.equal(made.length, 1);
    [{ helper }] = made as [{ helper: PackagedHelper; isFresh: boolean }];
    file = join(folder, 'handrail-helper_a_1_b (1)');
    copyFileSync(join(out, helper.file), file);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const environment = { ...process.env, TMPDIR: temporary, XDG_CACHE_HOME: temporary };
  const run = (program: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> =>
    spawnSync(program, args, { encoding: 'utf8', env: { ...environment, ...env }, timeout: 30_000 });

  test('is one file below 90 MB, named in the manifest with size, digest and version', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    assert.deepEqual(manifest, [helper]);
    assert.equal(helper.platform, 'linux-x64');
    assert.equal(helper.bytes, readFileSync(file).length);
    assert.ok(helper.bytes < 90_000_000, `${helper.bytes}`);
    assert.match(helper.version, /^\d+\.\d+\.\d+$/);
  });

  test('starts from a downloads folder under any name, with its native parts, and leaves nothing', () => {
    const { stdout, stderr, status } = run(file, ['--server', 'a b']);
    assert.equal(status, 0, stderr);
    const found = report.parse(JSON.parse(stdout));
    assert.deepEqual(found.arguments, ['--server', 'a b']);
    assert.equal(found.ownFile, file);
    assert.equal(found.encoder, 'libx264');
    assert.ok(found.isForeignCallRight && found.isErrorNumberRight && found.isX11There);
    assert.ok(found.pageFiles.includes('/page/main.ts'));
    assert.equal(stderr, '');
    assert.deepEqual(readdirSync(temporary), []);
  });

  test('takes no orders for Node from the environment or the command line', () => {
    const preload = join(folder, 'preload.cjs');
    writeFileSync(preload, 'console.log("preloaded")');
    const { stdout } = run(file, ['--require', preload, '--inspect'], {
      NODE_OPTIONS: `--require ${preload}`,
      NODE_EXTRA_CA_CERTS: '/dev/null',
      HANDRAIL_LAUNCHER_FD: '0',
    });
    const found = report.parse(JSON.parse(stdout));
    assert.deepEqual(found.arguments, ['--require', preload, '--inspect']);
    assert.deepEqual(found.environment, []);
    assert.equal(found.ownFile, file);
  });

  test('refuses to start when a byte was changed, wherever it is', () => {
    const whole = readFileSync(file);
    const changed = join(folder, 'changed');
    const places = [0.00005, 0.0001, 0.2, 0.6, 0.9999].map((part) => Math.floor(whole.length * part));
    const footer = [104, 60, 1].map((fromEnd) => whole.length - fromEnd);
    for (const place of [...places, ...footer]) {
      const content = Buffer.from(whole);
      content.writeUInt8(content.readUInt8(place) ^ 0x10, place);
      writeFileSync(changed, content, { mode: 0o755 });
      const { status, stdout } = run(changed);
      assert.notEqual(status, 0, `byte ${place} of ${whole.length}`);
      assert.equal(stdout, '', `byte ${place} of ${whole.length}`);
    }
  });

  test('refuses to start when the download is incomplete, and says so', () => {
    const whole = readFileSync(file);
    for (const length of [whole.length - 1, whole.length - 200, 50_000_000, 20_000]) {
      writeFileSync(join(folder, 'part'), whole.subarray(0, length), { mode: 0o755 });
      const { status, stdout, stderr } = run(join(folder, 'part'));
      assert.equal(status, 126, `${length} ${stdout}`);
      assert.match(stderr, /incomplete|damaged/);
    }
  });

  test('starts where the temporary folder forbids programs or has no room', (t) => {
    const inNamespace = (options: string): SpawnSyncReturns<string> => {
      const mount = 'mount -t tmpfs -o "$2" tmpfs "$1" || exit 77; exec "$3"';
      return run('unshare', ['--mount', 'sh', '-c', mount, 'sh', temporary, options, file], { XDG_CACHE_HOME: folder });
    };
    for (const options of ['noexec', 'size=1m']) {
      const { status, stdout, stderr } = inNamespace(options);
      if (status === 1 || status === 77) return t.skip('mounting is not allowed here');
      assert.equal(status, 0, stderr);
      assert.equal(report.parse(JSON.parse(stdout)).encoder, 'libx264');
    }
  });

  test('is not made again while nothing changed', async () => {
    const again = await packageHelper({ entry, out, isSmall: false, platforms: ['linux-x64'] });
    assert.deepEqual(again, { made: [{ helper, isFresh: false }], failed: [], dropped: [] });
  });
});
