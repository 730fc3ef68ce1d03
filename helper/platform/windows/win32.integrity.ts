/**
 * How far Windows trusts a program: its integrity level (Mandatory Integrity Control). Input that one program sends to
 * another of a higher level is dropped without a word (User Interface Privilege Isolation).
 */
import { isElevatedRun } from '../../elevation/elevated.run.ts';
import { winLibrary } from './win32.ts';
import { readToken } from './win32.token.ts';
import { threadAndPidOf } from './win32.windows.ts';

/** SID: revision, count of its parts, six bytes of authority, then the parts, the last of which is the level. */
const SID_AT = { count: 1, parts: 8 } as const;
/** TOKEN_MANDATORY_LABEL: where the SID is, its attributes, and behind them the SID itself. */
const LABEL_SID = 16;

const user32 = winLibrary<{ GetShellWindow(): number }>('user32', { GetShellWindow: 'intptr_t GetShellWindow()' });

/** SECURITY_MANDATORY_MEDIUM_RID: of what a person starts without more rights. */
const MEDIUM = 0x2000;

/** The level of the program that shows desktop and task bar, and starts all others: what counts as ordinary. */
export class ShellLevel {
  #pid: number | undefined;
  #lowest: number | undefined;

  /**
   * The lowest so far, `otherwise` where there was no shell at first: neither ending it nor starting it again with more
   * rights may change what is ordinary.
   */
  read(pid: number | undefined, levelOf: (pid: number) => number | undefined, otherwise: () => number): number {
    const level = pid === undefined || pid === this.#pid ? undefined : levelOf(pid);
    if (level !== undefined) this.#pid = pid;
    this.#lowest = level === undefined ? (this.#lowest ?? otherwise()) : Math.min(level, this.#lowest ?? level);
    return this.#lowest;
  }
}

/** What counts as ordinary where no shell was seen: what this program may by itself, and no more than most may. */
export function withoutShell(own: number | undefined, isElevated: boolean): number {
  return own === undefined || isElevated ? Math.min(MEDIUM, own ?? MEDIUM) : own;
}

const shell = new ShellLevel();

/**
 * Whether a program has more rights than those that a person starts by a double click. One that we may not even look at is
 * taken to have more.
 */
export function isAboveShell(pid: number): boolean {
  const { pid: shellPid } = threadAndPidOf(user32.GetShellWindow());
  const ordinary = shell.read(shellPid, integrityOf, () => withoutShell(integrityOf(process.pid), isElevatedRun()));
  return isHigher(integrityOf(pid), ordinary);
}

/** A level that is not known counts as the higher one. */
export function isHigher(level: number | undefined, ordinary: number): boolean {
  return level === undefined || level > ordinary;
}

/** Undefined where Windows does not say: the program is not ours to look at. */
export function integrityOf(pid: number): number | undefined {
  const label = readToken(pid, 'integrityLevel');
  return label === undefined ? undefined : levelIn(label.subarray(LABEL_SID));
}

/** The last part of a SID. */
function levelIn(sid: Buffer): number {
  return sid.readUInt32LE(SID_AT.parts + 4 * (sid.readUInt8(SID_AT.count) - 1));
}
