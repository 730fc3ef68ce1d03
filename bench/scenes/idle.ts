/** A desktop on which nothing changes: what watching it costs. */
import { setTimeout as delay } from 'node:timers/promises';
import { sceneCode } from '../painters/layout.ts';
import { memoryOf, ratesOf, readCounters } from '../sampling.ts';
import type { Scene } from './scene.ts';

export const idle: Scene = {
  name: 'idle',
  measure: async (stage) => {
    const painter = await stage.paint({ kind: 'terminal', size: 'desk', text: 'still' });
    const { open, observer } = await stage.viewer();
    await observer.watch({ code: sceneCode });
    await observer.firstFrame(({ counter }) => counter === painter.sceneCounter);
    await delay(stage.effort.warmUpMs);
    const rates = ratesOf(await readCounters(open, stage.effort.idleMs));
    return [...rates, ...(await memoryOf(open))];
  },
};
