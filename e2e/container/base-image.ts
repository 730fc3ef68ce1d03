/**
 * The image that the Dockerfile starts from, made here where no registry can be asked: Debian's packages, the Node that
 * runs this, and the npm that came with it, under the public image's name in the tests' own store.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { podman } from './engine.ts';

const run = promisify(execFile);
const DOCKERFILE = new URL('../../Dockerfile', import.meta.url);
const LABEL = 'handrail.stand-in';
/** Debian mends its packages; a base image that is older than this is made again. */
const MAX_AGE_MS = 7 * 24 * 3_600_000;

/** The name in the Dockerfile, which must be that of the Node that everything else is tested with. */
export function readBaseName(): string {
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.[1];
  if (name === undefined) throw new Error('the Dockerfile does not say what it starts from');
  return name;
}

/** Makes the base image unless the one that is there was made of the same and not long ago. */
export async function ensureBaseImage(): Promise<{ name: string; isNew: boolean }> {
  const name = readBaseName();
  const key = keyOf(name);
  const inspect = podman('image', 'inspect', '--format', `{{index .Labels "${LABEL}"}}`, name);
  const present = await inspect.then(
    ({ stdout }) => stdout.trim(),
    // There is none yet.
    () => undefined,
  );
  if (present === key) return { name, isNew: false };
  await makeBaseImage(name, key);
  return { name, isNew: true };
}

function keyOf(name: string): string {
  const hash = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
  hash.update(readFileSync(process.execPath)).update(readFileSync(join(npmFolder(), 'package.json')));
  hash.update(name).update(String(Math.floor(Date.now() / MAX_AGE_MS)));
  return hash.digest('hex');
}

/** Where the npm lies that the machine has. */
function npmFolder(): string {
  const cli = process.env['npm_execpath'] ?? findOnPath('npm');
  return dirname(dirname(realpathSync(cli)));
}

function findOnPath(command: string): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      return realpathSync(join(folder, command));
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${command} is not on the PATH`);
}

/** As slim as the public image: no manuals, no translations, no recommended packages. */
const LEFT_OUT = ['doc', 'man', 'locale', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);

async function makeBaseImage(name: string, key: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'handrail-base-'));
  const archive = join(scratch, 'base.tar');
  const hooks = [
    'chroot "$1" groupadd --gid 1000 node',
    'chroot "$1" useradd --uid 1000 --gid node --shell /bin/bash --create-home node',
    'mkdir -p "$1/usr/local/lib/node_modules"',
    `copy-in ${realpathSync(process.execPath)} /usr/local/bin`,
    `copy-in ${npmFolder()} /usr/local/lib/node_modules`,
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"',
  ].map((hook) => `--customize-hook=${hook}`);
  try {
    const options = ['--quiet', '--variant=minbase', '--aptopt=Acquire::Languages "none"', ...LEFT_OUT];
    await run('mmdebstrap', [...options, ...hooks, 'bookworm', archive]);
    await podman('import', '--change', `LABEL ${LABEL}=${key}`, '--change', 'CMD ["node"]', archive, name);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
