/** A full-screen terminal prints thirty lines a second, and the text stays when it stops. */
import { setTimeout as delay } from 'node:timers/promises';
import { scrollCode, textRegion } from '../painters/layout.ts';
import type { Painter } from '../painters/start-painter.ts';
import { XScreen } from '../painters/x-screen.ts';
import { lumaOf, psnr } from '../picture-quality.ts';
import type { Series } from '../rows.ts';
import { measureMovement } from './moving.ts';
import type { Scene, SceneStage } from './scene.ts';

/** From here on no coding error is visible in text, dB. */
const sharpDb = 42;
/** Frames that are looked at around the end of movement: a little more than a second. */
const framesWatched = 72;
/** A viewer that paints too slowly for that many is looked at for so long. */
const lookingMs = 4000;
const burstMs = 900;
const beforeStopMs = 80;

/** What the text looks like on the remote screen itself. */
async function sourceText(screen: XScreen): Promise<Uint8Array> {
  return lumaOf({ pixels: await screen.capture(textRegion), width: textRegion.width }, { ...textRegion, x: 0, y: 0 });
}

/**
 * Stops scrolling and finds the first painted frame from which on the text is sharp. When it never is, `sharpAfterMs` is
 * all the time that was watched, and `db` says how far it came.
 */
async function measureStop(
  stage: SceneStage,
  painter: Painter,
  screen: XScreen,
): Promise<{ sharpAfterMs: number; db: number }> {
  const { observer } = await stage.viewer();
  painter.run();
  await delay(burstMs);
  const watched = observer.pictures(textRegion, { count: framesWatched, timeoutMs: lookingMs });
  await delay(beforeStopMs);
  const lastChangeMs = await painter.pause();
  const pictures = await watched;
  const source = await sourceText(screen);
  const qualities = pictures.map(({ luma }) => psnr(luma, source));
  const lastBlurred = qualities.findLastIndex((db) => db < sharpDb);
  const firstSharp = pictures[lastBlurred + 1] ?? pictures.at(-1);
  return { sharpAfterMs: (firstSharp?.atMs ?? Number.NaN) - lastChangeMs, db: qualities.at(-1) ?? Number.NaN };
}

async function measureStops(stage: SceneStage, painter: Painter): Promise<Series[]> {
  const screen = await XScreen.connect(stage.display);
  const stops: Awaited<ReturnType<typeof measureStop>>[] = [];
  for (let stop = 0; stop < stage.effort.stops; stop += 1) stops.push(await measureStop(stage, painter, screen));
  screen.close();
  return [
    { metric: 'sharp_after', unit: 'ms', samples: stops.map(({ sharpAfterMs }) => sharpAfterMs) },
    { metric: 'text_psnr', unit: 'dB', samples: stops.map(({ db }) => db) },
  ];
}

export const scroll: Scene = {
  name: 'scroll',
  measure: async (stage) => {
    const painter = await stage.paint({ kind: 'terminal', size: 'full', text: 'scroll' });
    const movement = await measureMovement(stage, painter, scrollCode);
    return [...movement, ...(await measureStops(stage, painter))];
  },
};
