/** Where the helper keeps what it must: one private folder for this run, known to the clean-up, gone at the end. */
import { removeSelf, type Removal } from './cleanup/removal.ts';
import { makeRunFolder, privateRoots } from './cleanup/run-folder.ts';
import { findOwnFile, type OwnFile } from './executable.ts';

export interface Workspace {
  /** The run's private folder: the consent window's throw-away profile goes in there. */
  readonly folder: string;
  /** The program's own file; undefined when run from source. */
  readonly own: OwnFile | undefined;
  /** Removes the folder, and the program itself when it is the packaged one. Safe to call again. */
  remove(): void;
}

/** Makes the folder. */
export function openWorkspace(): Workspace {
  const own = findOwnFile();
  return workspaceAt(makeFolder(own), own);
}

/** The same, in the other process of the same run. */
export function workspaceAt(folder: string, own: OwnFile | undefined): Workspace {
  return {
    folder,
    own,
    remove: () => report(removeSelf({ executablePath: own?.path, temporaryFolders: [folder] }, own)),
  };
}

function makeFolder(own: OwnFile | undefined): string {
  const failures: unknown[] = [];
  for (const root of privateRoots()) {
    try {
      return makeRunFolder(root, own).path;
    } catch (error) {
      // The next place is tried: this one is missing, full or not ours.
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `no private folder can be made in any of ${privateRoots().join(', ')}`);
}

/** Says what could not be removed, so that a person can. */
function report({ kept }: Removal): void {
  for (const { path, reason } of kept) console.error(`not removed: ${path} (${reason})`);
}
