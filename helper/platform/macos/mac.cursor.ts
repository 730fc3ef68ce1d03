/**
 * Shape and position of the mouse pointer. The shape is that which macOS shows, whichever program has set it; NSCursor.h
 * calls the question deprecated and names no other one that gives the shape.
 */
import type { CursorLook, DrawnCursor } from '../cursor.watch.ts';
import { Bitmap } from './bitmaps.ts';
import { toStraightRgba } from './cursor.pixels.ts';
import type { Ref } from './frameworks.ts';
import { displayMap } from './mac.screens.ts';
import { classOf, pooled, send } from './objc.ts';
import { pointerPlace } from './posted.events.ts';

/** Reading the shape is work. */
const SHAPE_EVERY_MS = 100;
/** Larger ones are magnified for the local eye. */
const MAX_POINTS = 128;

/** Remembers which shape was told last. */
export function openCursorLook(): () => CursorLook {
  let told: DrawnCursor | undefined;
  let readAt = -Infinity;
  const newShape = (): DrawnCursor | undefined => {
    const now = performance.now();
    if (now - readAt < SHAPE_EVERY_MS) return undefined;
    readAt = now;
    const drawn = pooled(() => readShape(displayMap().mainScale()));
    if (drawn === undefined || isSameShape(drawn, told)) return undefined;
    told = drawn;
    return drawn;
  };
  return () => ({ ...displayMap().toPixel(pointerPlace()), newShape });
}

function isSameShape(a: DrawnCursor, b: DrawnCursor | undefined): boolean {
  if (b === undefined || a.width !== b.width || a.height !== b.height) return false;
  return a.hotspotX === b.hotspotX && a.hotspotY === b.hotspotY && Buffer.compare(a.rgba, b.rgba) === 0;
}

function readShape(scale: number): DrawnCursor | undefined {
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
