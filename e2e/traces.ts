/** What a helper has on the desktop's computer: processes and files. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DBusConnection } from '../helper/platform/linux/dbus.connection.ts';
import type { Desktop } from './desktop.ts';
import { eventually } from './processes.ts';

export interface HelperProcesses {
  guardian: number;
  worker: number;
}

/** The two processes of the helper that was started as `pid`, once both are there. */
export async function helperProcesses(guardian: number): Promise<HelperProcesses> {
  const worker = await eventually('the worker', () => workerOf(guardian));
  return { guardian, worker };
}

export function hasWorker(guardian: number): boolean {
  return workerOf(guardian) !== undefined;
}

function workerOf(guardian: number): number | undefined {
  return childrenOf(guardian).find((pid) => argumentsOf(pid).includes('--worker'));
}

function childrenOf(parent: number): number[] {
  return processes().filter((pid) => parentOf(pid) === parent);
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function argumentsOf(pid: number): string[] {
  return readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
}

/** Empty for a process that has ended. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Processes of the helper and of its browser on that desktop, as `number arguments`. */
export function helperPrograms(desktop: Desktop): string[] {
  const mark = join(desktop.home, 'tmp', 'handrail-run-');
  return processes()
    .map((pid) => ({ pid, line: argumentsOf(pid).join(' ') }))
    .filter(({ pid, line }) => line.includes(mark) && !isZombie(pid))
    .map(({ pid, line }) => `${pid} ${line.slice(0, 120)}`);
}

function isZombie(pid: number): boolean {
  return / Z /.test(readOrEmpty(`/proc/${pid}/stat`).replace(/^.*\)/s, ''));
}

/** Whether programs on the desktop report what they show. It needs a session bus. */
export async function isAccessible(desktop: Desktop): Promise<boolean> {
  const session = await DBusConnection.connect(desktop.env()['DBUS_SESSION_BUS_ADDRESS'] ?? '');
  const bus = { destination: 'org.a11y.Bus', path: '/org/a11y/bus', interface: 'org.freedesktop.DBus.Properties' };
  const asked = { ...bus, member: 'Get', signature: 'ss', body: ['org.a11y.Status', 'IsEnabled'] };
  // The bus starts what answers.
  const [answer] = await session.call(asked, 10_000);
  session.close();
  return isDeepStrictEqual(answer, { signature: 'b', value: true });
}

/** Of the test's own wrapper, and of the session bus and what it starts. */
const NOT_THE_HELPERS = /^(bin|run\/(at-spi|dbus-1|dconf)|\.config(\/dconf)?)(\/|$)/;

/** Every other file and folder, relative to the home folder. */
export function filesOn(desktop: Desktop): string[] {
  return readdirSync(desktop.home, { recursive: true })
    .map(String)
    .filter((name) => !NOT_THE_HELPERS.test(name))
    .sort();
}
