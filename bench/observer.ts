/** The bench's end of the observer in the viewer page. */
import type { BrowserContext, Page } from 'playwright-core';
import { codeBits, decodeFrameCode } from './barcode.ts';
import type { CodeArea, FrameCode } from './barcode.ts';
import { eventually } from './children.ts';
import { observePage } from './observer.page.ts';
import type { PageObserver, Region, Sighting, SnapshotOptions, Watch } from './observer.page.ts';
import type { Point } from './subject.ts';

/** A frame seen painted. */
export interface SeenFrame extends FrameCode {
  atMs: number;
}

/** A part of one painted frame. */
export interface SeenPicture extends SeenFrame {
  /** One byte a pixel, row by row. */
  luma: Uint8Array;
}

export interface Observer {
  watch(watch: { code?: CodeArea; pixel?: Point }): Promise<void>;
  /** Frames that appeared since the last call, in order of painting; unreadable strips are left out. */
  seenFrames(): Promise<SeenFrame[]>;
  /** Waits until a frame that `matches` has been painted. */
  firstFrame(matches: (frame: SeenFrame) => boolean, timeoutMs?: number): Promise<SeenFrame>;
  /** Presses the left button where the pointer is and measures until the watched pixel has changed, in ms. */
  clickToPicture(): Promise<number>;
  /** The region in some of the next frames, those with a readable strip. */
  pictures(region: Region, options: SnapshotOptions): Promise<SeenPicture[]>;
  /** Animation frames so far and what reading back took per frame. */
  weight(): Promise<{ frames: number; readBackMs: number }>;
}

/**
 * Installs the observer in every page of a context, before the page's own scripts, looking for `code` from the first
 * frame on: the first picture is seen even when it is there before the bench has asked for anything.
 */
export async function installObserver(context: BrowserContext, canvasSelector: string, code: CodeArea): Promise<void> {
  await context.addInitScript(observePage, toWatch(canvasSelector, { code }));
}

function toWatch(canvasSelector: string, { code, pixel }: { code?: CodeArea; pixel?: Point }): Watch {
  return {
    canvasSelector,
    ...(code && { code: { ...code, rows: codeBits / code.columns } }),
    ...(pixel && { pixel }),
  };
}

const clickTimeoutMs = 5000;

function decodeSightings(sightings: readonly Sighting[]): SeenFrame[] {
  return sightings.flatMap(({ bits, atMs }) => {
    const code = decodeFrameCode(bits);
    return code ? [{ ...code, atMs }] : [];
  });
}

/** Frames without those already seen: a viewer that shows an older frame again has delivered nothing new. */
export function distinctFrames(frames: readonly SeenFrame[]): SeenFrame[] {
  const known = new Set<number>();
  return frames.filter(({ counter }) => !known.has(counter) && known.add(counter));
}

/** The observer of a page whose context has it installed. */
export async function observerOf(page: Page, canvasSelector: string): Promise<Observer> {
  const observer = await page.evaluateHandle((): PageObserver => {
    if (!window.handrailBench) throw new Error('this page has no observer');
    return window.handrailBench;
  });
  const seenFrames = async (): Promise<SeenFrame[]> =>
    decodeSightings(await observer.evaluate((it) => it.takeSightings()));
  return {
    watch: async (watch) => await observer.evaluate((it, next) => it.watch(next), toWatch(canvasSelector, watch)),
    seenFrames,
    firstFrame: async (matches, timeoutMs = 20_000) =>
      await eventually('the picture in the viewer', async () => (await seenFrames()).find(matches), timeoutMs),
    clickToPicture: async () => {
      // The press travels past the page's script queue, so the page must be listening before it is sent.
      await observer.evaluate((it, timeoutMs) => it.armClick(timeoutMs), clickTimeoutMs);
      await page.mouse.down();
      await page.mouse.up();
      return await observer.evaluate(async (it) => await it.clickResult());
    },
    pictures: async (region, options) => {
      const count = await observer.evaluate((it, ask) => it.snapshots(ask.region, ask.options), { region, options });
      const pictures: SeenPicture[] = [];
      for (let index = 0; index < count; index += 1) {
        const { luma, ...sighting } = await observer.evaluate((it, at) => it.takeSnapshot(at), index);
        for (const frame of decodeSightings([sighting])) pictures.push({ ...frame, luma: Buffer.from(luma, 'base64') });
      }
      return pictures;
    },
    weight: async () => await observer.evaluate((it) => it.weight()),
  };
}
