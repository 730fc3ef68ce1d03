/** What a helper has on the desktop's computer: processes and files. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
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

/** Every file and folder below that is not the test's own wrapper, relative to the home folder. */
export function filesOn(desktop: Desktop): string[] {
  return readdirSync(desktop.home, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith('bin'))
    .sort();
}
