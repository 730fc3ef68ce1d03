/** Where the helper keeps what it must: one private folder for this run, known to the clean-up, gone at the end. */
import { removeLeftOvers, removeSelf, type Removal } from './cleanup/removal.ts';
import { findLeftOvers, makeRunFolder, privateRoots, type RunFolder } from './cleanup/run-folder.ts';
import { findOwnFile, type OwnFile } from './executable.ts';

export interface Workspace {
  /** The file that is running: the helper itself when packaged, its source otherwise. */
  executable: string;
  /** Folder for the consent window's throw-away profile. */
  profileRoot: string;
  onProfile: (folder: string) => void;
  /** Removes what a killed helper left; the paths that were removed. */
  cleanLeftOvers(): Promise<string[]>;
  /** Removes the folder, and the program itself when it is the packaged one. */
  remove(): Promise<void>;
}

export function openWorkspace(): Workspace {
  const own = findOwnFile();
  const folder = makeFolder(own);
  return {
    executable: own?.path ?? process.argv[1] ?? '',
    profileRoot: folder.path,
    // Profiles lie inside the folder, which carries the marker.
    onProfile: () => undefined,
    cleanLeftOvers: async () => report(removeLeftOvers(findLeftOvers())),
    remove: async () => {
      report(removeSelf({ executablePath: own?.path, temporaryFolders: [folder.path] }, own));
    },
  };
}

function makeFolder(own: OwnFile | undefined): RunFolder {
  const failures: unknown[] = [];
  for (const root of privateRoots()) {
    try {
      return makeRunFolder(root, own);
    } catch (error) {
      // The next place is tried: this one is missing, full or not ours.
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `no private folder can be made in any of ${privateRoots().join(', ')}`);
}

/** Says what could not be removed, so that a person can. */
function report({ removed, kept }: Removal): string[] {
  for (const { path, reason } of kept) console.error(`not removed: ${path} (${reason})`);
  return removed;
}
