/** Removing the helper's traces: its folders and, when it is the packaged program, its own file. Never Node, never more. */
import { lstatSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { isHelperFileName } from '../address.ts';
import { findOwnFile, type OwnFile } from '../executable.ts';
import { RUN_PREFIX, launcherFolder } from './launcher.folder.ts';
import { isOurs, type LeftOver } from './run-folder.ts';

export interface Removal {
  removed: string[];
  /** What stays, and why, in words for the log. */
  kept: { path: string; reason: string }[];
}

export interface SelfRemoval {
  /** The file that is running; ignored when run from source. */
  executablePath: string | undefined;
  temporaryFolders: readonly string[];
}

/**
 * On Linux a running file can be removed: what runs goes on, the name is gone. On Windows the launcher does it, which
 * waits for the program's end.
 */
export function removeSelf(
  { executablePath, temporaryFolders }: SelfRemoval,
  own: OwnFile | undefined = findOwnFile(),
): Removal {
  const removal: Removal = { removed: [], kept: [] };
  for (const folder of temporaryFolders) note(removal, folder, () => removeFolder(folder));
  if (executablePath !== undefined)
    note(removal, executablePath, () =>
      own === undefined ? 'run from source' : removeProgram(executablePath, own, unlinkRunning),
    );
  return removal;
}

/** Removes what `findLeftOvers` found, the killed helper's own file included if it is still the same one. */
export function removeLeftOvers(found: readonly LeftOver[]): Removal {
  const removal: Removal = { removed: [], kept: [] };
  for (const { folder, executable } of found) {
    note(removal, folder, () => removeFolder(folder));
    if (executable !== undefined) note(removal, executable.path, () => removeProgram(executable.path, executable));
  }
  return removal;
}

/** `work` gives the reason why something was kept, or undefined when it is gone. */
function note(removal: Removal, path: string, work: () => string | undefined): void {
  try {
    const reason = work();
    if (reason === undefined) removal.removed.push(path);
    else removal.kept.push({ path, reason });
  } catch (error) {
    removal.kept.push({ path, reason: error instanceof Error ? error.message : String(error) });
  }
}

function removeFolder(folder: string): string | undefined {
  if (!isAbsolute(folder) || !basename(folder).startsWith(RUN_PREFIX)) return 'not a folder of the helper';
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!isOurs(folder, stats)) return 'not a folder of this user';
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return undefined;
}

/** The launcher for Windows looks for this file when the program has ended. */
const REQUEST = 'remove-program';

function unlinkRunning(path: string): void {
  const folder = launcherFolder();
  if (folder === undefined) unlinkSync(path);
  else writeFileSync(join(folder, REQUEST), '');
}

/** The name must be a helper's, and the file the very one that runs (or ran): same device, inode and size. */
function removeProgram(path: string, own: OwnFile, unlink: (path: string) => void = unlinkSync): string | undefined {
  if (!isAbsolute(path) || !isHelperFileName(basename(path))) return 'not the name of a helper';
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const isSame = stats.isFile() && stats.dev === own.device && stats.ino === own.inode && stats.size === own.bytes;
  if (!isSame) return 'another file is there now';
  unlink(path);
  return undefined;
}
