/** The folder into which the launcher for Windows (ops/package/launcher/launcher.windows.c) unpacked the program. */
import { win32 } from 'node:path';
import { isSea } from 'node:sea';

/** How every private folder of a run is called. */
export const RUN_PREFIX = 'handrail-run-';

/**
 * The launcher empties it when the program has ended. What is loaded from there cannot be removed earlier. Undefined
 * elsewhere.
 */
export function launcherFolder(): string | undefined {
  const folder = win32.dirname(process.execPath);
  return process.platform === 'win32' && isSea() && win32.basename(folder).startsWith(RUN_PREFIX) ? folder : undefined;
}
