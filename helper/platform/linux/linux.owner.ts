/** Who is behind a window, and whether it is busy. */
import { readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ResExtension } from 'x11';
import { XRequestError } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** Windows inside windows are at most this deep. */
const MAX_DEPTH = 16;
/** GetInputFocus: None and PointerRoot are no windows. */
const POINTER_ROOT = 1;

/**
 * The process at the other end of a window's connection, from the server's own check of the socket and not from a property
 * that the program could set. Undefined for programs on other computers and for windows that are gone.
 */
export async function pidOfWindow(
  x: XConnection,
  res: ResExtension | undefined,
  wid: number,
): Promise<number | undefined> {
  if (!res || res.major < 1 || (res.major === 1 && res.minor < 2)) return undefined;
  const mask = res.ClientIdMask.LocalClientPID;
  try {
    const ids = await x.ask<{ value: number[] }[]>((done) => res.QueryClientIds([{ client: wid, mask }], done));
    return ids[0]?.value[0];
  } catch (error) {
    if (error instanceof XRequestError) return undefined;
    throw error;
  }
}

/** What the kernel puts behind the path of a program whose file was replaced or removed since, by an update for instance. */
const REMOVED = ' (deleted)';

/**
 * The program file of a process; undefined for processes of other users and those that have ended. Read anew each time,
 * since a process may go on as another program with the same windows; reading a link of /proc waits for no disk.
 */
export function executableOf(pid: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`);
    return path.endsWith(REMOVED) ? path.slice(0, -REMOVED.length) : path;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // ENOENT, EACCES
    throw error;
  }
}

/** The process that gets the keys now: that of the focus, or of the window under the pointer where no window has it. */
export async function pidOfKeyTarget(x: XConnection, res: ResExtension | undefined): Promise<number | undefined> {
  const { focus } = await x.ask<{ focus: number }>((done) => x.client.GetInputFocus(done));
  const wid = focus > POINTER_ROOT && focus !== x.root ? focus : await windowUnderPointer(x);
  return pidOfWindow(x, res, wid);
}

async function windowUnderPointer(x: XConnection): Promise<number> {
  let at = x.root;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { child } = await x.ask<{ child: number }>((done) => x.client.QueryPointer(at, done));
    if (child === 0) break;
    at = child;
  }
  return at;
}

/** True while the main thread of a process waits for something; undefined when that cannot be seen. */
export async function isProcessWaiting(pid: number): Promise<boolean | undefined> {
  try {
    // proc(5): the state is the first field after the name, which may itself contain anything but ends at the last ")".
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('S');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // ENOENT, EACCES
    throw error;
  }
}

export interface SettleLimits {
  minMs: number;
  maxMs: number;
}

const SAMPLE_MS = 15;
const SAMPLES = 3;

/**
 * Waits until a process has most likely handled what was sent to it: a process with unread events is runnable and not
 * waiting, however busy the computer is. A process that never rests is given `maxMs`.
 */
export async function waitUntilSettled(
  pid: number | undefined,
  { minMs, maxMs }: SettleLimits,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  await wait(minMs);
  let quiet = 0;
  for (let waited = minMs; waited < maxMs && quiet < SAMPLES; waited += SAMPLE_MS) {
    quiet = pid !== undefined && (await isProcessWaiting(pid)) === true ? quiet + 1 : 0;
    await wait(SAMPLE_MS);
  }
}
