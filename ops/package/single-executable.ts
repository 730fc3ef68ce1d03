/** Node's single executable: a copy of Node with the bundle and its assets injected. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'postject';
import type { HelperPlatform } from '../../protocol/api/sessions.ts';
import { withoutSignature } from './pe.ts';
import { OWN_PLATFORM } from './platforms.ts';

/** Node's own mark, flipped when something was injected (Node's documentation of single executables). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface Payload {
  code: string;
  assets: Readonly<Record<string, Uint8Array | string>>;
}

/** Which Node becomes the program, and how. */
export interface NodeProgram {
  platform: HelperPlatform;
  file: string;
  /** A Node of the same version that runs here: it writes the payload. */
  writer: string;
}

/** A copy of Node without what nobody needs at run time: symbols (18 MB on Linux), or a signature that no longer holds. */
export function stripNode({ platform, file }: NodeProgram, target: string): Uint8Array {
  if (platform === 'win-x64') writeFileSync(target, withoutSignature(readFileSync(file)));
  else if (platform === 'macos-arm64') copyFileSync(file, target);
  else stripSymbols(platform, { file, target });
  chmodSync(target, 0o755);
  return readFileSync(target);
}

function stripSymbols(platform: HelperPlatform, { file, target }: { file: string; target: string }): void {
  const strip = platform === OWN_PLATFORM ? 'strip' : 'aarch64-linux-gnu-strip';
  try {
    execFileSync(strip, ['-o', target, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    console.warn(`${strip} did not work, so ${platform} is larger than it need be: ${String(cause)}`);
    copyFileSync(file, target);
  }
}

/** Makes `target`, which holds a copy of Node already, into the program. */
export async function injectPayload(
  payload: Payload,
  target: string,
  { node, scratch }: { node: NodeProgram; scratch: string },
): Promise<void> {
  mkdirSync(scratch, { recursive: true });
  const path = (name: string): string => join(scratch, name);
  writeFileSync(path('main.cjs'), payload.code);
  const assets = Object.entries(payload.assets).map(([name, content], at) => {
    writeFileSync(path(`asset-${at}`), content);
    return [name, path(`asset-${at}`)];
  });
  const config = {
    main: path('main.cjs'),
    output: path('blob'),
    disableExperimentalSEAWarning: true,
    // Neither NODE_OPTIONS nor options on the command line reach Node itself. Node 22 does not know this: there the
    // launcher takes the variables away.
    execArgvExtension: 'none',
    // Of use only to the very build of Node that wrote it.
    useCodeCache: node.file === node.writer,
    assets: Object.fromEntries(assets),
  };
  writeFileSync(path('sea.json'), JSON.stringify(config));
  execFileSync(node.writer, ['--experimental-sea-config', path('sea.json')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const options = { sentinelFuse: FUSE, machoSegmentName: 'NODE_SEA' };
  await quietly(() => inject(target, 'NODE_SEA_BLOB', readFileSync(path('blob')), options));
}

/** postject warns on every note section that a stripped program has; that is known and harmless. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { error, log, warn } = console;
  Object.assign(console, { error: () => undefined, log: () => undefined, warn: () => undefined });
  try {
    await work();
  } finally {
    Object.assign(console, { error, log, warn });
  }
}
