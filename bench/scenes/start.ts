/** From the act that starts the picture to the first frame painted with it. */
import type { Scene } from './scene.ts';

export const start: Scene = {
  name: 'start',
  measure: async (stage) => {
    const painter = await stage.paint({ kind: 'terminal', size: 'desk', text: 'still' });
    const samples: number[] = [];
    // The first opening also starts the product and fills its caches; it is the warm-up.
    for (let opening = 0; opening <= stage.effort.starts; opening += 1) {
      const { open, observer } = await stage.reopen();
      const frame = await observer.firstFrame(({ counter }) => counter === painter.sceneCounter);
      if (opening > 0) samples.push(frame.atMs - open.startedAtMs);
    }
    return [{ metric: 'first_picture', unit: 'ms', samples }];
  },
};
