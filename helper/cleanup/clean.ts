/**
 * What a helper that was killed together with its guardian left: its programs, its folder, its file, keys that it held, and
 * the desktop's accessibility switched on.
 */
import { openConsentWindow, untilClosed } from '../consent/consent.window.ts';
import { systemLanguage } from '../explain.ts';
import { log } from '../log.ts';
import { openFolderCheck, openProcessTable } from '../platform/host.ts';
import { openDisplayGuard } from '../platform/open.ts';
import { undoSwitchOn } from './accessibility.ts';
import { endPrograms } from './programs.ts';
import { removeLeftOvers, type Removal } from './removal.ts';
import { findLeftOvers } from './run-folder.ts';

export interface Cleaned extends Removal {
  /** Numbers of programs that were ended. */
  programs: number[];
}

/** Removes it all, and says what it was. */
export async function cleanUp(): Promise<Cleaned> {
  const found = findLeftOvers(await openProcessTable(), { isTrusted: await openFolderCheck() });
  const programs: number[] = [];
  for (const { folder } of found) {
    programs.push(...(await endPrograms(folder)));
    await undoSwitchOn(folder);
  }
  const removal = removeLeftOvers(found);
  // Whoever was killed may have held keys down; without left-overs nobody was.
  if (found.length > 0) await releaseHeldKeys();
  for (const path of removal.removed) log('helper.removed', { path });
  for (const { path, reason } of removal.kept) log('helper.not-removed', { path, reason });
  return { ...removal, programs };
}

const SHOWN_MS = 60_000;

/** For whoever started the clean-up: on the terminal, and in a window where there can be one. */
export async function tellCleaned({ removed, kept, programs }: Cleaned, profileRoot: string): Promise<void> {
  for (const path of removed) console.log(`removed ${path}`);
  for (const { path, reason } of kept) console.log(`could not remove ${path}: ${reason}`);
  if (programs.length > 0) console.log(`ended ${programs.length} programs that were still running`);
  if (removed.length + kept.length + programs.length === 0) console.log('nothing was left behind');
  try {
    const window = await openConsentWindow({ language: systemLanguage(), profileRoot, onError: () => undefined });
    const reasons = kept.map(({ path, reason }) => `${path} (${reason})`);
    window.show({ step: 'cleaned', removed, kept: reasons, programs: programs.length });
    await untilClosed(window, SHOWN_MS);
    await window.close();
  } catch (cause) {
    // No browser or no display: the terminal has it.
    log('helper.no-window', { cause: String(cause) });
  }
}

async function releaseHeldKeys(): Promise<void> {
  try {
    const display = await openDisplayGuard({ announce: () => Promise.resolve(), onError: () => undefined });
    await display.releaseInjectedInput();
    await display.close();
  } catch (cause) {
    // No display here: nothing can be held on it.
    log('input.not-released', { cause: String(cause) });
  }
}
