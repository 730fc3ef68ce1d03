/** Displays as macOS numbers them, see displays.ts for their places. CGDirectDisplay.h. */
import type { Rect, Screen } from '../platform.ts';
import { DisplayMap } from './displays.ts';
import type { Display } from './displays.ts';
import { macLibrary } from './frameworks.ts';
import type { CGRect, Ref } from './frameworks.ts';

const MAX_DISPLAYS = 32;

interface CoreGraphics {
  CGGetActiveDisplayList(max: number, ids: Uint32Array, count: number[]): number;
  CGMainDisplayID(): number;
  CGDisplayBounds(id: number): CGRect;
  CGDisplayCopyDisplayMode(id: number): Ref;
  CGDisplayModeGetPixelWidth(mode: Ref): number;
  CGDisplayModeGetPixelHeight(mode: Ref): number;
  CGDisplayModeRelease(mode: Ref): void;
}

const coreGraphics = macLibrary<CoreGraphics>('CoreGraphics', {
  CGGetActiveDisplayList: 'int32_t CGGetActiveDisplayList(uint32_t max, void *ids, _Out_ uint32_t *count)',
  CGMainDisplayID: 'uint32_t CGMainDisplayID()',
  CGDisplayBounds: 'CGRect CGDisplayBounds(uint32_t id)',
  CGDisplayCopyDisplayMode: 'void *CGDisplayCopyDisplayMode(uint32_t id)',
  CGDisplayModeGetPixelWidth: 'size_t CGDisplayModeGetPixelWidth(void *mode)',
  CGDisplayModeGetPixelHeight: 'size_t CGDisplayModeGetPixelHeight(void *mode)',
  CGDisplayModeRelease: 'void CGDisplayModeRelease(void *mode)',
});

/** What is drawn on; one that mirrors another is not among them. */
function activeDisplays(): Display[] {
  const [ids, count] = [new Uint32Array(MAX_DISPLAYS), [0]];
  if (coreGraphics.CGGetActiveDisplayList(MAX_DISPLAYS, ids, count) !== 0) return [];
  return Array.from(ids.subarray(0, count[0])).flatMap((id) => {
    const mode = coreGraphics.CGDisplayCopyDisplayMode(id);
    // Unplugged since it was listed.
    if (mode === null) return [];
    const pixels = {
      width: coreGraphics.CGDisplayModeGetPixelWidth(mode),
      height: coreGraphics.CGDisplayModeGetPixelHeight(mode),
    };
    coreGraphics.CGDisplayModeRelease(mode);
    const points = toRect(coreGraphics.CGDisplayBounds(id));
    return points.width > 0 && points.height > 0 ? [{ id, points, pixels }] : [];
  });
}

/** As displays are at this moment. */
export function displayMap(): DisplayMap {
  return new DisplayMap(activeDisplays());
}

/** The screens of the desktop, the primary one first. */
export function listScreens(): Screen[] {
  const displays = activeDisplays();
  const map = new DisplayMap(displays);
  const main = coreGraphics.CGMainDisplayID();
  const screens = displays.flatMap(({ id }, at): Screen[] => {
    const bounds = map.boundsOf(id);
    return bounds === undefined ? [] : [{ id: String(id), name: `Display ${at + 1}`, bounds, isPrimary: id === main }];
  });
  return screens.sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary));
}

/** Height of the main display in points, from which AppKit counts. */
export function mainHeight(): number {
  return coreGraphics.CGDisplayBounds(coreGraphics.CGMainDisplayID()).size.height;
}

export function toRect({ origin, size }: CGRect): Rect {
  return { x: origin.x, y: origin.y, width: size.width, height: size.height };
}
