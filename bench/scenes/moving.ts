/** What the two scenes with a time code in each frame have in common: frames seen, their age, and what they cost. */
import { setTimeout as delay } from 'node:timers/promises';
import { frameAgeMs } from '../barcode.ts';
import type { CodeArea } from '../barcode.ts';
import { distinctFrames } from '../observer.ts';
import type { SeenFrame } from '../observer.ts';
import type { Painter } from '../painters/start-painter.ts';
import type { Series } from '../rows.ts';
import { memoryOf, paintedRate, perSecond, ratesOf, readCounters } from '../sampling.ts';
import type { SceneStage } from './scene.ts';

/** A strip must be at most this old to belong to the scene that runs now. */
const freshMs = 20_000;

/** Runs the painted scene and measures its frames; leaves it running. */
export async function measureMovement(
  stage: SceneStage,
  painter: Pick<Painter, 'run'>,
  code: CodeArea,
): Promise<Series[]> {
  const { open, observer } = await stage.viewer();
  await observer.watch({ code });
  painter.run();
  await observer.firstFrame((frame) => Math.abs(frameAgeMs(frame, frame.atMs)) < freshMs);
  await delay(stage.effort.warmUpMs);
  await observer.seenFrames();
  const readings = await readCounters(open, stage.effort.runMs);
  const frames = distinctFrames(await observer.seenFrames());
  const fromMs = readings[0]?.atMs ?? 0;
  const toMs = readings.at(-1)?.atMs ?? 0;
  return [
    {
      metric: 'delivered_rate',
      unit: 'frames/s',
      samples: perSecond(
        frames.map(({ atMs }) => atMs),
        { fromMs, toMs },
      ),
    },
    { metric: 'delivered_mean', unit: 'frames/s', samples: [meanRate(frames, { fromMs, toMs })] },
    { metric: 'painted_mean', unit: 'frames/s', samples: [paintedRate(frames)] },
    { metric: 'frame_age', unit: 'ms', samples: frames.map((frame) => frameAgeMs(frame, frame.atMs)) },
    ...ratesOf(readings),
    ...(await memoryOf(open)),
  ];
}

function meanRate(frames: readonly SeenFrame[], { fromMs, toMs }: { fromMs: number; toMs: number }): number {
  const inside = frames.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return (1000 * inside.length) / (toMs - fromMs);
}
