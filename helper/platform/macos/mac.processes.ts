/** The file behind a process, as the kernel vouches for it. libproc.h. */
import { macLibrary } from './frameworks.ts';

/** PROC_PIDPATHINFO_MAXSIZE: four times MAXPATHLEN. */
const MAX_BYTES = 4 * 1024;

const system = macLibrary<{ proc_pidpath(pid: number, into: Uint8Array, bytes: number): number }>('System', {
  proc_pidpath: 'int proc_pidpath(int pid, void *into, uint32_t bytes)',
});

/** Undefined when it is gone, or the kernel does not say. */
export function executableOf(pid: number): string | undefined {
  const path = Buffer.alloc(MAX_BYTES);
  const length = system.proc_pidpath(pid, path, path.length);
  return length > 0 ? path.toString('utf8', 0, length) : undefined;
}
