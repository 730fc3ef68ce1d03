/** What a system does for a program that has no display yet. */
import { mkdirSync } from 'node:fs';
import { launcherFolder } from '../cleanup/launcher.folder.ts';
import { isElevatedRun } from '../elevation/elevated.run.ts';
import { linuxProcesses } from './linux/linux.process-table.ts';
import type { ProcessIdentity, ProcessTable } from './platform.ts';

/** For systems that tell nothing without a native part: who is there, and no more. */
const strangers: ProcessTable = {
  list: () => [],
  startOf: (pid) => (isThere(pid) ? '' : undefined),
  commandLine: () => undefined,
};

/** What can be told before any native part is loaded. */
export const plainProcesses = process.platform === 'linux' ? linuxProcesses : strangers;

export async function openProcessTable(): Promise<ProcessTable> {
  if (process.platform === 'win32') return (await import('./windows/windows.process-table.ts')).windowsProcesses;
  return plainProcesses;
}

export type MakeFolder = (path: string) => void;

/** Closed to everybody else where the file system keeps modes. */
export const makePlainFolder: MakeFolder = (path) => mkdirSync(path, { mode: 0o700 });

/** Makes folders that are closed to everybody else, whatever the folder around them allows. */
export async function openFolderMaker(): Promise<MakeFolder> {
  if (process.platform === 'win32') return (await import('./windows/windows.private-folder.ts')).makePrivateFolder;
  return makePlainFolder;
}

/** Whether only a run like this one can have made a folder; the user's own are told by their owner elsewhere. */
export type CheckFolder = (path: string) => boolean;

/** What no native part is needed for: an elevated run trusts nothing yet. */
export const plainFolderCheck: CheckFolder = () => !isElevatedRun();

/** For an elevated run it is as well guarded as the folder that the program itself lies in. */
export async function openFolderCheck(): Promise<CheckFolder> {
  const model = launcherFolder();
  if (model === undefined || !isElevatedRun()) return plainFolderCheck;
  const { isGuardedAlike } = await import('./windows/windows.private-folder.ts');
  return (path) => isGuardedAlike(path, model);
}

export function thisProcess(processes: ProcessTable): ProcessIdentity {
  return { pid: process.pid, start: processes.startOf(process.pid) ?? '' };
}

/** Where one of the starts is not known the number alone says so. */
export function isRunning({ pid, start }: ProcessIdentity, processes: ProcessTable): boolean {
  const now = processes.startOf(pid);
  return now !== undefined && (now === start || now === '' || start === '');
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
