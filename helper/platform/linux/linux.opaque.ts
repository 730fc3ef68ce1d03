/** Where a window shows nothing but itself. Pure. */
import type { Rect } from '../platform.ts';
import { areaOf, intersect } from '../../pipeline/rects.ts';
import type { WindowFacts } from './linux.window.facts.ts';

/** Visuals of this depth carry alpha. */
const ARGB_DEPTH = 32;
/** Round shapes have one rectangle for each row of pixels; the largest ones count. */
const MAX_PARTS = 64;

export interface OpaqueInput {
  /** Of the top-level window, which may be the window manager's frame, with its border. */
  bounds: Rect;
  depth: number;
  isInputOnly: boolean;
  /** Bounding shape in coordinates of the desktop; undefined when the window is a plain rectangle. */
  shape: readonly Rect[] | undefined;
  /** Of the program's own window, in coordinates of the desktop. */
  client: Rect;
  facts: Pick<WindowFacts, 'frameExtents' | 'opaqueRegion' | 'isTranslucent'>;
  /** Somebody paints windows over each other by their alpha; otherwise each hides what is behind it. */
  hasCompositor: boolean;
}

export function opaqueParts(window: OpaqueInput): Rect[] {
  const { bounds, client, facts, hasCompositor } = window;
  if (window.isInputOnly || (hasCompositor && facts.isTranslucent)) return [];
  const isBlended = hasCompositor && window.depth === ARGB_DEPTH;
  const told = isBlended ? (facts.opaqueRegion ?? []).map((part) => moved(part, client)) : undefined;
  const unshadowed = facts.frameExtents.some((extent) => extent > 0) ? [inset(client, facts.frameExtents)] : undefined;
  const masks = [window.shape, told, unshadowed, isBlended ? [client] : undefined].filter((mask) => mask !== undefined);
  return largest(masks.reduce<Rect[]>(commonParts, [bounds]));
}

function commonParts(parts: readonly Rect[], mask: readonly Rect[]): Rect[] {
  return parts.flatMap((part) => mask.map((each) => intersect(part, each)).filter((each) => each !== undefined));
}

function largest(parts: Rect[]): Rect[] {
  if (parts.length <= MAX_PARTS) return parts;
  return parts.sort((a, b) => areaOf(b) - areaOf(a)).slice(0, MAX_PARTS);
}

function inset(rect: Rect, [left = 0, right = 0, top = 0, bottom = 0]: readonly number[]): Rect {
  return {
    x: rect.x + left,
    y: rect.y + top,
    width: rect.width - left - right,
    height: rect.height - top - bottom,
  };
}

function moved(rect: Rect, origin: Rect): Rect {
  return { ...rect, x: rect.x + origin.x, y: rect.y + origin.y };
}
