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
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .some((argument) => names(argument, folder));
  } catch (error) {
    // It ended while we looked.
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** `<folder>`, or something in it, alone or behind the name of an option. */
function names(argument: string, folder: string): boolean {
  const value = /^--[a-z-]+=(.*)$/s.exec(argument)?.[1] ?? argument;
  return value === folder || value.startsWith(`${folder}/`);
}

/** Kills them and waits until they are gone. Returns the numbers of those that were there. */
export async function endPrograms(folder: string): Promise<number[]> {
  const found = findPrograms(folder);
  for (const pid of found) kill(pid);
  const giveUpAt = performance.now() + GONE_WITHIN_MS;
  while (findPrograms(folder).length > 0 && performance.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
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
