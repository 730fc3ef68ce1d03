/** A scene, its encoder and a viewer that sees every frame, all in one process. */
import assert from 'node:assert/strict';
import type { PictureFrame } from '../../../protocol/picture.ts';
import { PictureEncoder, type EncodedPicture } from '../picture.encoder.ts';
import type { Rect } from '../rects.ts';
import { ReferenceViewer } from './reference.viewer.ts';
import { Scene } from './scene.ts';

export const INK = { ink: 0xe0e0e0, paper: 0x101418 };
export const MASK_COLOUR = 0x30343b;

export class Loopback {
  readonly scene: Scene;
  readonly encoder = new PictureEncoder({ maskColour: MASK_COLOUR });
  readonly viewer = new ReferenceViewer();
  now = 1000;
  last: PictureFrame | undefined;

  constructor(width: number, height: number, seed = 1) {
    this.scene = new Scene(width, height, seed);
    this.scene.fill({ x: 0, y: 0, width, height }, 0x203040);
  }

  /** Encodes what the scene shows now, a thirtieth of a second later. */
  async shoot(): Promise<PictureFrame | undefined> {
    this.now += 33;
    return this.#show(await this.encoder.encode(this.scene.picture(), this.now));
  }

  async refine(budgetBytes = 1 << 22): Promise<PictureFrame | undefined> {
    return this.#show(await this.encoder.refine(budgetBytes, this.now));
  }

  /** Lets time pass until viewers lack nothing, and returns how long that took. */
  async rest(budgetBytes = 1 << 18): Promise<number> {
    const start = this.now;
    for (let at = this.encoder.nextRefineAt(this.now); at !== undefined; at = this.encoder.nextRefineAt(this.now)) {
      this.now = Math.max(this.now + 5, at);
      await this.refine(budgetBytes);
      assert.ok(this.now < start + 60_000, 'refining never ends');
    }
    return this.now - start;
  }

  kinds(): string[] {
    return this.last?.regions.map(({ kind }) => kind) ?? [];
  }

  close(): void {
    this.encoder.close();
    this.viewer.close();
  }

  #show(encoded: EncodedPicture | undefined): PictureFrame | undefined {
    this.last = encoded && this.viewer.paint(encoded.payload);
    return this.last;
  }
}

export async function withLoopback(size: [number, number], run: (loopback: Loopback) => Promise<void>): Promise<void> {
  const loopback = new Loopback(...size);
  try {
    await run(loopback);
  } finally {
    loopback.close();
  }
}

/** Paints an area in one of several ways that lead to different regions. */
export function daub(scene: Scene, area: Rect, { how, seed }: { how: string; seed: number }): void {
  if (how === 'fill') return scene.fill(area, seed & 0xffffff);
  if (how === 'scroll') return scene.scrollUp(area, 1 + (seed % area.height));
  const steps = how === 'noise' ? 0xffffff : 0x07;
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) {
      scene.words[y * scene.width + x] =
        (Math.imul(Math.imul(x * 31 + y * 1009 + seed * 7919, 0x9e3779b1) ^ y, 0x85ebca6b) >>> 8) & steps;
    }
  }
  scene.damaged(area);
}
