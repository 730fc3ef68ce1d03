/** Whether this helper can be given an administrator's rights, or has them. */
import { basename } from 'node:path';
import { namesServer } from '../../address.ts';
import { isElevatedRun } from '../../elevation/elevated.run.ts';
import { toWide, winLibrary } from './win32.ts';
import { integrityOf, isAboveShell } from './win32.integrity.ts';
import { readToken } from './win32.token.ts';

export type Elevation = 'impossible' | 'possible' | 'elevated';

/** TOKEN_ELEVATION_TYPE: a person's only token, or the greater or smaller one of two. */
export const TOKEN = { only: 1, full: 2, limited: 3 } as const;

/** HKEY_LOCAL_MACHINE, sign-extended as the headers of Windows do. */
const LOCAL_MACHINE = -0x7ffffffe;
const RRF_RT_REG_DWORD = 0x10;
const POLICIES = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System';

interface Advapi32 {
  RegGetValueW(
    ...args: [key: number, path: Buffer, name: Buffer, kinds: number, kind: null, value: Buffer, bytes: number[]]
  ): number;
}

const advapi32 = winLibrary<Advapi32>('advapi32', {
  RegGetValueW:
    'int32_t RegGetValueW(intptr_t key, void *path, void *name, uint32_t kinds, void *kind, void *value, _Inout_ uint32_t *bytes)',
});

/**
 * - `elevated`: the sharer has restarted it so, or started it as an administrator in the first place.
 * - `possible`: it is packaged, so that there is a file to start again, whose name says where to go, since nothing else is
 *   trusted then, and Windows would ask (`wouldAsk`).
 * - `impossible`: everything else.
 *
 * `ownFile` is the file that was started; undefined when run from source.
 */
export function elevationState(ownFile: string | undefined): Elevation {
  if (isElevatedRun() || (integrityOf(process.pid) !== undefined && isAboveShell(process.pid))) return 'elevated';
  if (ownFile === undefined || !namesServer(basename(ownFile))) return 'impossible';
  const type = readToken(process.pid, 'elevationType')?.readUInt32LE();
  const isElevated = readToken(process.pid, 'elevation')?.readUInt32LE() !== 0;
  return wouldAsk({ type, isElevated, lua: policy('EnableLUA'), forUsers: policy('ConsentPromptBehaviorUser') })
    ? 'possible'
    : 'impossible';
}

export interface Rights {
  /** One of `TOKEN`. */
  type: number | undefined;
  /** Whether they are an administrator's already. */
  isElevated: boolean;
  /** Policy `EnableLUA`: 0 switches User Account Control off. */
  lua: number | undefined;
  /** Policy `ConsentPromptBehaviorUser`: 0 refuses without a question. */
  forUsers: number | undefined;
}

/** Whether User Account Control has more to give than a program has, and lets its person say so. */
export function wouldAsk({ type, isElevated, lua, forUsers }: Rights): boolean {
  switch (type) {
    case TOKEN.limited: // an administrator, who is asked
    case TOKEN.full: // below the shell, which then has them too; and everything under Wine
      return true;
    case TOKEN.only: // no administrator, who is asked for one's password; or one who is never asked
      return !isElevated && lua !== 0 && forUsers !== 0;
    default:
      return false;
  }
}

/** Undefined where nothing was set, and Windows does what it does by itself. */
function policy(name: string): number | undefined {
  const value = Buffer.alloc(4);
  const [path, as] = [toWide(POLICIES), RRF_RT_REG_DWORD];
  const error = advapi32.RegGetValueW(LOCAL_MACHINE, path, toWide(name), as, null, value, [value.length]);
  return error === 0 ? value.readUInt32LE() : undefined;
}
