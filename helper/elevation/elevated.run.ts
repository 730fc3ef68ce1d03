/**
 * Whether this program runs with an administrator's rights because the sharer said so. It then keeps away from all that
 * programs without those rights could have put somewhere: files to load, and folders to clear up.
 *
 * Where the launcher unpacked the program is the one truth, for every process of the run alike: nobody else can put a
 * program there. Arguments and environment can say what they want.
 */
import { win32 } from 'node:path';
import { launcherFolder } from '../cleanup/launcher.folder.ts';

/** First argument of the file when it is started with those rights; the launcher looks for it as well. */
export const ELEVATED_ARGUMENT = '--elevated';
/** How the launcher calls its folder then, in the `Temp` of the Windows folder. */
const ELEVATED_PREFIX = 'handrail-run-elevated-';

export function isElevatedRun(): boolean {
  return elevatedRoot() !== undefined;
}

/** Where an elevated run makes its private folders, and looks for those of earlier ones. Undefined for any other run. */
export function elevatedRoot(launcher: string | undefined = launcherFolder()): string | undefined {
  if (launcher === undefined || !win32.basename(launcher).startsWith(ELEVATED_PREFIX)) return undefined;
  return win32.dirname(launcher);
}
