/** Footage at 30 frames/s. Every frame lies ready in the X server; showing it is one copy, so nobody sees half a frame. */
import { open } from 'node:fs/promises';
import { counterRange } from '../barcode.ts';
import { footageFrames, footageSize } from './footage.ts';
import { videoCode, videoWindow } from './layout.ts';
import { atPace } from './pace.ts';
import type { Pace } from './pace.ts';
import type { PaintedScene } from './painted-scene.ts';
import type { Drawable, XScreen } from './x-screen.ts';

const framesPerSecond = 30;
const stripInWindow = { ...videoCode, x: 0, y: 0 };

/** Uploads the frames of a file of BGRX pixels. */
async function upload(screen: XScreen, footage: string): Promise<Drawable[]> {
  const frames: Drawable[] = [];
  const file = await open(footage);
  const pixels = Buffer.alloc(footageSize.width * footageSize.height * 4);
  for (let index = 0; index < footageFrames; index += 1) {
    await file.read(pixels, 0, pixels.length);
    const pixmap = screen.createPixmap(footageSize);
    screen.putImage(pixmap, footageSize, pixels);
    await screen.settled();
    frames.push(pixmap);
  }
  await file.close();
  return frames;
}

export async function paintVideo(screen: XScreen, footage: string): Promise<PaintedScene> {
  const frames = await upload(screen, footage);
  const window = screen.openWindow(videoWindow, 0);
  let counter = 0;
  let lastChangeMs = 0;
  let pace: Pace | undefined;
  const show = (): void => {
    const frame = frames[counter % frames.length];
    if (frame === undefined) return;
    lastChangeMs = Date.now();
    screen.paintCode(frame, stripInWindow, { counter, timeMs: lastChangeMs });
    screen.copy(frame, window, footageSize);
    // A whole number of loops, so that a counter always names the same frame.
    counter = (counter + 1) % (Math.floor(counterRange / frames.length) * frames.length);
  };
  return {
    run: () => {
      pace ??= atPace(framesPerSecond, show);
    },
    pause: () => {
      pace?.stop();
      pace = undefined;
      return lastChangeMs;
    },
  };
}
