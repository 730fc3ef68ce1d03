/** Where Node and the native parts of one platform lie on this disk. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { NATIVE_PARTS, type NativePart } from '../../helper/native.ts';
import type { HelperPlatform } from '../../protocol/api/sessions.ts';
import { UnavailableError, fetchPart } from './foreign.ts';
import { FOREIGN_PARTS, OWN_PLATFORM, type ForeignPackage } from './platforms.ts';
import type { NodeProgram } from './single-executable.ts';

/** A file that goes into the helper. */
export interface Part {
  /** Names the content: what is compressed is kept under it. */
  digest: string;
  path: () => Promise<string>;
}

export interface PlatformParts {
  node: Part;
  natives: Readonly<Record<NativePart, Part>>;
  nodeProgram: () => Promise<NodeProgram>;
}

/** What a platform is made of, known without fetching anything. */
export function partsOf(platform: HelperPlatform, cache: string): PlatformParts {
  if (platform === OWN_PLATFORM) return ownParts(platform);
  const foreign = FOREIGN_PARTS[platform];
  // The payload is written by a Node for this machine, which is pinned for the usual one only.
  if (foreign === undefined || OWN_PLATFORM !== 'linux-x64')
    throw new UnavailableError(`a helper for ${platform} cannot be made on ${OWN_PLATFORM}`);
  const part = (wanted: ForeignPackage): Part => ({
    digest: createHash('sha256').update(`${wanted.integrity} ${wanted.file}`).digest('hex'),
    path: () => fetchPart(wanted, cache),
  });
  const node = part(foreign.node);
  const { writer } = foreign;
  return {
    node,
    natives: { 'node-av': part(foreign['node-av']), koffi: part(foreign.koffi) },
    nodeProgram: async () => ({
      platform,
      file: await node.path(),
      writer: writer === undefined ? process.execPath : await fetchPart(writer, cache),
    }),
  };
}

function ownParts(platform: HelperPlatform): PlatformParts {
  const { resolve } = createRequire(import.meta.url);
  const part = (file: string): Part => ({
    digest: createHash('sha256').update(readFileSync(file)).digest('hex'),
    path: () => Promise.resolve(file),
  });
  const node = process.execPath;
  return {
    node: part(node),
    natives: { 'node-av': part(resolve(NATIVE_PARTS['node-av'])), koffi: part(resolve(NATIVE_PARTS.koffi)) },
    nodeProgram: () => Promise.resolve({ platform, file: node, writer: node }),
  };
}
