/** What the kernel tells of processes (proc(5)), read synchronously: it is asked before a remote key is pressed. */
import { readFileSync, readdirSync } from 'node:fs';

export interface LinuxProcess {
  pid: number;
  /** The first 15 bytes of the program's name, or what the program calls itself ("tmux: server"). */
  name: string;
  parent: number;
  /** Process group: one command line of a shell. */
  group: number;
  session: number;
  /** N of the /dev/pts/N that controls it, undefined when none or another kind of terminal does. */
  pty: number | undefined;
  /** Group that has the terminal now. */
  foreground: number;
}

/** Major device number of /dev/pts/*, Linux include/uapi/linux/major.h. */
const PTY_MAJOR = 136;

/** Undefined for a process that has ended or must not be seen. */
export function readProcess(pid: number): LinuxProcess | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name may itself contain anything but ends at the last ")".
  const nameEnd = stat.lastIndexOf(')');
  const fields = stat
    .slice(nameEnd + 2)
    .split(' ', 6)
    .map(Number);
  const [, parent = 0, group = 0, session = 0, device = 0, foreground = 0] = fields;
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    parent,
    group,
    session,
    pty: ptyOf(device),
    foreground,
  };
}

export function listProcesses(): LinuxProcess[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

/** What the main thread of a process has started and what still runs of it. */
export function childrenOf(pid: number): number[] {
  const children = readProc(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children.split(' ').filter(Boolean).map(Number);
}

/** The words of its command line; empty when it must not be seen. */
export function commandLineOf(pid: number): string[] {
  return (readProc(`/proc/${pid}/cmdline`) ?? '').split('\0');
}

function readProc(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // ENOENT, EACCES, ESRCH
    throw error;
  }
}

/** proc(5): the minor number is in bits 31 to 20 and 7 to 0, the major one in between. */
function ptyOf(device: number): number | undefined {
  return ((device >> 8) & 0xfff) === PTY_MAJOR ? (device & 0xff) | ((device >>> 12) & 0xfff00) : undefined;
}
