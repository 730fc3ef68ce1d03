/** What a helper that was killed together with its guardian left: its programs, its folder, its file, keys that it held. */
import { log } from '../log.ts';
import { openDisplayGuard } from '../platform/open.ts';
import { endPrograms } from './programs.ts';
import { removeLeftOvers, type Removal } from './removal.ts';
import { findLeftOvers } from './run-folder.ts';

export interface Cleaned extends Removal {
  /** Numbers of programs that were ended. */
  programs: number[];
}

/** Removes it all, and says what it was. */
export async function cleanUp(): Promise<Cleaned> {
  const found = findLeftOvers();
  const programs: number[] = [];
  for (const { folder } of found) programs.push(...(await endPrograms(folder)));
  const removal = removeLeftOvers(found);
  // Whoever was killed may have held keys down; without left-overs nobody was.
  if (found.length > 0) await releaseHeldKeys();
  for (const path of removal.removed) log('helper.removed', { path });
  for (const { path, reason } of removal.kept) log('helper.not-removed', { path, reason });
  return { ...removal, programs };
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
