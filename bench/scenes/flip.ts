/** A window changes its colour when clicked: how long until the person who clicked sees it. */
import { setTimeout as delay } from 'node:timers/promises';
import { flipWindows, sceneCode } from '../painters/layout.ts';
import type { FlipSize } from '../painters/layout.ts';
import type { Point } from '../subject.ts';
import { pointAt } from './scene.ts';
import type { Scene, SceneStage } from './scene.ts';

/** Pauses between clicks, in ms: prime, so that clicks fall everywhere in the frames of viewer and product. */
const pausesMs = [307, 353, 401, 331, 373];
const settleMs = 700;

async function measureFlips(stage: SceneStage, size: FlipSize): Promise<number[]> {
  const painter = await stage.paint({ kind: 'flip', size });
  const { observer } = await stage.viewer();
  await observer.watch({ code: sceneCode });
  await observer.firstFrame(({ counter }) => counter === painter.sceneCounter);
  return await measureClicks(stage, flipWindows[size]);
}

/** On a window that the viewer shows already. */
export async function measureClicks(
  stage: SceneStage,
  { pointer, watched }: { pointer: Point; watched: Point },
): Promise<number[]> {
  const { open, observer } = await stage.viewer();
  await observer.watch({ pixel: watched });
  await pointAt(open, pointer);
  await delay(settleMs);
  const samples: number[] = [];
  for (let index = -stage.effort.warmUpFlips; index < stage.effort.flips; index += 1) {
    const elapsedMs = await observer.clickToPicture();
    if (index >= 0) samples.push(elapsedMs);
    await delay(pausesMs[Math.abs(index) % pausesMs.length]);
  }
  return samples;
}

export const flip: Scene = {
  name: 'flip',
  measure: async (stage) => [
    { metric: 'click_to_picture', unit: 'ms', samples: await measureFlips(stage, 'full') },
    { metric: 'click_to_picture_small', unit: 'ms', samples: await measureFlips(stage, 'small') },
  ],
};
