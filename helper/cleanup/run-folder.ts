/**
 * One private folder per run, with a marker that says whose it is. When the helper is killed, the next start (or
 * `--clean`) finds the folder, sees that its process is gone, and removes what the marker names.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync, type Stats } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from '../../protocol/zod.ts';
import { elevatedRoot } from '../elevation/elevated.run.ts';
import type { OwnFile } from '../executable.ts';
import { isRunning, makePlainFolder, plainFolderCheck, plainProcesses, thisProcess } from '../platform/host.ts';
import type { CheckFolder, MakeFolder } from '../platform/host.ts';
import type { ProcessTable } from '../platform/platform.ts';
import { RUN_PREFIX } from './launcher.folder.ts';

const MARKER = 'marker.json';
/** A folder without a readable marker may be one that is just being made. */
const MIN_AGE_MS = 60_000;

const ownFile = z.strictObject({ path: z.string(), device: z.number(), inode: z.number(), bytes: z.number() });
const marker = z.strictObject({
  version: z.literal(1),
  pid: z.number().int().positive(),
  /** `ProcessIdentity.start`. Empty as well from older helpers and launchers on Windows. */
  startedTicks: z.string(),
  /** The program's own file; null when run from source. */
  executable: ownFile.nullable(),
});
type Marker = z.infer<typeof marker>;

export interface RunFolder {
  readonly path: string;
  /** Safe to call twice. */
  remove: () => void;
}

/**
 * Places for private files, best first: the first that works is used, all are searched for left-overs. An elevated run
 * has one alone, and never looks into those of the person.
 */
export function privateRoots(environment: NodeJS.ProcessEnv = process.env): string[] {
  const elevated = elevatedRoot();
  if (elevated !== undefined) return [elevated];
  const runtime = environment['XDG_RUNTIME_DIR'];
  const cache = environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return [...new Set([tmpdir(), ...(runtime === undefined ? [] : [runtime]), cache])].filter((path) =>
    isAbsolute(path),
  );
}

export interface RunFolderOptions {
  executable?: OwnFile | undefined;
  /** Without them nothing is known of Windows that Node does not know. */
  processes?: ProcessTable;
  makeFolder?: MakeFolder;
}

/** Throws when it cannot be made there. */
export function makeRunFolder(root: string, options: RunFolderOptions = {}): RunFolder {
  const { executable, processes = plainProcesses, makeFolder = makePlainFolder } = options;
  const path = join(root, RUN_PREFIX + randomBytes(9).toString('hex'));
  makeFolder(path);
  const named = executable?.path === undefined ? null : { ...executable, path: executable.path };
  const { pid, start } = thisProcess(processes);
  const about: Marker = { version: 1, pid, startedTicks: start, executable: named };
  // Renamed into place, so that nobody ever reads half of it.
  const draft = join(path, `${MARKER}.new`);
  writeFileSync(draft, JSON.stringify(about), { mode: 0o600 });
  renameSync(draft, join(path, MARKER));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export interface LeftOver {
  /** Or the copy of the launcher that removes the download on Windows, when it did not go by itself. */
  folder: string;
  /** The program that left it, when its marker names one. */
  executable: z.infer<typeof ownFile> | undefined;
}

interface Search {
  roots?: readonly string[];
  /** Without it an elevated run finds nothing: everybody may make a folder beside its own. */
  isTrusted?: CheckFolder;
  now?: () => number;
}

/** Folders of runs whose process is gone. Looks at nothing that belongs to another user, is a link, or is not trusted. */
export function findLeftOvers(processes: ProcessTable, search: Search = {}): LeftOver[] {
  const { roots = privateRoots(), isTrusted = plainFolderCheck, now = Date.now } = search;
  return roots.flatMap((root) =>
    entriesOf(root)
      .filter((name) => name.startsWith(RUN_PREFIX))
      .map((name) => join(root, name))
      .filter(isTrusted)
      .map((folder) => leftOverIn(folder, processes, now()))
      .filter((found) => found !== undefined),
  );
}

function leftOverIn(folder: string, processes: ProcessTable, now: number): LeftOver | undefined {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined || !isOurs(folder, stats)) return undefined;
  const about = readMarker(folder);
  if (about === undefined) return now - stats.mtimeMs < MIN_AGE_MS ? undefined : { folder, executable: undefined };
  const { pid, startedTicks: start } = about;
  return isRunning({ pid, start }, processes) ? undefined : { folder, executable: about.executable ?? undefined };
}

function entriesOf(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    // Not every place exists on every system; nothing can be left in one that does not.
    return [];
  }
}

/** Not a link, and only this user could have filled it: a folder, or the copy of the launcher (removal.windows.c). */
export function isOurs(path: string, stats: Stats): boolean {
  const isKind = stats.isDirectory() || (stats.isFile() && path.endsWith('.exe'));
  return isKind && (process.getuid === undefined || stats.uid === process.getuid());
}

function readMarker(folder: string): Marker | undefined {
  try {
    const parsed = marker.safeParse(JSON.parse(readFileSync(join(folder, MARKER), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Missing or cut short: the folder alone is removed once it is old enough.
    return undefined;
  }
}
