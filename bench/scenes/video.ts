/** Footage of 1280x720 at 30 frames/s: how many frames arrive, how old, how good. */
import { open } from 'node:fs/promises';
import { footageFrames, footageSize } from '../painters/footage.ts';
import { videoCode, videoRegion, videoWindow } from '../painters/layout.ts';
import { lumaOf, psnr } from '../picture-quality.ts';
import { measureMovement } from './moving.ts';
import type { Scene } from './scene.ts';

const frameBytes = footageSize.width * footageSize.height * 4;
/** The compared part, in pixels of the footage. */
const comparedPart = { ...videoRegion, x: videoRegion.x - videoWindow.x, y: videoRegion.y - videoWindow.y };

/** One of so many new frames is compared, so that looking closely does not slow the viewer down. */
const spacing = 7;
/** A viewer that shows nothing new must not hold up the bench. */
const lookingMs = 20_000;

/** The luma of the footage that a counter names. */
async function sourceLuma(footage: string, counter: number): Promise<Uint8Array> {
  const file = await open(footage);
  const pixels = Buffer.alloc(frameBytes);
  await file.read(pixels, 0, frameBytes, (counter % footageFrames) * frameBytes);
  await file.close();
  return lumaOf({ pixels, width: footageSize.width }, comparedPart);
}

export const video: Scene = {
  name: 'video',
  measure: async (stage) => {
    const painter = await stage.paint({ kind: 'video', footage: stage.footage });
    const movement = await measureMovement(stage, painter, videoCode);
    const { observer } = await stage.viewer();
    const pictures = observer.pictures(videoRegion, {
      count: stage.effort.pictures,
      everyNewCode: spacing,
      timeoutMs: lookingMs,
    });
    const samples: number[] = [];
    for (const { luma, counter } of await pictures) samples.push(psnr(luma, await sourceLuma(stage.footage, counter)));
    return [...movement, { metric: 'psnr', unit: 'dB', samples }];
  },
};
