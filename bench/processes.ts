/** CPU time and memory of processes as Linux reports them in /proc. */
import { readFile, readdir } from 'node:fs/promises';

/** Linux reports process times in ticks of 1/100 s (USER_HZ) on every architecture that Node runs on. */
const ticksPerSecond = 100;

export interface ProcessTimes {
  parent: number;
  /** User and system time of the process, and of its children that have ended and been waited for. */
  cpuS: number;
  command: string;
}

/** Parses /proc/PID/stat (proc(5)); the command may itself contain spaces and parentheses. */
export function parseStat(stat: string): ProcessTimes {
  const end = stat.lastIndexOf(')');
  const command = stat.slice(stat.indexOf('(') + 1, end);
  // Fields from the third (state) on: ppid is the 4th, utime, stime, cutime, cstime the 14th to 17th.
  const fields = stat.slice(end + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), cpuS: ticks / ticksPerSecond, command };
}

/** Resident memory in MB (10^6 bytes) from /proc/PID/status; a process that is ending has none. */
export function parseResidentMb(status: string): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? 0 : (Number(kibibytes) * 1024) / 1e6;
}

/** A process may end between listing and reading: that is absence, anything else is an error. */
async function readUnlessGone(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/**
 * CPU seconds of the living processes together. A child that ends moves its time to its parent, so the sum over a whole
 * tree never falls; compare sums, not single processes.
 */
export async function cpuSeconds(processIds: readonly number[]): Promise<number> {
  let sum = 0;
  for (const processId of processIds) {
    const stat = await readUnlessGone(`/proc/${processId}/stat`);
    if (stat !== undefined) sum += parseStat(stat).cpuS;
  }
  return sum;
}

/** Resident memory of the processes together, MB. Pages that they share count for each. */
export async function residentMb(processIds: readonly number[]): Promise<number> {
  let sum = 0;
  for (const processId of processIds) sum += parseResidentMb((await readUnlessGone(`/proc/${processId}/status`)) ?? '');
  return sum;
}

/** The processes themselves and all their living descendants, without those (and below those) whose command matches `except`. */
export async function withDescendants(roots: readonly number[], except = /^$/): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = new Map<number, ProcessTimes>();
  for (const processId of all) {
    const stat = await readUnlessGone(`/proc/${processId}/stat`);
    if (stat !== undefined) stats.set(processId, parseStat(stat));
  }
  return descendantsIn(stats, roots, except);
}

/** The same on a table of processes. */
export function descendantsIn(
  stats: ReadonlyMap<number, ProcessTimes>,
  roots: readonly number[],
  except: RegExp,
): number[] {
  const found = roots.filter((root) => stats.has(root));
  for (const processId of found) {
    for (const [child, { parent, command }] of stats) {
      if (parent === processId && !except.test(command) && !found.includes(child)) found.push(child);
    }
  }
  return found;
}

/** Seconds that all processors together were busy since boot, from the first line of /proc/stat (proc(5)). */
export function parseBusySeconds(stat: string): number {
  const fields = (stat.split('\n')[0] ?? '').trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , interrupt = 0, softInterrupt = 0, stolen = 0] = fields;
  return (user + nice + system + interrupt + softInterrupt + stolen) / ticksPerSecond;
}

/** Busy seconds of the whole machine since boot. */
export async function machineBusySeconds(): Promise<number> {
  return parseBusySeconds(await readFile('/proc/stat', 'utf8'));
}
