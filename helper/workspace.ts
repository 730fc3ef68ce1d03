/** Where the helper keeps what it must: one private folder for this run, known to the clean-up, gone at the end. */
import { removeSelf, type Removal } from './cleanup/removal.ts';
import { makeRunFolder, privateRoots } from './cleanup/run-folder.ts';
import { isElevatedRun } from './elevation/elevated.run.ts';
import { findOwnFile, type OwnFile } from './executable.ts';
import { openFolderMaker, openProcessTable } from './platform/host.ts';

export interface Workspace {
  /** The run's private folder: the consent window's throw-away profile goes in there. */
  readonly folder: string;
  /** The program's own file; undefined when run from source. */
  readonly own: OwnFile | undefined;
  /** Removes the folder, and the program itself when it is the packaged one and this run's to remove. Safe to call again. */
  remove(): void;
}

/** Makes the folder. */
export async function openWorkspace(): Promise<Workspace> {
  const own = findOwnFile();
  return workspaceAt(await makeFolder(fileToRemove(own)), own);
}

/** The same, in the other process of the same run. */
export function workspaceAt(folder: string, own: OwnFile | undefined): Workspace {
  return {
    folder,
    own,
    remove: () => report(removeSelf({ executablePath: fileToRemove(own)?.path, temporaryFolders: [folder] }, own)),
  };
}

/** An elevated run leaves the file to the run without those rights that started it. */
function fileToRemove(own: OwnFile | undefined): OwnFile | undefined {
  return isElevatedRun() ? undefined : own;
}

async function makeFolder(executable: OwnFile | undefined): Promise<string> {
  const [processes, make] = await Promise.all([openProcessTable(), openFolderMaker()]);
  const failures: unknown[] = [];
  for (const root of privateRoots()) {
    try {
      return makeRunFolder(root, { executable, processes, makeFolder: make }).path;
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
