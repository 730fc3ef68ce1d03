/**
 * Whether a terminal window reads a password: its pseudo terminal takes lines and shows nothing of them, or a program that
 * is known to ask reads key by key without echo. All pseudo terminals are looked at first, which takes some microseconds
 * each; only of one that reads a password it is then found out whose window it is in.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { TerminalEcho } from '../platform.ts';
import { asksKeyByKey, foregroundOf } from './linux.password-programs.ts';
import { listProcesses, readProcess } from './linux.processes.ts';
import type { LinuxProcess } from './linux.processes.ts';
import { readTerminalMode } from './linux.termios.ts';

const POLL_MS = 40;
/** A pseudo terminal is there a moment before the program that will use it. */
const YOUNG_MS = 2_000;
const SEARCH_INTERVAL_MS = 1_000;
/** Processes of one program between its window and the terminals it holds, and terminals in terminals. */
const MAX_ANCESTORS = 8;
const MAX_NESTING = 4;

/**
 * Programs that show terminals of a server of theirs, which lives on without them. Which client shows which terminal only
 * they know, so that every client counts as showing all.
 */
const MULTIPLEXER = /^(tmux|screen|zellij|dtach|abduco)\b/i;
/** It keeps echo off in the terminals of the shells it runs and shows what is typed by itself. */
const SHOWS_BY_ITSELF = /^emacs/;

export function openLinuxTerminalEcho(): TerminalEcho {
  return new LinuxTerminalEcho();
}

class LinuxTerminalEcho implements TerminalEcho {
  readonly #terminals = new UsedTerminals();
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastReading = '';

  readsPassword(pid: number): boolean {
    const terminals = this.#terminals.list();
    return terminals.filter(isReadingPassword).some((terminal) => isShownBy(terminal, { pid, terminals, nesting: 0 }));
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
    if (this.#timer !== undefined) return;
    this.#lastReading = this.#reading();
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #poll(): void {
    const reading = this.#reading();
    if (reading === this.#lastReading) return;
    this.#lastReading = reading;
    for (const listener of this.#listeners) listener();
  }

  #reading(): string {
    const reading = this.#terminals.list().filter(isReadingPassword);
    return reading.map(({ pty, leader }) => `${pty}:${leader.pid}`).join();
  }
}

/** A pseudo terminal and the leader of its session, most often a shell. */
interface UsedTerminal {
  pty: number;
  leader: LinuxProcess;
}

/** Pseudo terminals that have a session: nobody reads from others, and those must not be opened. */
class UsedTerminals {
  readonly #leaders = new Map<number, number>();
  /** For those without a leader: when they were first seen, and when it is looked for again. */
  readonly #searches = new Map<number, { since: number; nextAt: number }>();

  list(): UsedTerminal[] {
    const ptys = listPtys();
    this.#forgetAllBut(new Set(ptys));
    const leaders = new Map(ptys.map((pty) => [pty, this.#knownLeader(pty)]));
    const now = performance.now();
    const isDue = ptys.some((pty) => leaders.get(pty) === undefined && this.#isSearchDue(pty, now));
    if (isDue) {
      for (const process of listProcesses()) {
        if (process.pty !== undefined && process.pid === process.session) leaders.set(process.pty, process);
      }
    }
    return ptys.flatMap((pty) => {
      const leader = leaders.get(pty);
      if (leader === undefined) return [];
      this.#leaders.set(pty, leader.pid);
      this.#searches.delete(pty);
      return [{ pty, leader }];
    });
  }

  #knownLeader(pty: number): LinuxProcess | undefined {
    const pid = this.#leaders.get(pty);
    const process = pid === undefined ? undefined : readProcess(pid);
    return process?.pty === pty ? process : undefined;
  }

  #isSearchDue(pty: number, now: number): boolean {
    const search = this.#searches.get(pty) ?? { since: now, nextAt: now };
    if (now < search.nextAt) return false;
    const nextAt = now - search.since < YOUNG_MS ? now : now + SEARCH_INTERVAL_MS;
    this.#searches.set(pty, { ...search, nextAt });
    return true;
  }

  #forgetAllBut(ptys: ReadonlySet<number>): void {
    for (const known of [this.#leaders, this.#searches])
      for (const pty of known.keys()) if (!ptys.has(pty)) known.delete(pty);
  }
}

function listPtys(): number[] {
  return readdirSync('/dev/pts').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
}

function isReadingPassword({ pty, leader }: UsedTerminal): boolean {
  const mode = readTerminalMode(pty);
  if (mode?.isEchoing) return false;
  if (mode?.isByLine) return !SHOWS_BY_ITSELF.test(readProcess(leader.parent)?.name ?? '');
  return asksKeyByKey(foregroundOf(leader.foreground), mode);
}

interface Question {
  /** Process behind the window. */
  pid: number;
  terminals: readonly UsedTerminal[];
  nesting: number;
}

function isShownBy({ pty, leader }: UsedTerminal, question: Question): boolean {
  // Some windows have the shell started by another process and hold its terminal all the same.
  if (holdsMaster(question.pid, pty)) return true;
  const holder = readProcess(leader.parent);
  if (holder === undefined || holder.pid <= 1) return false;
  const family = familyOf(holder);
  if (family !== undefined) return isShownByClient(family, question);
  if (isHandedThrough(holder)) return isNestedShownBy(holder.pty, question);
  return isPartOf(holder, question.pid);
}

function isShownByClient(family: string, question: Question): boolean {
  return question.terminals.some(({ pty, leader }) => {
    const isClient = foregroundOf(leader.foreground).some((process) => familyOf(process) === family);
    return isClient && isNestedShownBy(pty, question);
  });
}

function familyOf({ name }: LinuxProcess): string | undefined {
  return MULTIPLEXER.exec(name)?.[1]?.toLowerCase();
}

function isNestedShownBy(pty: number, question: Question): boolean {
  const terminal = question.terminals.find((candidate) => candidate.pty === pty);
  const nesting = question.nesting + 1;
  return terminal !== undefined && nesting <= MAX_NESTING && isShownBy(terminal, { ...question, nesting });
}

/** sudo and script show the inner terminal in the one they are in, and leave all work on it to the inner one. */
function isHandedThrough(holder: LinuxProcess): holder is LinuxProcess & { pty: number } {
  if (holder.pty === undefined || holder.foreground !== holder.group) return false;
  const mode = readTerminalMode(holder.pty);
  return mode !== undefined && !mode.isEchoing && !mode.isByLine && !mode.isPostprocessed;
}

/** Is it the window's process, or one that this has started of itself, as browsers and editors do? */
function isPartOf(holder: LinuxProcess, windowPid: number): boolean {
  let process: LinuxProcess | undefined = holder;
  const executable = executableOf(holder.pid);
  for (let i = 0; i < MAX_ANCESTORS && process !== undefined; i++) {
    if (process.pid === windowPid) return true;
    process = readProcess(process.parent);
    if (executable === undefined || process === undefined || executableOf(process.pid) !== executable) return false;
  }
  return false;
}

/** Does it hold the other end of that pseudo terminal? The kernel tells for processes of the same user. */
function holdsMaster(pid: number, pty: number): boolean {
  return readOrNone(() => readdirSync(`/proc/${pid}/fd`), []).some((descriptor) => {
    if (!readOrNone(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`), '').endsWith('/ptmx')) return false;
    const description = readOrNone(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'), '');
    return /^tty-index:\s*(\d+)$/m.exec(description)?.[1] === String(pty);
  });
}

function executableOf(pid: number): string | undefined {
  return readOrNone<string | undefined>(() => readlinkSync(`/proc/${pid}/exe`), undefined);
}

/** Processes end and close files between two looks. */
function readOrNone<T>(read: () => T, none: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return none; // ENOENT, EACCES
    throw error;
  }
}
