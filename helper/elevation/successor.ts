/** Starts this program once more with administrator rights, and waits until it has come in. */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseHelperFileName } from '../address.ts';
import type { HelperAddress } from '../enrol/enrol.ts';
import type { OwnFile } from '../executable.ts';
import { startElevated } from '../platform/open.ts';
import type { ProgramFile, StartedProgram } from '../platform/platform.ts';
import { openDoor, type ToSuccessor } from './door.ts';
import { ELEVATED_ARGUMENT } from './elevated.run.ts';

export interface Successor {
  line: ToSuccessor;
  /** Its end, and that of its launcher: from then on the file that was started can be removed. */
  exited: Promise<void>;
}

export interface Succession {
  /** Rejects when the person or the system does not allow it, or nobody comes. */
  ready: Promise<Successor>;
  /** Resolves when it has ended; at once while Windows still asks: what is started then finds nobody, and ends. */
  dismiss(): Promise<void>;
}

/** For its end: its launcher waits until Windows lets go of the files. */
export const GONE_WITHIN_MS = 30_000;
/** From the person's yes to Windows' question; unpacking is in it. */
const COMES_WITHIN_MS = 60_000;

export function startSuccessor(own: OwnFile | undefined, address: HelperAddress): Succession {
  let started: StartedProgram | undefined;
  const [dismissed, opening] = [Promise.withResolvers<never>(), openDoor()];
  dismissed.promise.catch(() => undefined);
  const come = async (): Promise<Successor> => {
    const door = await opening;
    try {
      started = await startElevated(fileToStart(own, address), [ELEVATED_ARGUMENT, door.place, door.secret]);
      const { exited } = started;
      const line = await Promise.race([
        door.entered,
        dismissed.promise,
        exited.then(() => Promise.reject(new Error('it has ended before it came in'))),
        sleep(COMES_WITHIN_MS, undefined, { ref: false }).then(() =>
          Promise.reject(new Error(`it has not come in within ${COMES_WITHIN_MS} ms`)),
        ),
      ]);
      return { line, exited };
    } finally {
      door.close();
    }
  };
  const ready = come();
  return {
    ready,
    dismiss: async () => {
      dismissed.reject(new Error('it is not wanted any more'));
      (await opening).close();
      if (started === undefined) return;
      ready.then(({ line }) => line.destroy()).catch(() => undefined);
      await started.exited;
    },
  };
}

/** Throws when there is none, or one that would go elsewhere: it goes nowhere but to the server of its name. */
function fileToStart(own: OwnFile | undefined, address: HelperAddress): ProgramFile {
  const path = own?.path;
  if (own === undefined || path === undefined)
    throw new Error('only the packaged program, where it was started, can be started again');
  if (!isSameServer(parseHelperFileName(basename(path)), address))
    throw new Error('the name of the file names another server');
  return { ...own, path };
}

export function isSameServer(a: Omit<HelperAddress, 'token'>, b: Omit<HelperAddress, 'token'>): boolean {
  return a.host === b.host && a.port === b.port && a.caFingerprint.toLowerCase() === b.caFingerprint.toLowerCase();
}
