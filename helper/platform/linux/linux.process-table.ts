/** The kernel's list of processes in /proc. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import type { ProcessTable, RunningProcess } from '../platform.ts';

export const linuxProcesses: ProcessTable = {
  list: () => readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : [])),
  commandLine: (pid) => {
    if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== process.getuid?.()) return undefined;
    // proc(5): the arguments, each ended by a null byte.
    return readOr(`/proc/${pid}/cmdline`, 'utf8');
  },
};

/** proc(5): "pid (name) state ppid …"; the name may hold spaces and brackets. */
function read(pid: number): RunningProcess | undefined {
  const stat = readOr(`/proc/${pid}/stat`, 'latin1');
  if (stat === undefined) return undefined;
  const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // One that has ended and was not yet asked for by its parent writes nothing any more.
  return ['Z', 'X'].includes(state) ? undefined : { pid, parent: Number(parent) };
}

/** Undefined when it ended while we looked. */
function readOr(file: string, encoding: 'utf8' | 'latin1'): string | undefined {
  try {
    return readFileSync(file, encoding);
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
