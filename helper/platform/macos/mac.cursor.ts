/**
 * Shape and position of the mouse pointer. macOS tells neither to a program in the background, so it is asked: after each
 * input that the tap hears, and at a steady pace for what programs do. The shape is that which macOS shows, whichever
 * program has set it; NSCursor.h calls the question deprecated and names no other one that gives the shape.
 */
import type { CursorListeners } from '../looking.capture.ts';
import type { CursorShape } from '../platform.ts';
import { Bitmap } from './bitmaps.ts';
import { toStraightRgba } from './cursor.pixels.ts';
import type { EventTap } from './event.tap.ts';
import type { Ref } from './frameworks.ts';
import { displayMap } from './mac.screens.ts';
import { classOf, pooled, send } from './objc.ts';
import { pointerPlace } from './posted.events.ts';

const LOOK_EVERY_MS = 33;
/** Reading the shape is work. */
const SHAPE_EVERY_MS = 100;
/** Larger ones are magnified for the local eye. */
const MAX_POINTS = 128;

/** Watches while somebody listens. */
export class MacCursor {
  readonly #tap: EventTap;
  readonly #onError: (error: unknown) => void;
  readonly #stopListening: () => void;
  readonly #listeners = new Set<CursorListeners>();
  #timer: NodeJS.Timeout | undefined;
  #place: { x: number; y: number } | undefined;
  #shape: CursorShape | undefined;
  #shapeReadAt = -Infinity;

  constructor(tap: EventTap, onError: (error: unknown) => void) {
    this.#tap = tap;
    this.#onError = onError;
    this.#stopListening = tap.listen(({ kind }) => {
      if (kind === 'pointer') setImmediate(() => this.#look());
    });
  }

  /** The listener hears the present shape and position soon, then every change. */
  listen(listeners: CursorListeners): () => void {
    this.#listeners.add(listeners);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    setImmediate(() => {
      this.#look();
      if (!this.#listeners.has(listeners)) return;
      if (this.#shape) listeners.onShape(this.#shape);
      if (this.#place) listeners.onMove(this.#place.x, this.#place.y, !this.#tap.isPointerInjected());
    });
    return () => {
      this.#listeners.delete(listeners);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  close(): void {
    this.#stopListening();
    this.#listeners.clear();
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#listeners.size === 0) return;
    try {
      this.#notePlace();
      const now = performance.now();
      if (now - this.#shapeReadAt < SHAPE_EVERY_MS) return;
      this.#shapeReadAt = now;
      this.#noteShape(pooled(() => readShape(displayMap().mainScale())));
    } catch (error) {
      this.#onError(error);
    }
  }

  #notePlace(): void {
    const place = displayMap().toPixel(pointerPlace());
    if (place.x === this.#place?.x && place.y === this.#place.y) return;
    this.#place = place;
    const isLocal = !this.#tap.isPointerInjected();
    for (const { onMove } of this.#listeners) onMove(place.x, place.y, isLocal);
  }

  #noteShape(drawn: Omit<CursorShape, 'serial'> | undefined): void {
    if (drawn === undefined || isSameShape(drawn, this.#shape)) return;
    this.#shape = { serial: (this.#shape?.serial ?? 0) + 1, ...drawn };
    for (const { onShape } of this.#listeners) onShape(this.#shape);
  }
}

function isSameShape(a: Omit<CursorShape, 'serial'>, b: CursorShape | undefined): boolean {
  if (b === undefined || a.width !== b.width || a.height !== b.height) return false;
  return a.hotspotX === b.hotspotX && a.hotspotY === b.hotspotY && Buffer.compare(a.rgba, b.rgba) === 0;
}

function readShape(scale: number): Omit<CursorShape, 'serial'> | undefined {
  const cursors = classOf('AppKit', 'NSCursor');
  const cursor = send('void *', cursors, 'currentSystemCursor') ?? send('void *', cursors, 'arrowCursor');
  const image = send('void *', cursor, 'image');
  const size = send('CGSize', image, 'size');
  if (!(size.width > 0 && size.height > 0 && size.width <= MAX_POINTS && size.height <= MAX_POINTS)) return undefined;
  // The best of its pictures for this place; without a place, that of the screen it is on.
  const drawn: Ref = send(
    'void *',
    image,
    'CGImageForProposedRect:context:hints:',
    ['void *', null],
    ['void *', null],
    ['void *', null],
  );
  if (drawn === null) return undefined;
  const pixels = { width: Math.ceil(size.width * scale), height: Math.ceil(size.height * scale) };
  const bitmap = new Bitmap(pixels, 'premultiplied');
  try {
    bitmap.drawNow(drawn);
    const hotspot = send('CGPoint', cursor, 'hotSpot');
    return {
      ...pixels,
      hotspotX: Math.min(pixels.width - 1, Math.max(0, Math.round(hotspot.x * scale))),
      hotspotY: Math.min(pixels.height - 1, Math.max(0, Math.round(hotspot.y * scale))),
      rgba: toStraightRgba(bitmap.bytes),
    };
  } finally {
    bitmap.close();
  }
}
