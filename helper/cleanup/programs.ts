/** Programs that a run of the helper has started: known by the run's private folder in their arguments. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openProcessTable } from '../platform/host.ts';
import type { ProcessTable } from '../platform/platform.ts';

/** A killed process is gone after a moment; one in the middle of a disk access may take longer. */
const GONE_WITHIN_MS = 1000;
const LOOK_EVERY_MS = 20;

/** Process numbers of this user's programs with that folder in an argument, this process excluded. */
function findPrograms(folder: string, processes: ProcessTable): number[] {
  return processes
    .list()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && names(processes.commandLine(pid) ?? '', folder));
}

/**
 * `<folder>`, or something in it, alone, behind the name of an option, or in quotation marks. Where there is a session bus,
 * Chromium writes all of its arguments into one, with spaces between.
 */
function names(commandLine: string, folder: string): boolean {
  return commandLine
    .split(folder)
    .some((before, at, parts) => /(^|[\0 ="])$/.test(before) && /^([\0 "/\\]|$)/.test(parts[at + 1] ?? '…'));
}

/** Kills them and everything they started, and waits until all are gone. Returns the numbers of those that were there. */
export async function endPrograms(folder: string): Promise<number[]> {
  const processes = await openProcessTable();
  const found = findPrograms(folder, processes);
  // Known before their parents die: afterwards they are somebody else's children.
  const family = new Set(found.flatMap((pid) => [...descendantsOf(pid, processes)]));
  for (const pid of family) kill(pid);
  const giveUpAt = performance.now() + GONE_WITHIN_MS;
  const isOneLeft = (): boolean => processes.list().some(({ pid }) => family.has(pid));
  while (isOneLeft() && performance.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
  return found;
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Gone by itself, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process and everything below it. */
export function descendantsOf(root: number, processes: ProcessTable): Set<number> {
  const family = new Set([root]);
  const listed = processes.list();
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of listed) if (family.has(parent)) family.add(pid);
  }
  return family;
}
