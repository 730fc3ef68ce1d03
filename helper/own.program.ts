/** How this program is started once more. */
import { isSea } from 'node:sea';

/** First argument of a process that does nothing but say, as JSON, what the system does not allow it. */
export const PERMISSIONS_ARGUMENT = '--missing-permissions';

export function ownProgram(): { file: string; args: readonly string[] } {
  // The packaged program runs from a file without a name; the kernel still finds it by this one.
  const file = process.platform === 'linux' ? '/proc/self/exe' : process.execPath;
  return { file, args: isSea() ? [] : [process.argv[1] ?? ''] };
}
