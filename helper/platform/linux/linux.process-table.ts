/** The kernel's list of processes in /proc. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import type { ProcessTable, RunningProcess } from '../platform.ts';

export const linuxProcesses: ProcessTable = {
  list: () => readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : [])),
  // proc(5): field 22, in clock ticks since boot; the 20th after the name.
  startOf: (pid) => statOf(pid)?.[19],
  commandLine: (pid) => {
    if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== process.getuid?.()) return undefined;
    // proc(5): the arguments, each ended by a null byte.
    return readOr(`/proc/${pid}/cmdline`, 'utf8');
  },
};

function read(pid: number): RunningProcess | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  const [state = '', parent = ''] = stat;
  // One that has ended and was not yet asked for by its parent writes nothing any more.
  return ['Z', 'X'].includes(state) ? undefined : { pid, parent: Number(parent) };
}

/** proc(5): "pid (name) state ppid …", from the state on; the name may hold spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  const stat = readOr(`/proc/${pid}/stat`, 'latin1');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
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
