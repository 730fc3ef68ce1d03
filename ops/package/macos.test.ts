import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NATIVE_PARTS } from '../../helper/native.ts';
import { PERMISSIONS_ARGUMENT } from '../../helper/own.program.ts';
import { bundleHelper } from './bundle.ts';

/** Before anything else is loaded the program is told that it runs on a Mac. */
const PRETEND = `for (const [name, value] of Object.entries({ platform: 'darwin', arch: 'arm64' }))
  Object.defineProperty(process, name, { value });`;

const ADDRESS = ['--server', '127.0.0.1:1', '--ca', 'ab'.repeat(16), '--token', 'abcdefghjkmnpqrstvwxyz0123'];

const isLinux = process.platform === 'linux';

/** No Mac is here: what is shown is that the bundle has the module, and goes to Apple's frameworks with it. */
describe('the bundle of the helper on macOS', { skip: !isLinux, timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'macos-bundle-test-'));
  const bundle = join(folder, 'helper.cjs');
  const pretend = join(folder, 'pretend.cjs');

  before(async () => {
    const code = await bundleHelper(join(import.meta.dirname, '../../helper/main.ts'));
    writeFileSync(bundle, code);
    writeFileSync(pretend, PRETEND);
    // koffi of this system, where the one for a Mac would be.
    const part = join(folder, 'node_modules/@koromix/koffi-darwin-arm64/darwin_arm64');
    mkdirSync(part, { recursive: true });
    copyFileSync(createRequire(import.meta.url).resolve(NATIVE_PARTS.koffi), join(part, 'koffi.node'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What it says. Programs that it starts pretend too, or know that they are on Linux. */
  function run(args: readonly string[], { isChildOnMac = true } = {}): Promise<string> {
    const env = {
      ...process.env,
      ...{ HOME: folder, TMPDIR: folder },
      ...(isChildOnMac ? { NODE_OPTIONS: `--require ${pretend}` } : {}),
    };
    return new Promise((resolve) => {
      execFile(process.execPath, ['--require', pretend, bundle, ...args], { env }, (_error, stdout, stderr) =>
        resolve((stdout + stderr).slice(-1000)),
      );
    });
  }

  test('asks Core Graphics what the person has allowed', async () => {
    assert.match(await run([PERMISSIONS_ARGUMENT]), /CoreGraphics\.framework\/CoreGraphics cannot be loaded/);
  });

  test('starts with that question, asked by a process of its own, and does not go on without an answer', async () => {
    const output = await run(ADDRESS);
    assert.match(output, new RegExp(`helper\\.failed.*Command failed.* ${PERMISSIONS_ARGUMENT}`));
  });

  test('goes no further where it cannot show the banner', async () => {
    // The program that it asks says that everything is allowed.
    assert.match(await run(ADDRESS, { isChildOnMac: false }), /helper\.failed code="display-unavailable"/);
  });

  test('has every part of the platform in it', async () => {
    const code = await bundleHelper(join(import.meta.dirname, '../../helper/main.ts'));
    for (const part of [
      'captureImageWithFilter:configuration:completionHandler:',
      'CGEventTapCreate',
      'CGWindowListCopyWindowInfo',
      'AXFocusedUIElement',
      'IsSecureEventInputEnabled',
      'CGSSessionScreenIsLocked',
      'initWithContentRect:styleMask:backing:defer:',
    ])
      assert.ok(code.includes(part), part);
  });
});
