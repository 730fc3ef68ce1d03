/** Other work on the machine: waited for before a scene, and reported after it. */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, machineBusySeconds, withDescendants } from './processes.ts';

/** The machine counts as quiet when others keep less than this share of one core busy. */
const quietPercent = 15;
const tryMs = 700;

export interface OtherWork {
  /** What processes that are not the bench's have used since the start, in percent of one core. */
  percent(): Promise<number>;
}

async function othersCpuS(): Promise<number> {
  return (await machineBusySeconds()) - (await cpuSeconds(await withDescendants([process.pid])));
}

/** Starts counting what others use. */
export async function watchOthers(): Promise<OtherWork> {
  const before = await othersCpuS();
  const startedAt = performance.now();
  return {
    percent: async () => {
      const used = (await othersCpuS()) - before;
      return Math.max(0, Math.round((100_000 * used) / (performance.now() - startedAt)));
    },
  };
}

/** Waits until others leave the machine alone, but not for longer than `tries` looks. */
export async function waitForQuiet(tries: number): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const others = await watchOthers();
    await delay(tryMs);
    if ((await others.percent()) < quietPercent) return;
  }
}
