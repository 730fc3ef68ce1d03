import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { eventually } from '../../e2e/processes.ts';
import { buildHelperFileName } from '../../helper/address.ts';
import { missing } from '../../helper/platform/linux/xvfb.testing.ts';
import { WinePrefix } from '../../helper/platform/windows/wine.prefix.testing.ts';
import { changesBetween } from '../../helper/platform/windows/wine.snapshot.testing.ts';
import { packageHelper } from '../package-helper.ts';
import { signHelper } from '../sign-helper.ts';
import type { PackagedHelper } from './shelf.ts';

const report = z.object({
  arguments: z.array(z.string()),
  environment: z.array(z.string()),
  isForeignCallRight: z.boolean(),
  versions: z.object({ node: z.string(), koffi: z.string() }),
  isErrorNumberRight: z.boolean(),
  encoder: z.string(),
  pageFiles: z.array(z.string()),
  ownFile: z.string(),
  isMarkedAsRunning: z.boolean(),
});

/** For one start, also where everything is slow. */
const LIMIT_MS = 180_000;
const skip = missing('wine', 'wineserver', 'x86_64-w64-mingw32-gcc', 'osslsigncode', 'openssl');

describe('the packaged helper for Windows, under Wine', { timeout: 900_000, skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'windows-test-'));
  const name = buildHelperFileName({
    host: 'help.example',
    port: 8444,
    caFingerprint: '0'.repeat(32),
    token: 'a'.repeat(26),
  });
  let wine: WinePrefix;
  let helper: PackagedHelper;
  let file: string;
  const holder = join(folder, 'hold.exe');

  before(async () => {
    const holderSource = join(import.meta.dirname, 'launcher/hold.driver.c');
    execFileSync('x86_64-w64-mingw32-gcc', ['-o', holder, holderSource], { stdio: 'inherit' });
    wine = await WinePrefix.start();
    // The next start of Wine still changes its registry; those after it do not.
    await wine.run('cmd', ['/c', 'ver']);
    const out = join(folder, 'out');
    const entry = join(import.meta.dirname, 'probe.entry.ts');
    const { made } = await packageHelper({ entry, out, isSmall: false, platforms: ['win-x64'] });
    assert.equal(made.length, 1);
    [{ helper }] = made as [{ helper: PackagedHelper; isFresh: boolean }];
    file = join(out, helper.file);
  });
  after(async () => {
    await wine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Not among the downloads: Wine makes that folder a link to the real one of whoever runs this. */
  function download(as: string): string {
    const path = join(wine.home, as);
    copyFileSync(file, path);
    return path;
  }

  test('is one file below 60 MB for 64-bit Windows that opens no text window', () => {
    const content = readFileSync(file);
    assert.ok(content.length < 60_000_000, `${content.length}`);
    const pe = content.readUInt32LE(60);
    assert.equal(content.readUInt32LE(pe), 0x4550);
    assert.equal(content.readUInt16LE(pe + 4), 0x8664);
    const windowed = 2;
    assert.equal(content.readUInt16LE(pe + 24 + 68), windowed);
  });

  test('starts under the name of a second download, with its native parts, and leaves nothing', async () => {
    const path = download(`${name} (1).exe`);
    const { code, output } = await wine.run(path, ['--server', 'a b'], { NODE_OPTIONS: '--require none' });
    assert.equal(code, 0, output);
    const found = report.parse(JSON.parse(output));
    assert.deepEqual(found.arguments, ['--server', 'a b']);
    assert.deepEqual(found.environment, []);
    assert.match(found.ownFile, /\\handrail-helper_.* \(1\)\.exe$/);
    assert.equal(found.encoder, 'libx264');
    assert.match(found.versions.node, /^22\./);
    assert.ok(found.isForeignCallRight && found.isErrorNumberRight);
    assert.ok(found.isMarkedAsRunning);
    assert.ok(found.pageFiles.includes('/page/main.ts'));
    assert.deepEqual(wine.temporaryFiles(), []);
  });

  test('the helper itself runs on the Node that is in it, finds nothing to clean up, and goes', async () => {
    const out = join(folder, 'real');
    const entry = join(import.meta.dirname, '../../helper/main.ts');
    const { made } = await packageHelper({ entry, out, isSmall: false, platforms: ['win-x64'] });
    assert.equal(made.length, 1);
    const path = join(wine.home, 'handrail-clean-up (2).exe');
    copyFileSync(join(out, helper.file), path);
    const { code, output } = await wine.run(path);
    assert.equal(code, 0, output);
    assert.match(output, /nothing was left behind/);
    await wine.untilEnded();
    assert.ok(!existsSync(path));
    assert.deepEqual(wine.temporaryFiles(), []);
  });

  test('when it is killed the launcher clears up; when both are, the next start does', async () => {
    const path = download('killed.exe');
    assert.notEqual((await wine.run(path, ['--kill'])).code, 0);
    assert.deepEqual(wine.temporaryFiles(), []);
    await wine.run(path, ['--kill-launcher', '--kill']);
    assert.ok(wine.temporaryFiles().some((left) => left.endsWith('handrail-helper.exe')));
    assert.equal((await wine.run(path, ['--clean'])).code, 0);
    assert.deepEqual(wine.temporaryFiles(), []);
  });

  test('when it has ended, or was killed, the download is gone and nothing else in the system is different', async () => {
    const before = await wine.snapshot();
    for (const args of [['--remove'], ['--remove', '--kill'], ['--be-survived', '--kill']]) {
      const path = download(`${name} (3).exe`);
      assert.equal((await wine.run(path, args)).code, args.length - 1);
      assert.deepEqual(changesBetween(before, await wine.snapshot()), [], args.join(' '));
    }
    await wine.run('reg', ['add', 'HKCU\\Software\\Handrail', '/v', 'Trace', '/d', 'x']);
    const key = 'user.reg [Software\\\\Handrail]';
    assert.deepEqual(changesBetween(before, await wine.snapshot()), [`+ ${key}`, `+ ${key} "Trace"`]);
  });

  test('what was put in place of the download stays, and so does the download where it is now', async () => {
    const folder = join(wine.home, 'somewhere');
    const [path, moved, other] = [join(folder, `${name}.exe`), join(wine.home, 'moved'), join(wine.home, 'other')];
    const swaps: Record<string, () => void> = {
      file: () => {
        renameSync(path, moved);
        writeFileSync(path, 'precious');
      },
      link: () => {
        renameSync(path, moved);
        symlinkSync(other, path);
      },
      folder: () => {
        renameSync(folder, moved);
        mkdirSync(other);
        writeFileSync(join(other, `${name}.exe`), 'precious');
        symlinkSync(other, folder);
      },
    };
    for (const [what, swap] of Object.entries(swaps)) {
      mkdirSync(folder);
      if (what === 'link') writeFileSync(other, 'precious');
      copyFileSync(file, path);
      wine.spawn(path, ['--remove', '--wait']);
      const isAsked = (): boolean => wine.temporaryFiles().some((left) => left.endsWith('remove-program'));
      await eventually('its wish to be removed', isAsked, LIMIT_MS);
      swap();
      writeFileSync(`${path}.go`, '');
      await wine.untilEnded();
      assert.equal(readFileSync(path, 'utf8'), 'precious', what);
      assert.ok(existsSync(moved), what);
      assert.deepEqual(wine.temporaryFiles(), []);
      for (const left of [folder, moved, other]) rmSync(left, { recursive: true, force: true });
    }
  });

  test('a download that may not be removed stays, and nobody is told of a fault', async () => {
    const path = download(`${name} (4).exe`);
    chmodSync(path, 0o444);
    const { code, output } = await wine.run(path, ['--remove']);
    await wine.untilEnded();
    // Nothing but what the probe says.
    assert.ok(report.safeParse(JSON.parse(output)).success);
    assert.deepEqual({ code, isThere: existsSync(path) }, { code: 0, isThere: true });
    assert.deepEqual(wine.temporaryFiles(), []);
  });

  test('a download that a virus scanner holds goes when it lets go', async () => {
    const path = download(`${name} (5).exe`);
    wine.spawn(holder, [path]);
    await eventually('the scanner', () => existsSync(`${path}.held`), LIMIT_MS);
    wine.spawn(path, ['--remove']);
    const isUnpacked = (): boolean => wine.temporaryFiles().length > 0;
    await eventually('its start', isUnpacked, LIMIT_MS);
    await eventually('its end', () => !isUnpacked(), LIMIT_MS);
    await sleep(300);
    assert.ok(existsSync(path));
    writeFileSync(`${path}.release`, '');
    await wine.untilEnded();
    assert.ok(!existsSync(path));
    assert.deepEqual(wine.temporaryFiles(), []);
  });

  test('starts with a signature on it, and refuses to when a byte was changed or is missing', async () => {
    const signed = join(folder, 'signed.exe');
    const plain = readFileSync(file);
    const listed = sign(folder);
    assert.ok(listed.bytes > helper.bytes);
    assert.equal(readFileSync(file).length, listed.bytes);
    renameSync(file, signed);
    writeFileSync(file, plain);
    const { code, output } = await wine.run(signed);
    assert.equal(code, 0, output);
    const whole = readFileSync(signed);
    const changed = join(folder, 'changed.exe');
    const places = [8000, Math.floor(whole.length / 2), helper.bytes - 120, helper.bytes - 1];
    for (const place of places) {
      const content = Buffer.from(whole);
      content.writeUInt8(content.readUInt8(place) ^ 0x10, place);
      writeFileSync(changed, content);
      const refused = await wine.run(changed);
      assert.notEqual(refused.code, 0, `byte ${place}`);
      assert.doesNotMatch(refused.output, /"ownFile"/, `byte ${place}`);
    }
    writeFileSync(changed, readFileSync(file).subarray(0, 30_000_000));
    const cut = await wine.run(changed);
    assert.equal(cut.code, 126);
    assert.match(cut.output, /incomplete/);
    assert.deepEqual(wine.temporaryFiles(), []);
  });
});

/** With a certificate of nobody's, which is enough to see what signing does to the file. */
function sign(folder: string): PackagedHelper {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=Test', '-addext', 'extendedKeyUsage=codeSigning'];
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', certificate, ...subject], { stdio: 'ignore' });
  return signHelper({ certificate, key, out: join(folder, 'out') });
}
