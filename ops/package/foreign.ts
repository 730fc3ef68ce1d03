/** Parts for other platforms, fetched by npm from the registry it is set up for, and kept beside what was compressed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tar from 'tar';
import type { ForeignPackage } from './platforms.ts';

const run = promisify(execFile);

/** A part that is neither kept nor to be had; the platform is left out. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
}

/** Path of the wanted file, fetched when it is not there yet. What differs from its digest is never unpacked. */
export async function fetchPart(wanted: ForeignPackage, cache: string): Promise<string> {
  const folder = join(cache, `${wanted.name.replaceAll(/[@/]/g, '-')}-${wanted.version}`.replace(/^-/, ''));
  const file = join(folder, wanted.file);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'fetching-'));
  try {
    const archive = await download(wanted, scratch);
    verify(wanted, archive);
    const unpacked = join(scratch, 'unpacked');
    mkdirSync(unpacked);
    const only = `package/${wanted.file}`;
    await tar.extract({ file: archive, cwd: unpacked, filter: (path) => path === only, strip: 1 });
    if (!existsSync(join(unpacked, wanted.file))) throw new Error(`${wanted.name} holds no ${wanted.file}`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
    return file;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function download({ name, version }: ForeignPackage, target: string): Promise<string> {
  const asked = `${name}@${version}`;
  try {
    await run('npm', ['pack', asked, '--silent', '--pack-destination', target], { maxBuffer: 1 << 24 });
  } catch (cause) {
    throw new UnavailableError(`cannot fetch ${asked} (is the npm registry reachable?)`, { cause });
  }
  const [archive] = readdirSync(target);
  if (archive === undefined) throw new UnavailableError(`npm fetched nothing for ${asked}`);
  return join(target, archive);
}

/** Subresource Integrity, as npm writes it: the name of the digest and its base 64. */
export function verify({ name, version, integrity }: ForeignPackage, archive: string): void {
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${name}@${version} is not what it was: ${found} instead of ${integrity}`);
}
