import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { z } from 'zod';
import { buildHelperFileName } from '../../helper/address.ts';
import { ELEVATED_ARGUMENT as ELEVATED } from '../../helper/elevation/elevated.run.ts';
import { missing } from '../../helper/platform/linux/xvfb.testing.ts';
import { WinePrefix } from '../../helper/platform/windows/wine.prefix.testing.ts';
import { packageHelper } from '../package-helper.ts';

const MINGW = 'x86_64-w64-mingw32-gcc';

const report = z.object({
  runsIn: z.string(),
  isElevated: z.boolean(),
  elevation: z.string(),
  startedIn: z.string(),
  variables: z.record(z.string(), z.string()),
  isMarkedAsRunning: z.boolean(),
  encoder: z.string(),
});
const workspace = z.object({
  folder: z.string(),
  marker: z.string(),
  isLeft: z.boolean(),
  isRemovalAsked: z.boolean(),
});
const removal = z.object({ removed: z.array(z.string()) });

/** Set by the person's programs, for those of administrators too. */
const TRAPS = {
  OPENSSL_CONF: 'C:\\users\\Public\\trap.cnf',
  ONEVPL_SEARCH_PATH: 'C:\\users\\Public',
  NODE_OPTIONS: '--require none',
  windir: 'C:\\users\\Public',
};

describe(
  'the packaged helper with administrator rights, under Wine',
  {
    timeout: 900_000,
    skip: missing('wine', 'wineserver', MINGW),
  },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'elevated-test-'));
    const name = buildHelperFileName({
      host: 'help.example',
      port: 8444,
      caFingerprint: '0'.repeat(32),
      token: 'a'.repeat(26),
    });
    const swap = join(folder, 'swap.exe');
    let wine: WinePrefix;
    let windowsTemp: string;
    let download: string;

    before(async () => {
      execFileSync(MINGW, ['-o', swap, join(import.meta.dirname, 'launcher/swap.driver.c')], { stdio: 'inherit' });
      wine = await WinePrefix.start();
      windowsTemp = join(wine.path, 'drive_c/windows/temp');
      const entry = join(import.meta.dirname, 'probe.entry.ts');
      const { made } = await packageHelper({ entry, out: folder, isSmall: false, platforms: ['win-x64'] });
      download = join(wine.home, `${name}.exe`);
      copyFileSync(join(folder, made[0]?.helper.file ?? ''), download);
    });
    after(async () => {
      await wine.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    afterEach(() => {
      for (const left of inWindowsTemp()) rmSync(join(windowsTemp, left), { recursive: true });
      for (const left of wine.temporaryFiles()) rmSync(join(wine.home, 'Temp', left), { recursive: true, force: true });
    });

    const inWindowsTemp = (): string[] => readdirSync(windowsTemp).filter((left) => left.startsWith('handrail-'));

    async function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string[]> {
      const { code, output } = await wine.run(download, args, environment);
      assert.equal(code, 0, output);
      return output.trim().split('\n');
    }

    const start = async (args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<z.infer<typeof report>> =>
      report.parse(JSON.parse((await run(args, environment))[0] ?? ''));

    const clean = async (...first: string[]): Promise<string[]> =>
      removal
        .parse(JSON.parse((await run([...first, '--clean']))[1] ?? ''))
        .removed.map((path) => path.replace(/.*\\/, ''));

    test('runs from a folder of administrators, and knows nothing that the person has set', async () => {
      const found = await start([ELEVATED], TRAPS);
      assert.match(found.runsIn, /^C:\\windows\\Temp\\handrail-run-elevated-[0-9a-f]{18}$/i);
      assert.ok(found.isElevated && found.isMarkedAsRunning);
      assert.equal(found.encoder, 'libx264');
      assert.equal(found.startedIn, 'C:\\windows');
      const own = found.runsIn.replace('\\temp\\', '\\Temp\\'); // as Wine tells it
      const variables = Object.entries(found.variables).filter(([name]) => !/^(WINE.*|DISPLAY|XAUTHORITY)$/.test(name));
      assert.deepEqual(Object.fromEntries(variables), {
        PATH: 'C:\\windows\\System32;C:\\windows',
        SystemDrive: 'C:',
        SystemRoot: 'C:\\windows',
        TEMP: own,
        TMP: own,
        windir: 'C:\\windows',
      });
      assert.deepEqual([inWindowsTemp(), wine.temporaryFiles()], [[], []]);
    });

    test('has those rights only when they are the first thing asked for', async () => {
      const rights = ({ isElevated, elevation }: z.infer<typeof report>): unknown[] => [isElevated, elevation];
      for (const args of [['a', ELEVATED], [`${ELEVATED}-not`], [`${ELEVATED}=1`]])
        assert.deepEqual(rights(await start(args)), [false, 'possible'], args.join(' '));
      assert.deepEqual(rights(await start([ELEVATED, 'a b'])), [true, 'elevated']);
    });

    test('would be asked for no rights under a name that says of no server where to go', async () => {
      const renamed = join(wine.home, 'help.exe');
      copyFileSync(download, renamed);
      const { output } = await wine.run(renamed, []);
      assert.equal(report.parse(JSON.parse(output.trim().split('\n')[0] ?? '')).elevation, 'impossible');
      rmSync(renamed);
    });

    test('makes its folder there, and leaves the download to the one that started it', async () => {
      const found = workspace.parse(JSON.parse((await run([ELEVATED, '--workspace']))[1] ?? ''));
      assert.match(found.folder, /^C:\\windows\\Temp\\handrail-run-[0-9a-f]{18}$/i);
      assert.match(found.marker, /"executable":null/);
      assert.deepEqual([found.isLeft, found.isRemovalAsked], [false, false]);
      await run([ELEVATED, '--remove']);
      await wine.untilEnded();
      assert.ok(existsSync(download), 'nor does the launcher remove it, whoever asks');
      assert.deepEqual([inWindowsTemp(), wine.temporaryFiles()], [[], []]);
    });

    test('what it left when it was killed with its launcher is removed by the next one with those rights', async () => {
      await wine.run(download, [ELEVATED, '--kill-launcher', '--kill']);
      const [left] = inWindowsTemp();
      assert.match(left ?? '', /^handrail-run-elevated-/);
      assert.deepEqual(await clean(), []);
      assert.deepEqual(await clean(ELEVATED), [left]);
      assert.deepEqual(inWindowsTemp(), []);
    });

    test('removes nothing that everybody could have put there, and nothing of the person', async () => {
      const planted = join(windowsTemp, 'handrail-run-0123456789abcdef01');
      const own = join(wine.home, 'Temp/handrail-run-0123456789abcdef02');
      for (const made of [planted, own]) {
        mkdirSync(made);
        utimesSync(made, 1, 1);
      }
      assert.deepEqual(await clean(ELEVATED), []);
      assert.ok(existsSync(planted) && existsSync(own));
      assert.deepEqual(await clean(), ['handrail-run-0123456789abcdef02']);
    });

    test('is the file that Windows was asked about, and not another that has its name by then', async () => {
      const [path, other] = [join(wine.home, 'asked.exe'), join(wine.home, 'other.exe')];
      copyFileSync(download, path);
      copyFileSync(download, other);
      const { code, output } = await wine.run(
        swap,
        [path, other].map((file) => `Z:${file}`),
      );
      assert.equal(code, 126);
      assert.match(output, /^cannot read its own file/);
      assert.deepEqual(inWindowsTemp(), []);
    });
  },
);
