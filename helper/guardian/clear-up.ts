/**
 * What is left to do when one of the helper's two processes died or was killed: the survivor ends its programs, removes
 * the files, leaves the desktop as it was, tells the relay, and tells the person.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { undoSwitchOn } from '../cleanup/accessibility.ts';
import { endPrograms } from '../cleanup/programs.ts';
import type { Language } from '../consent/consent.views.ts';
import type { Log } from '../log.ts';
import { openDisplayGuard } from '../platform/open.ts';
import type { Overlay } from '../platform/platform.ts';
import { RelayConnection, type DeviceEndpoint } from '../transport/relay.connection.ts';
import type { Workspace } from '../workspace.ts';
import type { Outcome } from './guardian.machine.ts';
import { lastWords } from './last.words.ts';

/** How long the banner says how it ended. */
const SHOWN_MS = 8000;
/** A relay that cannot be reached learns it from the silence. */
const TELL_WITHIN_MS = 3000;

export interface ClearUp {
  workspace: Pick<Workspace, 'folder' | 'remove'>;
  overlay: Overlay;
  outcome: Outcome;
  language: Language;
  /** How to reach the relay; undefined before enrolment. */
  endpoint: DeviceEndpoint | undefined;
  /** Aborted when the person does not want to read what happened. */
  signal: AbortSignal;
  log: Log;
}

/** Resolves when the person has closed the banner, or it has been there long enough. */
export async function clearUp({ workspace, outcome, endpoint, log, ...shownTo }: ClearUp): Promise<void> {
  log('helper.clearing-up', { outcome });
  shownTo.overlay.showBanner(lastWords(outcome, shownTo.language));
  const shown = untilRead(shownTo);
  const undone = undoSwitchOn(workspace.folder);
  const told = endpoint === undefined ? undefined : tellRelay(endpoint, outcome, log);
  await endPrograms(workspace.folder);
  workspace.remove();
  await Promise.all([shown, told, undone]);
}

/** The same for whoever has no display open: lets go of keys that are held, too. */
export async function clearUpAlone(about: Omit<ClearUp, 'overlay' | 'signal'>): Promise<void> {
  const display = await openDisplayGuard({
    announce: () => Promise.resolve(),
    onError: (error) => about.log('display.error', { message: error.message }),
  });
  try {
    const { overlay } = display;
    const read = new AbortController();
    overlay.onStop(() => read.abort());
    await display.releaseInjectedInput();
    await clearUp({ ...about, overlay, signal: read.signal });
  } finally {
    await display.close();
  }
}

/** The banner stays until it was there long enough or the signal says that the person has read it. */
export async function untilRead({ overlay, signal }: Pick<ClearUp, 'overlay' | 'signal'>): Promise<void> {
  // Cut short is as good as over.
  await sleep(SHOWN_MS, undefined, { signal }).catch(() => undefined);
  overlay.hideBanner();
}

async function tellRelay(endpoint: DeviceEndpoint, outcome: Outcome, log: Log): Promise<void> {
  const connection = new RelayConnection(endpoint);
  const timer = setTimeout(() => connection.close(), TELL_WITHIN_MS);
  try {
    connection.signal({ type: 'end', reason: outcome === 'stopped' ? 'sharer-stopped' : 'device-failed' });
    await connection.open();
  } catch (cause) {
    // The session may be over already, or the network gone: the relay has missed the worker in any case.
    log('relay.not-told', { cause: String(cause) });
  } finally {
    clearTimeout(timer);
    await connection.closeGently();
  }
}
