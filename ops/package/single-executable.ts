/** Node's single executable: a copy of Node with the bundle and its assets injected. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'postject';

/** Node's own mark, flipped when something was injected (Node's documentation of single executables). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface Payload {
  code: string;
  assets: Readonly<Record<string, Uint8Array | string>>;
}

/** A copy of Node without symbols, which nobody needs at run time: 18 MB less. */
export function stripNode(node: string, target: string): Uint8Array {
  try {
    execFileSync('strip', ['-o', target, node], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    console.warn(`strip did not work, so the helper is larger than it need be: ${String(cause)}`);
    copyFileSync(node, target);
  }
  chmodSync(target, 0o755);
  return readFileSync(target);
}

/** Makes `target`, which holds a copy of Node already, into the program. */
export async function injectPayload(payload: Payload, target: string, scratch: string): Promise<void> {
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
    // Neither NODE_OPTIONS nor options on the command line reach Node itself.
    execArgvExtension: 'none',
    useCodeCache: true,
    assets: Object.fromEntries(assets),
  };
  writeFileSync(path('sea.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', path('sea.json')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await quietly(() => inject(target, 'NODE_SEA_BLOB', readFileSync(path('blob')), { sentinelFuse: FUSE }));
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
