/**
 * A run switches the desktop's accessibility on for as long as it lasts. It says so in its folder before, so that whoever
 * clears up after it, and be it the next start, switches it off again.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { log } from '../log.ts';
import { switchAccessibilityOff } from '../platform/open.ts';

const NOTE = 'accessibility-was-off';

export function noteSwitchOn(folder: string): void {
  writeFileSync(join(folder, NOTE), '', { mode: 0o600 });
}

/** To be called while the folder is still there. */
export async function undoSwitchOn(folder: string): Promise<void> {
  if (!existsSync(join(folder, NOTE))) return;
  try {
    await switchAccessibilityOff();
  } catch (cause) {
    // The bus does not answer any more: there is nobody who could switch it off.
    log('accessibility.not-switched-off', { cause: String(cause) });
  }
}
