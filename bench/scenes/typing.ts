/** Someone types twelve characters a second in a terminal. */
import { setTimeout as delay } from 'node:timers/promises';
import { sceneCode } from '../painters/layout.ts';
import { memoryOf, ratesOf, readCounters } from '../sampling.ts';
import type { Scene } from './scene.ts';

export const typing: Scene = {
  name: 'typing',
  measure: async (stage) => {
    const painter = await stage.paint({ kind: 'terminal', size: 'desk', text: 'typing' });
    const { open, observer } = await stage.viewer();
    await observer.watch({ code: sceneCode });
    await observer.firstFrame(({ counter }) => counter === painter.sceneCounter);
    painter.run();
    await delay(stage.effort.warmUpMs);
    const rates = ratesOf(await readCounters(open, stage.effort.runMs));
    return [...rates, ...(await memoryOf(open))];
  },
};
