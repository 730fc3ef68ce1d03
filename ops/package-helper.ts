/**
 * npm run package:helper -- [--small] [--entry FILE] [--out FOLDER]
 * Makes the helper that the server offers for download, for the platform this runs on, and `manifest.json` beside it.
 * `--small` compresses as far as it goes, for releases: 10 MB less and minutes instead of seconds.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { PAGE_ASSET, readPage } from '../helper/consent/consent.page.ts';
import { NATIVE_PARTS, nativeAsset, type NativePart } from '../helper/native.ts';
import manifest from '../package.json' with { type: 'json' };
import { bundleHelper } from './package/bundle.ts';
import { openCache, sha256, zstd, type Cache } from './package/compression.ts';
import { makeContainer, makePlain, type Base } from './package/container.ts';
import { LAUNCHER_SOURCES, buildLauncher } from './package/launcher.ts';
import { injectPayload, stripNode, type Payload } from './package/single-executable.ts';

const ROOT = resolve(import.meta.dirname, '..');
const LIMIT_BYTES = 90_000_000;
/** Counts up when the making changes in a way that the inputs do not show. */
const RECIPE = 1;
const LEVEL = { quick: 9, small: 19 } as const;

export interface PackageOptions {
  entry: string;
  out: string;
  isSmall: boolean;
}

export interface PackagedHelper {
  platform: string;
  file: string;
  bytes: number;
  sha256: string;
  version: string;
}

/** Packages unless everything it is made of is the same as last time. */
export async function packageHelper(options: PackageOptions): Promise<{ helper: PackagedHelper; isFresh: boolean }> {
  const level = LEVEL[options.isSmall ? 'small' : 'quick'];
  const natives = readNatives();
  const code = await bundleHelper(options.entry);
  const page = JSON.stringify(readPage(pathToFileURL(join(ROOT, 'helper/consent/page/'))));
  const node = sha256(readFileSync(process.execPath));
  const sources = LAUNCHER_SOURCES.map((source) => sha256(readFileSync(source)));
  const inputs = [code, page, node, ...natives.map(({ digest }) => digest), ...sources, manifest.version];
  const stamp = sha256([RECIPE, level, ...inputs.map((input) => sha256(input))].join());
  const present = readPresent(options.out, stamp);
  if (present !== undefined) return { helper: present, isFresh: false };

  const cache = openCache(join(ROOT, 'node_modules/.cache/handrail-helper'));
  const scratch = mkdtempSync(join(tmpdir(), 'package-helper-'));
  try {
    const compressed = natives.map(async ({ part, digest, content }) => {
      const bytes = await cache.keep(`${part}-${digest.slice(0, 16)}-${level}.zst`, () => zstd(content, level));
      return [nativeAsset(part), bytes] as const;
    });
    const payload: Payload = {
      code,
      assets: { [PAGE_ASSET]: page, ...Object.fromEntries(await Promise.all(compressed)) },
    };
    const file = await assemble(payload, { node, level, cache, scratch });
    return { helper: publish(file, options.out, stamp), isFresh: true };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readNatives(): { part: NativePart; content: Uint8Array; digest: string }[] {
  const { resolve: find } = createRequire(import.meta.url);
  // The table is keyed by the parts' names.
  return (Object.keys(NATIVE_PARTS) as NativePart[]).map((part) => {
    const content = readFileSync(find(NATIVE_PARTS[part]));
    return { part, content, digest: sha256(content) };
  });
}

interface Making {
  /** Digest of the Node that runs this and goes into the helper. */
  node: string;
  level: number;
  cache: Cache;
  scratch: string;
}

async function assemble(payload: Payload, making: Making): Promise<Uint8Array> {
  const { level, scratch } = making;
  const program = join(scratch, 'program');
  const stripped = stripNode(process.execPath, program);
  await injectPayload(payload, program, join(scratch, 'payload'));
  const launcher = buildLauncher(scratch);
  if (launcher === undefined) {
    console.warn('No C compiler (cc): the helper is made without its launcher and is about twice as large.');
    return makePlain(readFileSync(program));
  }
  const base = await readBase(stripped, making);
  return makeContainer({
    launcher,
    base,
    program: readFileSync(program),
    compress: (tail) => zstd(tail, Math.min(level, 9)),
  });
}

/** Node with an empty payload, up to where payloads begin to differ. */
async function readBase(stripped: Uint8Array, { node, level, cache, scratch }: Making): Promise<Base> {
  const key = `node-${node.slice(0, 16)}-${RECIPE}`;
  const content = await cache.keep(`${key}.base`, async () => {
    const file = join(scratch, 'base');
    writeFileSync(file, stripped, { mode: 0o755 });
    await injectPayload({ code: '', assets: {} }, file, join(scratch, 'empty'));
    // What is injected is put behind the last page of Node itself.
    return readFileSync(file).subarray(0, Math.floor(stripped.length / 4096) * 4096);
  });
  return { content, compressed: await cache.keep(`${key}-${level}.zst`, () => zstd(content, level)) };
}

function publish(content: Uint8Array, out: string, stamp: string): PackagedHelper {
  const platform = `${process.platform}-${process.arch}`;
  const helper: PackagedHelper = {
    platform,
    file: `handrail-helper-${platform}`,
    bytes: content.length,
    sha256: sha256(content),
    version: manifest.version,
  };
  mkdirSync(out, { recursive: true });
  // Renamed into place: a server that is running may be reading the ones before.
  const write = (name: string, written: Uint8Array | string): void => {
    writeFileSync(join(out, `${name}.new`), written, { mode: 0o755 });
    renameSync(join(out, `${name}.new`), join(out, name));
  };
  write(helper.file, content);
  write('manifest.json', `${JSON.stringify([helper], null, 2)}\n`);
  writeFileSync(join(out, '.build-stamp'), stamp);
  return helper;
}

function readPresent(out: string, stamp: string): PackagedHelper | undefined {
  const [stampFile, manifestFile] = [join(out, '.build-stamp'), join(out, 'manifest.json')];
  if (!existsSync(stampFile) || !existsSync(manifestFile) || readFileSync(stampFile, 'utf8') !== stamp)
    return undefined;
  // Written by `publish` together with the stamp.
  const [helper] = JSON.parse(readFileSync(manifestFile, 'utf8')) as [PackagedHelper];
  return statSync(join(out, helper.file), { throwIfNoEntry: false })?.size === helper.bytes ? helper : undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { small: { type: 'boolean', default: false }, entry: { type: 'string' }, out: { type: 'string' } },
  });
  const started = performance.now();
  const { helper, isFresh } = await packageHelper({
    entry: resolve(values.entry ?? join(ROOT, 'helper/main.ts')),
    out: resolve(values.out ?? join(ROOT, 'dist/helper')),
    isSmall: values.small,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const size = `${(helper.bytes / 1e6).toFixed(1)} MB`;
  console.log(`${helper.file} ${helper.version}: ${size}, ${isFresh ? `made in ${seconds} s` : 'unchanged'}`);
  if (helper.bytes > LIMIT_BYTES) console.warn(`That is more than the ${LIMIT_BYTES / 1e6} MB a download may have.`);
}

if (import.meta.main) await main();
