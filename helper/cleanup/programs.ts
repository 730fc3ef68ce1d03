/** Programs that a run of the helper has started: known by the run's private folder in their arguments. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A killed process is gone after a moment; one in the middle of a disk access may take longer. */
const GONE_WITHIN_MS = 1000;
const LOOK_EVERY_MS = 20;

/** Process numbers of this user's programs with that folder in an argument, this process excluded. */
export function findPrograms(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isOfRun(pid, folder));
}

function isOfRun(pid: number, folder: string): boolean {
  try {
    if (statSync(`/proc/${pid}`).uid !== process.getuid?.()) return false;
    // proc(5): the arguments, each ended by a null byte.
    return names(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), folder);
  } catch (error) {
    // It ended while we looked.
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/**
 * `<folder>`, or something in it, alone or behind the name of an option. Where there is a session bus, Chromium writes all of
 * its arguments into one, with spaces between.
 */
function names(commandLine: string, folder: string): boolean {
  return commandLine
    .split(folder)
    .some((before, at, parts) => /(^|[\0 =])$/.test(before) && /^([\0 /]|$)/.test(parts[at + 1] ?? '…'));
}

/** Kills them and everything they started, and waits until all are gone. Returns the numbers of those that were there. */
export async function endPrograms(folder: string): Promise<number[]> {
  const found = findPrograms(folder);
  // Known before their parents die: afterwards they are somebody else's children.
  const family = new Set(found.flatMap((pid) => [...descendantsOf(pid)]));
  for (const pid of family) kill(pid);
  const giveUpAt = performance.now() + GONE_WITHIN_MS;
  while ([...family].some(isRunning) && performance.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
  return found;
}

/** A process that has ended and was not yet asked for by its parent writes nothing any more. */
function isRunning(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && !['Z', 'X'].includes(stat.state);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Gone by itself, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process and everything below it. Where the kernel does not list processes in /proc, only the process itself. */
export function descendantsOf(root: number): Set<number> {
  const family = new Set([root]);
  const parents = parentsByPid();
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return family;
}

function parentsByPid(): Map<number, number> {
  const parents = new Map<number, number>();
  if (process.platform !== 'linux') return parents;
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat !== undefined) parents.set(Number(name), stat.parent);
  }
  return parents;
}

/** proc(5): "pid (name) state ppid …"; the name may hold spaces and brackets. Undefined when there is no such process. */
function readStat(pid: number): { state: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
