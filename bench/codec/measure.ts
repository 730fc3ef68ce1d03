/**
 * Measures the picture codec without capture, sealing or network: what each scene costs to encode, to carry and to show,
 * as regions (what we do), as tiles alone and as video alone. `node bench/codec/measure.ts [scene …]`
 */
import { performance } from 'node:perf_hooks';
import { PictureEncoder } from '../../helper/pipeline/picture.encoder.ts';
import { mergeRects } from '../../helper/pipeline/rect.merging.ts';
import { ScreenStore } from '../../helper/pipeline/screen.store.ts';
import { Scene } from '../../helper/pipeline/testing/scene.ts';
import { TileEncoder } from '../../helper/pipeline/tile.encoder.ts';
import { VideoStream } from '../../helper/pipeline/video.stream.ts';
import { openVideoEncoder } from '../../helper/pipeline/video.encoder.ts';
import { encodePicture, type Region } from '../../protocol/picture.ts';
import type { Picture } from '../../helper/platform/platform.ts';
import { openBrowser, type Browser } from './browser.ts';

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 };
const INK = { ink: 0xe0e0e0, paper: 0x101418 };
const WINDOW = { x: 300, y: 200, width: 1001, height: 702 };
const FILM = { x: 320, y: 180, width: 1280, height: 720 };

interface SceneScript {
  perSecond: number;
  frames: number;
  draw(scene: Scene, frame: number): void;
}

const SCENES: Record<string, SceneScript> = {
  flip: { perSecond: 2, frames: 40, draw: (scene, frame) => scene.fill(SCREEN, frame % 2 ? 0x445566 : 0x99aabb) },
  window: {
    perSecond: 2,
    frames: 30,
    draw: (scene, frame) =>
      frame % 2 ? scene.textPage(WINDOW, { ink: 0x202020, paper: 0xffffff }) : scene.fill(WINDOW, 0x304050),
  },
  typing: {
    perSecond: 12,
    frames: 60,
    draw: (scene, frame) => scene.glyph({ x: 400 + frame * 6, y: 416 }, 1 + (frame % 90), INK),
  },
  scroll: {
    perSecond: 30,
    frames: 90,
    draw: (scene) => {
      scene.scrollUp({ ...SCREEN, height: 1079 }, 13);
      scene.textLine({ ...SCREEN, y: 1066 }, INK);
      scene.damaged(SCREEN);
    },
  },
  video: { perSecond: 30, frames: 90, draw: (scene, frame) => scene.film(FILM, frame) },
};

/** One way to encode a picture. */
type Way = (picture: Picture, now: number) => Promise<Uint8Array | undefined>;

function frameOf(number: number, now: number, regions: Region[]): Uint8Array {
  const { width, height } = SCREEN;
  return encodePicture({ isKey: number === 0, width, height, number, capturedAtMs: now, regions });
}

function asRegions(): Way {
  const encoder = new PictureEncoder();
  return async (picture, now) => (await encoder.encode(picture, now))?.payload;
}

function asTiles(): Way {
  const store = new ScreenStore(SCREEN.width, SCREEN.height, 0);
  const tiles = new TileEncoder();
  let number = 0;
  return async (picture, now) => {
    const changes = store.compare(store.stage(picture));
    store.commit(changes);
    const regions = mergeRects(changes.rects()).flatMap((rect) => tiles.encode(store.truth, rect));
    return frameOf(number++, now, regions);
  };
}

function asVideo(): Way {
  const store = new ScreenStore(SCREEN.width, SCREEN.height, 0);
  const video = new VideoStream({ open: openVideoEncoder }, 5_000_000);
  let number = 0;
  return async (picture, now) => {
    store.commit(store.compare(store.stage(picture)));
    const region = await video.encode(store.truth, { coded: SCREEN, painted: SCREEN, overlaid: [] }, now);
    return frameOf(number++, now, [region]);
  };
}

const WAYS: Record<string, () => Way> = { regions: asRegions, tiles: asTiles, video: asVideo };

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  return [0, 0.5, 0.95].map((share) => quantile(values, share).toFixed(1)).join(' / ');
}

function mbit(bytes: readonly number[], perSecond: number): string {
  const mean = bytes.reduce((sum, size) => sum + size, 0) / bytes.length;
  return ((mean * 8 * perSecond) / 1e6).toFixed(3);
}

async function measure(browser: Browser, name: string, wayName: string): Promise<void> {
  const script = SCENES[name];
  const way = WAYS[wayName]?.();
  if (!script || !way) throw new Error(`no scene ${name}`);
  const scene = new Scene(SCREEN.width, SCREEN.height);
  scene.textPage(SCREEN, INK);
  await browser.open('page');
  const [encode, cpu, show, bytes]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let frame = -1; frame < script.frames; frame++) {
    if (frame >= 0) script.draw(scene, frame);
    const picture = scene.picture();
    const start = performance.now();
    const before = process.cpuUsage();
    const payload = await way(picture, 1000 + Math.round((frame * 1000) / script.perSecond));
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    if (!payload) continue;
    const [painted] = (await browser.show([payload])).painted;
    // The first quarter warms up compilers and the rate control on both sides.
    if (frame < script.frames / 4) continue;
    encode.push(ms);
    cpu.push((user + system) / 1000);
    bytes.push(payload.length);
    show.push(painted?.ms ?? Number.NaN);
  }
  const rate = mbit(bytes, script.perSecond);
  const columns = [name, wayName, spread(encode), spread(cpu), spread(show), Math.round(quantile(bytes, 0.5)), rate];
  console.log(`| ${columns.join(' | ')} |`);
}

/** From handing a flip over to the first animation frame that sees it. */
async function measurePhoton(browser: Browser, place: 'page' | 'worker'): Promise<void> {
  await browser.open(place);
  const scene = new Scene(SCREEN.width, SCREEN.height);
  const encode = asRegions();
  const times: number[] = [];
  scene.textPage(SCREEN, INK);
  await browser.show([(await encode(scene.picture(), 0)) ?? new Uint8Array()]);
  for (let flip = 0; flip < 40; flip++) {
    scene.fill(WINDOW, flip % 2 ? 0x304050 : 0xf0f0f0);
    const payload = await encode(scene.picture(), 1000 + flip * 500);
    if (payload) times.push(await browser.photon(payload, { x: 500, y: 400 }));
  }
  console.log(`| handed over to seen, ${place} | ${spread(times)} |`);
}

const wanted = process.argv.slice(2);
const browser = await openBrowser();
console.log(
  '| scene | way | encode ms min / p50 / p95 | processor ms | show ms | bytes p50 | Mbit/s |\n| --- | --- | --- | --- | --- | --- | --- |',
);
for (const name of Object.keys(SCENES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const way of Object.keys(WAYS)) await measure(browser, name, way);
}
for (const place of ['page', 'worker'] as const) await measurePhoton(browser, place);
await browser.close();
process.exit(0);
