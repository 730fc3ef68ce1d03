/**
 * The observer inside the viewer page, the same for every subject. Once per animation frame, before the page paints, it
 * reads a few pixels back from the viewer's canvas: what the canvas holds then is what this frame shows. It decides
 * nothing; bits and times go to the bench, which decodes them.
 *
 * `observePage` runs in the browser from its own source text: it must not refer to anything outside itself.
 */
import type { CodeArea } from './barcode.ts';

/** What to look at, in pixels of the canvas's bitmap. */
export interface Watch {
  canvasSelector: string;
  code?: CodeArea & { rows: number };
  /** The pixel whose change a click waits for. */
  pixel?: { x: number; y: number };
}

/** A strip as it appeared for the first time: its bits and when, milliseconds since the epoch. */
export interface Sighting {
  bits: string;
  atMs: number;
}

/** Part of the picture together with the strip that was painted with it. Luma (BT.601, full range), one byte a pixel, base64. */
export interface Snapshot extends Sighting {
  luma: string;
}

export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface SnapshotOptions {
  count: number;
  everyNewCode?: number;
  /** Stops waiting for more after this time. */
  timeoutMs: number;
}

/** What the bench calls in the page. */
export interface PageObserver {
  watch(watch: Watch): void;
  /** Hands over the sightings since the last call. */
  takeSightings(): Sighting[];
  /** Waits for the next pointer press from now on. */
  armClick(timeoutMs: number): void;
  /** Milliseconds from that press to the first animation frame with a changed pixel. */
  clickResult(): Promise<number>;
  /** Keeps the region of `count` animation frames, all or every `everyNewCode`-th with a new strip; gives how many. */
  snapshots(region: Region, options: SnapshotOptions): Promise<number>;
  /** The luma of one kept snapshot; the last one taken frees them all. */
  takeSnapshot(index: number): Snapshot;
  /** Animation frames and the time spent reading back, to know the observer's own weight. */
  weight(): { frames: number; readBackMs: number };
}

declare global {
  interface Window {
    handrailBench?: PageObserver;
  }
}

export function observePage(initial: Watch): void {
  const changedLuma = 48;
  const keptSightings = 20_000;
  const probe = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!probe) throw new Error('no 2d canvas');
  probe.imageSmoothingEnabled = false;

  let watched = initial;
  let canvas: HTMLCanvasElement | null = null;
  let sightings: Sighting[] = [];
  let lastBits = '';
  let pixelLuma = -1;
  let clicked: Promise<number> | undefined;
  let click: { pressedAt: number; baseline: number; finish(ms: number): void } | undefined;
  let wanted: (SnapshotOptions & { region: Region; finish(count: number): void }) | undefined;
  let newCodes = 0;
  let kept: { bits: string; atMs: number; image: ImageData }[] = [];
  let frames = 0;
  let readBackMs = 0;

  const lumaAt = (rgba: Uint8ClampedArray, at: number): number =>
    0.299 * (rgba[at] ?? 0) + 0.587 * (rgba[at + 1] ?? 0) + 0.114 * (rgba[at + 2] ?? 0);

  /** Draws part of the viewer's canvas into a small one, one pixel for every `step` source pixels, sampled at the centre. */
  const readBack = (
    source: HTMLCanvasElement,
    area: Region,
    cells: { columns: number; rows: number },
  ): Uint8ClampedArray => {
    if (probe.canvas.width !== cells.columns || probe.canvas.height !== cells.rows) {
      probe.canvas.width = cells.columns;
      probe.canvas.height = cells.rows;
      probe.imageSmoothingEnabled = false;
    }
    probe.clearRect(0, 0, cells.columns, cells.rows);
    probe.drawImage(source, area.x, area.y, area.width, area.height, 0, 0, cells.columns, cells.rows);
    return probe.getImageData(0, 0, cells.columns, cells.rows).data;
  };

  const readCode = (source: HTMLCanvasElement, code: CodeArea & { rows: number }): string => {
    const { x, y, columns, rows } = code;
    const rgba = readBack(
      source,
      { x, y, width: columns * code.cellWidth, height: rows * code.cellHeight },
      { columns, rows },
    );
    let bits = '';
    for (let at = 0; at < rgba.length; at += 4) bits += lumaAt(rgba, at) > 127 ? '1' : '0';
    return bits;
  };

  const keepSnapshot = (source: HTMLCanvasElement, sighting: Sighting, isNew: boolean): void => {
    if (!wanted) return;
    if (isNew) newCodes += 1;
    if (wanted.everyNewCode !== undefined && (!isNew || newCodes % wanted.everyNewCode !== 0)) return;
    const { x, y, width, height } = wanted.region;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!copy) throw new Error('no 2d canvas');
    copy.drawImage(source, x, y, width, height, 0, 0, width, height);
    kept.push({ ...sighting, image: copy.getImageData(0, 0, width, height) });
    if (kept.length < wanted.count) return;
    wanted.finish(kept.length);
    wanted = undefined;
  };

  const lookAtPixel = (source: HTMLCanvasElement, pixel: { x: number; y: number }, now: number): void => {
    pixelLuma = lumaAt(readBack(source, { ...pixel, width: 1, height: 1 }, { columns: 1, rows: 1 }), 0);
    if (!click || click.pressedAt < 0 || Math.abs(pixelLuma - click.baseline) <= changedLuma) return;
    click.finish(now - click.pressedAt);
    click = undefined;
  };

  const lookAtCode = (source: HTMLCanvasElement, code: CodeArea & { rows: number }, now: number): void => {
    const sighting = { bits: readCode(source, code), atMs: performance.timeOrigin + now };
    const isNew = sighting.bits !== lastBits;
    if (isNew && sightings.length < keptSightings) sightings.push(sighting);
    lastBits = sighting.bits;
    keepSnapshot(source, sighting, isNew);
  };

  const look = (): void => {
    requestAnimationFrame(look);
    if (!canvas?.isConnected) canvas = document.querySelector<HTMLCanvasElement>(watched.canvasSelector);
    if (!canvas || canvas.width === 0 || canvas.height === 0) return;
    const now = performance.now();
    frames += 1;
    if (watched.pixel) lookAtPixel(canvas, watched.pixel, now);
    if (watched.code) lookAtCode(canvas, watched.code, now);
    readBackMs += performance.now() - now;
  };
  requestAnimationFrame(look);

  // Capture on the window comes before every listener of the viewer: this is when the event reaches the page.
  window.addEventListener(
    'pointerdown',
    () => {
      if (click && click.pressedAt < 0) {
        click.pressedAt = performance.now();
        click.baseline = pixelLuma;
      }
    },
    { capture: true },
  );

  window.handrailBench = {
    watch: (next) => {
      watched = next;
      canvas = null;
      lastBits = '';
      sightings = [];
    },
    takeSightings: () => {
      const taken = sightings;
      sightings = [];
      return taken;
    },
    armClick: (timeoutMs) => {
      clicked = new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          click = undefined;
          reject(new Error(`no changed pixel within ${timeoutMs} ms after a press`));
        }, timeoutMs);
        click = {
          pressedAt: -1,
          baseline: 0,
          finish: (ms) => {
            clearTimeout(timer);
            resolve(ms);
          },
        };
      });
    },
    clickResult: async () => await (clicked ?? Promise.reject(new Error('no click was armed'))),
    snapshots: (region, options) =>
      new Promise((resolve) => {
        kept = [];
        const timer = setTimeout(() => {
          wanted = undefined;
          resolve(kept.length);
        }, options.timeoutMs);
        const finish = (count: number): void => {
          clearTimeout(timer);
          resolve(count);
        };
        wanted = { region, ...options, finish };
      }),
    takeSnapshot: (index) => {
      const snapshot = kept[index];
      if (!snapshot) throw new Error(`there is no snapshot ${index}`);
      const luma = new Uint8Array(snapshot.image.width * snapshot.image.height);
      for (let pixel = 0; pixel < luma.length; pixel += 1)
        luma[pixel] = Math.round(lumaAt(snapshot.image.data, pixel * 4));
      let binary = '';
      const chunk = 0x8000;
      for (let at = 0; at < luma.length; at += chunk) binary += String.fromCharCode(...luma.subarray(at, at + chunk));
      if (index === kept.length - 1) kept = [];
      return { bits: snapshot.bits, atMs: snapshot.atMs, luma: btoa(binary) };
    },
    weight: () => ({ frames, readBackMs }),
  };
}
