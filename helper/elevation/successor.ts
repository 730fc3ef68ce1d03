/** Starts this program once more with administrator rights, and waits until it has come in. */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseHelperFileName } from '../address.ts';
import type { HelperAddress } from '../enrol/enrol.ts';
import type { OwnFile } from '../executable.ts';
import { startElevated } from '../platform/open.ts';
import { openDoor, type ToSuccessor } from './door.ts';
import { ELEVATED_ARGUMENT } from './elevated.run.ts';

export interface Successor {
  line: ToSuccessor;
  /** Its end, and that of its launcher: from then on the file that was started can be removed. */
  exited: Promise<void>;
}

/** From the person's yes to Windows' question; unpacking is in it. */
const COMES_WITHIN_MS = 60_000;

/** Rejects when the person or the system does not allow it, or nobody comes. */
export async function startSuccessor(own: OwnFile | undefined, address: HelperAddress): Promise<Successor> {
  const path = own?.path;
  if (own === undefined || path === undefined)
    throw new Error('only the packaged program, where it was started, can be started again');
  // It goes nowhere but to the server of its name.
  if (!isSameServer(parseHelperFileName(basename(path)), address))
    throw new Error('the name of the file names another server');
  const door = await openDoor();
  try {
    const { exited } = await startElevated({ ...own, path }, [ELEVATED_ARGUMENT, door.place, door.secret]);
    const line = await Promise.race([
      door.entered,
      exited.then(() => Promise.reject(new Error('it has ended before it came in'))),
      sleep(COMES_WITHIN_MS, undefined, { ref: false }).then(() =>
        Promise.reject(new Error(`it has not come in within ${COMES_WITHIN_MS} ms`)),
      ),
    ]);
    return { line, exited };
  } finally {
    door.close();
  }
}

export function isSameServer(a: Omit<HelperAddress, 'token'>, b: Omit<HelperAddress, 'token'>): boolean {
  return a.host === b.host && a.port === b.port && a.caFingerprint.toLowerCase() === b.caFingerprint.toLowerCase();
}
