/** Windows as far as Wine is it: a fresh prefix per test file, in which programs for Windows run. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { waitForEnd } from './wine-prefix.testing.ts';

/** Why nothing can be run; undefined where it can. */
export function whyNoWine(commands: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const missing = ['wine', ...commands].filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return missing.length === 0 ? undefined : `not here: ${missing.join(', ')}`;
}

export interface WineRun {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Wine {
  prefix: string;
  /** The person's own folder, as Linux names it. */
  home: string;
  run(program: string, args?: readonly string[], environment?: NodeJS.ProcessEnv): WineRun;
  /** The same without waiting for its end. */
  start(program: string, args?: readonly string[]): ChildProcess;
  /** What lies in the folder for temporary files. */
  temporaryFiles(): string[];
  close(): void;
}

const LIMIT_MS = 180_000;

export function startWine(): Wine {
  const folder = mkdtempSync(join(tmpdir(), 'wine-test-'));
  const prefix = join(folder, 'prefix');
  const base = { ...process.env, WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all', DISPLAY: '' };
  const quietly = { env: base, stdio: 'ignore', timeout: LIMIT_MS } as const;
  execFileSync('wineboot', ['-i'], quietly);
  execFileSync('wine', ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'], quietly);
  // The next start of Wine still changes its registry; those after it do not.
  waitForEnd(prefix);
  execFileSync('wine', ['cmd', '/c', 'ver'], quietly);
  const users = join(prefix, 'drive_c/users');
  const home = join(users, readdirSync(users).find((name) => name !== 'Public') ?? '');
  return {
    prefix,
    home,
    run: (program, args = [], environment = {}) => {
      // Node under Wine cannot write into pipes.
      const [out, err] = [join(folder, 'stdout'), join(folder, 'stderr')];
      const [outFd, errFd] = [openSync(out, 'w'), openSync(err, 'w')];
      const stdio = ['ignore', outFd, errFd] as const;
      const { status } = spawnSync('wine', [program, ...args], {
        env: { ...base, ...environment },
        stdio: [...stdio],
        timeout: LIMIT_MS,
      });
      closeSync(outFd);
      closeSync(errFd);
      return { status, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
    },
    start: (program, args = []) => spawn('wine', [program, ...args], { env: base, stdio: 'ignore', timeout: LIMIT_MS }),
    temporaryFiles: () => readdirSync(join(home, 'Temp'), { recursive: true }).map(String),
    close: () => {
      // Ends the programs of this prefix alone.
      spawnSync('wineserver', ['-k'], quietly);
      spawnSync('wineserver', ['-w'], quietly);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
