/** Rates from counters: what was used per second between two readings. */
import { setTimeout as delay } from 'node:timers/promises';
import { counterRange, frameAgeMs } from './barcode.ts';
import type { SeenFrame } from './observer.ts';
import type { Series } from './rows.ts';
import { cpuSeconds, residentMb } from './processes.ts';
import type { OpenViewer } from './subject.ts';

/** A reading of everything that grows while a scene runs. `atMs` is milliseconds since the epoch. */
export interface Reading {
  atMs: number;
  bytesToViewer: number;
  captureCpuS: number;
  serverCpuS: number;
}

/** Seconds between two readings: CPU time comes in steps of 10 ms, so 0.4 % of a core over this time. */
const readingPeriodMs = 2500;

async function read(viewer: OpenViewer): Promise<Reading> {
  const { capture, server } = await viewer.processIds();
  const bytesToViewer = viewer.toViewer.bytes();
  const atMs = performance.timeOrigin + performance.now();
  return { atMs, bytesToViewer, captureCpuS: await cpuSeconds(capture), serverCpuS: await cpuSeconds(server) };
}

/** Reads the counters at a steady pace for a while, at both ends as well. */
export async function readCounters(viewer: OpenViewer, durationMs: number): Promise<Reading[]> {
  const readings = [await read(viewer)];
  const steps = Math.max(1, Math.round(durationMs / readingPeriodMs));
  const start = performance.now();
  for (let step = 1; step <= steps; step += 1) {
    await delay(start + (step * durationMs) / steps - performance.now());
    readings.push(await read(viewer));
  }
  return readings;
}

/** The traffic and CPU between each two readings as rates. */
export function ratesOf(readings: readonly Reading[]): Series[] {
  const rate = (amount: (reading: Reading) => number): number[] =>
    readings.slice(1).map((reading, index) => {
      const before = readings[index] ?? reading;
      return (1000 * (amount(reading) - amount(before))) / (reading.atMs - before.atMs);
    });
  const first = readings[0];
  const last = readings.at(-1);
  const whole = first && last ? ratesBetween(first, last) : [];
  return [
    { metric: 'to_viewer_rate', unit: 'kbit/s', samples: rate(({ bytesToViewer }) => (bytesToViewer * 8) / 1000) },
    ...whole,
    { metric: 'cpu', unit: '%', samples: rate(({ captureCpuS }) => captureCpuS * 100) },
    { metric: 'server_cpu', unit: '%', samples: rate(({ serverCpuS }) => serverCpuS * 100) },
  ];
}

/** The mean over the whole time, which a median of mostly silent periods would hide. */
function ratesBetween(first: Reading, last: Reading): Series[] {
  const kilobits = ((last.bytesToViewer - first.bytesToViewer) * 8) / 1000;
  return [{ metric: 'to_viewer_mean', unit: 'kbit/s', samples: [(1000 * kilobits) / (last.atMs - first.atMs)] }];
}

/** Memory of the product's processes now. */
export async function memoryOf(viewer: OpenViewer): Promise<Series[]> {
  const { capture, server } = await viewer.processIds();
  return [
    { metric: 'rss', unit: 'MB', samples: [await residentMb(capture)] },
    { metric: 'server_rss', unit: 'MB', samples: [await residentMb(server)] },
  ];
}

/** Frames painted per second, delivered or not: by the counters of the first and the last that were seen, and their own times. */
export function paintedRate(frames: readonly SeenFrame[]): number {
  const first = frames[0];
  const last = frames.at(-1);
  if (!first || !last) return Number.NaN;
  const painted = (last.counter - first.counter + counterRange) % counterRange;
  return (1000 * painted) / frameAgeMs(first, last.timeMs);
}

/** Counts per full second of a period, both in milliseconds since the epoch; a last part of a second is left out. */
export function perSecond(timesMs: readonly number[], period: { fromMs: number; toMs: number }): number[] {
  const counts = new Array<number>(Math.floor((period.toMs - period.fromMs) / 1000)).fill(0);
  for (const time of timesMs) {
    const second = Math.floor((time - period.fromMs) / 1000);
    const count = counts[second];
    if (count !== undefined) counts[second] = count + 1;
  }
  return counts;
}
