/** Starts X servers and programs for the tests of this folder, and ends exactly those. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** First display number to try; set HANDRAIL_TEST_DISPLAY to keep out of the way of other servers. */
const FIRST_DISPLAY = Number(process.env['HANDRAIL_TEST_DISPLAY'] ?? 70);
const DISPLAYS_TO_TRY = 20;
const DEADLINE_MS = 10_000;

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export interface TestDisplay {
  /** ":70". */
  name: string;
  process: ChildProcess;
  /** More environment for programs on it. */
  env?: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** A reason to skip, or false: `test('…', { skip: missing('Xvfb') }, …)`. */
export function missing(...programs: string[]): string | false {
  const absent = programs.filter((program) => spawnSync('which', [program]).status !== 0);
  return absent.length > 0 ? `${absent.join(', ')} is not installed` : false;
}

/** `access` replaces "everybody may connect"; `prepare` runs before the server starts and gets the display's name. */
export function startXvfb(
  size = '1280x800',
  access: string[] = ['-ac'],
  prepare?: (name: string) => void,
): Promise<TestDisplay> {
  return startServer('Xvfb', (number) => {
    prepare?.(`:${number}`);
    return ['-screen', '0', `${size}x24`, ...access, '-nolisten', 'tcp'];
  });
}

/** An X server whose size can be changed by xrandr. */
export function startXvnc(size = '1280x800'): Promise<TestDisplay> {
  return startServer('Xvnc', (number) => [
    ...['-geometry', size, '-depth', '24', '-SecurityTypes', 'None', '-localhost', '-nolisten', 'tcp'],
    ...['-rfbport', String(5900 + number)],
  ]);
}

/** A display inside a window at the corner of another: input given to `outer` is the hand at the device of the inner one. */
export function startXephyr(outer: TestDisplay, size = '800x600'): Promise<TestDisplay> {
  return startServer('Xephyr', () => ['-screen', size, '-ac', '-nolisten', 'tcp'], outer.name);
}

async function startServer(program: string, args: (number: number) => string[], outer?: string): Promise<TestDisplay> {
  for (let number = FIRST_DISPLAY; number < FIRST_DISPLAY + DISPLAYS_TO_TRY; number++) {
    const env = { ...process.env, ...(outer === undefined ? {} : { DISPLAY: outer }) };
    const argv = [`:${number}`, '-displayfd', '3', '-noreset', ...args(number)];
    const child = spawn(program, argv, { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    children.add(child);
    child.once('exit', () => children.delete(child));
    if (await isReady(child)) return { name: `:${number}`, process: child, stop: () => stopChild(child) };
  }
  throw new Error(`${program} does not start on any of ${DISPLAYS_TO_TRY} displays from :${FIRST_DISPLAY} on`);
}

/** The server writes its number to descriptor 3 when it takes connections; it exits when the display is taken. */
async function isReady(child: ChildProcess): Promise<boolean> {
  // The fourth entry of `stdio` is a pipe that the server writes to.
  const pipe = child.stdio[3] as Readable;
  return Promise.race([once(pipe, 'data').then(() => true), once(child, 'exit').then(() => false)]);
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Starts a program on a display; its standard output is collected. */
export function startProgram(
  display: TestDisplay,
  program: string,
  args: string[],
): ChildProcess & { output(): string } {
  const quiet = { LC_ALL: 'C.UTF-8', GTK_MODULES: '', NO_AT_BRIDGE: '1' };
  const env = { ...process.env, DISPLAY: display.name, ...quiet, ...display.env };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return Object.assign(child, { output: () => Buffer.concat(chunks).toString('utf8') });
}

/** Runs a program to its end on a display. */
export async function runProgram(display: TestDisplay, program: string, args: string[]): Promise<void> {
  const [code] = await once(startProgram(display, program, args), 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}`);
}

/** Waits until `read` gives a value other than undefined; fails after 10 s with what was waited for. */
export async function eventually<T>(what: string, read: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const giveUpAt = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > giveUpAt) throw new Error(`waited in vain for ${what}`);
    await pause(15);
  }
}

/** A folder that is removed when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-x11-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
