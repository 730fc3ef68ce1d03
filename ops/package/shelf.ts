/** The folder from which the server hands helpers out: the files, `manifest.json`, and what each was made of. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import type { HelperPlatform } from '../../protocol/api/sessions.ts';
import { sha256 } from './compression.ts';

export interface PackagedHelper {
  platform: HelperPlatform;
  file: string;
  bytes: number;
  sha256: string;
  version: string;
}

/** By platform: a digest of all that the helper was made of. */
type Stamps = Partial<Record<HelperPlatform, string>>;

export interface Shelf {
  list(): PackagedHelper[];
  /** The helper of that platform if it was made of exactly this. */
  find(platform: HelperPlatform, stamp: string): PackagedHelper | undefined;
  put(platform: HelperPlatform, content: Uint8Array, stamp: string): PackagedHelper;
  /** Other content made of the same: a signed file. */
  replace(platform: HelperPlatform, content: Uint8Array): PackagedHelper;
  /** Takes every helper away whose stamp is not among these; gives their platforms. */
  keepOnly(stamps: readonly string[]): HelperPlatform[];
}

export function openShelf(folder: string): Shelf {
  const [manifestFile, stampFile] = [join(folder, 'manifest.json'), join(folder, '.build-stamp')];
  // Both are written here, and only here.
  const helpers = (): PackagedHelper[] => read(manifestFile, []) as PackagedHelper[];
  const stamps = (): Stamps => read(stampFile, {}) as Stamps;
  // Renamed into place: a server that is running may be reading the ones before.
  const write = (name: string, written: Uint8Array | string): void => {
    writeFileSync(join(folder, `${name}.new`), written, { mode: 0o755 });
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  const list = (all: PackagedHelper[], of: Stamps): void => {
    write('manifest.json', `${JSON.stringify(all, null, 2)}\n`);
    writeFileSync(stampFile, JSON.stringify(of));
  };
  const put: Shelf['put'] = (platform, content, stamp) => {
    const file = `handrail-helper-${platform}${platform === 'win-x64' ? '.exe' : ''}`;
    const digest = sha256(content);
    const helper = { platform, file, bytes: content.length, sha256: digest, version: manifest.version };
    mkdirSync(folder, { recursive: true });
    write(file, content);
    const others = helpers().filter((other) => other.platform !== platform);
    list([...others, helper], { ...stamps(), [platform]: stamp });
    return helper;
  };
  return {
    list: helpers,
    put,
    replace: (platform, content) => put(platform, content, stamps()[platform] ?? ''),
    find: (platform, stamp) => {
      const helper = helpers().find((one) => one.platform === platform);
      if (helper === undefined || stamps()[platform] !== stamp) return undefined;
      return statSync(join(folder, helper.file), { throwIfNoEntry: false })?.size === helper.bytes ? helper : undefined;
    },
    keepOnly: (wanted) => {
      const made = stamps();
      const isStale = ({ platform }: PackagedHelper): boolean => !wanted.includes(made[platform] ?? '');
      const stale = helpers().filter(isStale);
      if (stale.length === 0) return [];
      list(
        helpers().filter((helper) => !isStale(helper)),
        Object.fromEntries(Object.entries(made).filter(([, stamp]) => wanted.includes(stamp))),
      );
      for (const { file } of stale) rmSync(join(folder, file), { force: true });
      return stale.map(({ platform }) => platform);
    },
  };
}

/** A stamp of an older packaging is no JSON; then nothing is known. */
function read(file: string, otherwise: unknown): unknown {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise;
  } catch {
    return otherwise;
  }
}
