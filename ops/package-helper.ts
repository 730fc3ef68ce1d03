/**
 * npm run package:helper -- [--platform linux-x64,win-x64,…] [--small] [--entry FILE] [--out FOLDER]
 * Makes the helpers that the server offers for download, and `manifest.json` beside them: for the platform this runs on,
 * or for those named. `--small` compresses as far as it goes, for releases: 10 MB less and minutes instead of seconds.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { PAGE_ASSET, readPage } from '../helper/consent/consent.page.ts';
import { nativeAsset, type NativePart } from '../helper/native.ts';
import manifest from '../package.json' with { type: 'json' };
import { platform as anyPlatform, type HelperPlatform } from '../protocol/api/sessions.ts';
import { bundleHelper } from './package/bundle.ts';
import { openCache, sha256, zstd, type Cache } from './package/compression.ts';
import { makeContainer, makePlain, type Base } from './package/container.ts';
import { UnavailableError } from './package/foreign.ts';
import { buildLauncher, launcherSources } from './package/launcher.ts';
import { partsOf, type PlatformParts } from './package/parts.ts';
import { OWN_PLATFORM } from './package/platforms.ts';
import { openShelf, type PackagedHelper } from './package/shelf.ts';
import { injectPayload, stripNode, type NodeProgram, type Payload } from './package/single-executable.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules/.cache/handrail-helper');
const LIMIT_BYTES = 90_000_000;
/** Counts up when the making changes in a way that the inputs do not show. */
const RECIPE = 2;
const LEVEL = { quick: 9, small: 19 } as const;

export interface PackageOptions {
  entry: string;
  out: string;
  isSmall: boolean;
  platforms: readonly HelperPlatform[];
  /** Where fetched and compressed parts are kept. */
  cache?: string;
}

export interface Packaging {
  made: { helper: PackagedHelper; isFresh: boolean }[];
  /** Platforms whose parts cannot be had here. */
  failed: { platform: HelperPlatform; reason: string }[];
  /** Platforms of an earlier build, which are not offered beside the new ones. */
  dropped: HelperPlatform[];
}

interface Making {
  platform: HelperPlatform;
  parts: PlatformParts;
  level: number;
  cache: Cache;
  scratch: string;
}

/** Packages for each platform unless everything it is made of is the same as last time. */
export async function packageHelper(options: PackageOptions): Promise<Packaging> {
  const level = LEVEL[options.isSmall ? 'small' : 'quick'];
  const code = await bundleHelper(options.entry);
  const page = JSON.stringify(readPage(pathToFileURL(join(ROOT, 'helper/consent/page/'))));
  const shelf = openShelf(options.out);
  const cache = options.cache ?? CACHE;
  const plans = new Map(
    anyPlatform.options.map((platform) => [platform, plan(platform, { cache, inputs: [code, page] })]),
  );
  const packaging: Packaging = { made: [], failed: [], dropped: [] };
  for (const platform of options.platforms) {
    try {
      const { parts, stamp } = known(plans.get(platform));
      const present = shelf.find(platform, `${stamp}-${level}`);
      const making = { platform, parts, level, cache: openCache(cache) };
      const helper = present ?? shelf.put(platform, await makeIn({ code, page }, making), `${stamp}-${level}`);
      packaging.made.push({ helper, isFresh: present === undefined });
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      packaging.failed.push({ platform, reason: error.message });
    }
  }
  const stamps = [...plans.values()].flatMap((one) => (one instanceof UnavailableError ? [] : [one.stamp]));
  packaging.dropped = shelf.keepOnly(stamps.flatMap((stamp) => Object.values(LEVEL).map((at) => `${stamp}-${at}`)));
  return packaging;
}

interface Plan {
  parts: PlatformParts;
  /** Of everything that the helper is made of. */
  stamp: string;
}

/** Or why there can be none here. */
function plan(
  platform: HelperPlatform,
  { cache, inputs }: { cache: string; inputs: readonly string[] },
): Plan | UnavailableError {
  try {
    const parts = partsOf(platform, cache);
    const sources = launcherSources(platform).map((source) => readFileSync(source, 'utf8'));
    const digests = [parts.node, ...Object.values(parts.natives)].map(({ digest }) => digest);
    const all = [platform, ...inputs, ...digests, ...sources, manifest.version];
    return { parts, stamp: sha256([RECIPE, ...all.map((input) => sha256(input))].join()) };
  } catch (error) {
    if (error instanceof UnavailableError) return error;
    throw error;
  }
}

function known(planned: Plan | UnavailableError | undefined): Plan {
  if (planned === undefined) throw new Error('every platform has a plan');
  if (planned instanceof UnavailableError) throw planned;
  return planned;
}

interface Sources {
  code: string;
  page: string;
}

async function makeIn(sources: Sources, making: Omit<Making, 'scratch'>): Promise<Uint8Array> {
  const scratch = mkdtempSync(join(tmpdir(), 'package-helper-'));
  try {
    return await make(sources, { ...making, scratch });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function make({ code, page }: Sources, making: Making): Promise<Uint8Array> {
  const { parts, cache, level } = making;
  // The table is keyed by the parts' names.
  const compressed = (Object.keys(parts.natives) as NativePart[]).map(async (name) => {
    const { digest, path } = parts.natives[name];
    const compress = async (): Promise<Uint8Array> => zstd(readFileSync(await path()), level);
    return [nativeAsset(name), await cache.keep(`${name}-${digest.slice(0, 16)}-${level}.zst`, compress)] as const;
  });
  const assets = { [PAGE_ASSET]: page, ...Object.fromEntries(await Promise.all(compressed)) };
  return assemble({ code, assets }, await parts.nodeProgram(), making);
}

async function assemble(payload: Payload, node: NodeProgram, making: Making): Promise<Uint8Array> {
  const { level, platform, scratch } = making;
  const file = join(scratch, 'program');
  const stripped = stripNode(node, file);
  await injectPayload(payload, file, { node, scratch: join(scratch, 'payload') });
  const program = readFileSync(file);
  const launcher = buildLauncher(platform, scratch);
  if (launcher === undefined) return makePlain(program);
  const base = await readBase(stripped, node, making);
  return makeContainer({ launcher, base, program, compress: (tail) => zstd(tail, Math.min(level, 9)) });
}

/** Node with an empty payload, up to where payloads begin to differ. */
async function readBase(
  stripped: Uint8Array,
  node: NodeProgram,
  { parts, level, cache, scratch }: Making,
): Promise<Base> {
  const key = `node-${parts.node.digest.slice(0, 16)}-${RECIPE}`;
  const content = await cache.keep(`${key}.base`, async () => {
    const file = join(scratch, 'base');
    writeFileSync(file, stripped, { mode: 0o755 });
    await injectPayload({ code: '', assets: {} }, file, { node, scratch: join(scratch, 'empty') });
    // What is injected is put behind the last page of Node itself.
    return readFileSync(file).subarray(0, Math.floor(stripped.length / 4096) * 4096);
  });
  return { content, compressed: await cache.keep(`${key}-${level}.zst`, () => zstd(content, level)) };
}

function readPlatforms(named: string | undefined): HelperPlatform[] {
  const wanted = named?.split(',') ?? [OWN_PLATFORM];
  return wanted.map((name) => {
    const parsed = anyPlatform.safeParse(name.trim());
    if (parsed.success) return parsed.data;
    throw new Error(`${name} is none of the platforms ${anyPlatform.options.join(', ')}`);
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      small: { type: 'boolean', default: false },
      platform: { type: 'string' },
      entry: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const started = performance.now();
  const { made, failed, dropped } = await packageHelper({
    entry: resolve(values.entry ?? join(ROOT, 'helper/main.ts')),
    out: resolve(values.out ?? join(ROOT, 'dist/helper')),
    isSmall: values.small,
    platforms: readPlatforms(values.platform),
  });
  for (const { helper, isFresh } of made) {
    const size = `${(helper.bytes / 1e6).toFixed(1)} MB`;
    console.log(`${helper.file} ${helper.version}: ${size}${isFresh ? '' : ', unchanged'}`);
    if (helper.bytes > LIMIT_BYTES) console.warn(`That is more than the ${LIMIT_BYTES / 1e6} MB a download may have.`);
  }
  for (const platform of dropped) console.warn(`${platform} was of another build and is not offered any more.`);
  for (const { platform, reason } of failed) console.error(`NOT made: ${platform}: ${reason}`);
  console.log(`Made in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  if (failed.length > 0) {
    console.error(`Only these were made: ${made.map(({ helper }) => helper.platform).join(', ') || 'none'}.`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
