/**
 * A panel of AppKit that shows a picture: above all windows, on every space, never active, taking no keyboard. NSPanel.h,
 * NSWindow.h, CALayer.h. macOS 15 and newer capture it whatever is asked of it, so that only the mask hides it.
 */
import type { Rect } from '../platform.ts';
import { Bitmap } from './bitmaps.ts';
import { createString, release } from './core.foundation.ts';
import { toAppKit } from './displays.ts';
import type { CGRect, Ref } from './frameworks.ts';
import { mainHeight } from './mac.screens.ts';
import { classOf, pooled, send } from './objc.ts';
import { surfaceLevel } from './window.list.ts';

/** NSWindowStyleMaskBorderless is 0; NSWindowStyleMaskNonactivatingPanel. */
const STYLE = 1 << 7;
/** NSBackingStoreBuffered. */
const BUFFERED = 2;
/** NSWindowCollectionBehavior: on all spaces, staying where it is, not cycled through, beside programs on the full screen. */
const BEHAVIOUR = (1 << 0) | (1 << 4) | (1 << 6) | (1 << 8);
/** NSWindowSharingNone. */
const NOT_SHARED = 0;

export class SurfacePanel {
  readonly #panel: Ref;

  /** `points` from the top left of the main display. */
  constructor(points: Rect, { takesPresses }: { takesPresses: boolean }) {
    this.#panel = pooled(() => createPanel(points, takesPresses));
    if (this.#panel === null) throw new Error('macOS makes no window for the banner');
  }

  /** `picture` is BGRA, each colour multiplied by its alpha, in the pixels of `size`. */
  showPicture(picture: Uint8Array, size: { width: number; height: number }): void {
    const bitmap = new Bitmap(size, 'premultiplied');
    bitmap.bytes.set(picture);
    const image = bitmap.image();
    pooled(() => {
      const layer = send('void *', send('void *', this.#panel, 'contentView'), 'layer');
      // The layer keeps it.
      send('void', layer, 'setContents:', ['void *', image]);
      send('void', classOf('AppKit', 'CATransaction'), 'flush');
    });
    release(image);
    bitmap.close();
  }

  moveTo(points: Rect): void {
    pooled(() => send('void', this.#panel, 'setFrame:display:', ['CGRect', frameOf(points)], ['bool', true]));
  }

  setTitle(title: string): void {
    const text = createString(title);
    pooled(() => send('void', this.#panel, 'setTitle:', ['void *', text]));
    release(text);
  }

  /** In front of everything; whether it is there then. */
  raise(): boolean {
    return pooled(() => {
      send('void', this.#panel, 'orderFrontRegardless');
      return send('bool', this.#panel, 'isVisible');
    });
  }

  /** Whether an event (NSEvent) is for it. */
  isOf(event: Ref): boolean {
    return send('void *', event, 'window') === this.#panel;
  }

  close(): void {
    pooled(() => {
      send('void', this.#panel, 'orderOut:', ['void *', null]);
      send('void', this.#panel, 'close');
    });
    release(this.#panel);
  }
}

function createPanel(points: Rect, takesPresses: boolean): Ref {
  const panel = send(
    'void *',
    send('void *', classOf('AppKit', 'NSPanel'), 'alloc'),
    'initWithContentRect:styleMask:backing:defer:',
    ['CGRect', frameOf(points)],
    ['uint64_t', STYLE],
    ['uint64_t', BUFFERED],
    ['bool', false],
  );
  // Otherwise closing lets go of it a second time.
  send('void', panel, 'setReleasedWhenClosed:', ['bool', false]);
  send('void', panel, 'setLevel:', ['int64_t', surfaceLevel()]);
  send('void', panel, 'setCollectionBehavior:', ['uint64_t', BEHAVIOUR]);
  send('void', panel, 'setSharingType:', ['uint64_t', NOT_SHARED]);
  for (const setter of ['setOpaque:', 'setHasShadow:', 'setHidesOnDeactivate:', 'setMovable:'])
    send('void', panel, setter, ['bool', false]);
  send('void', panel, 'setIgnoresMouseEvents:', ['bool', !takesPresses]);
  const clear = send('void *', classOf('AppKit', 'NSColor'), 'clearColor');
  send('void', panel, 'setBackgroundColor:', ['void *', clear]);
  // A layer of our own, given before it is wanted: AppKit leaves the contents of that one alone.
  const view = send('void *', panel, 'contentView');
  send('void', view, 'setLayer:', ['void *', send('void *', classOf('AppKit', 'CALayer'), 'layer')]);
  send('void', view, 'setWantsLayer:', ['bool', true]);
  return panel;
}

function frameOf(points: Rect): CGRect {
  const { x, y, width, height } = toAppKit(points, mainHeight());
  return { origin: { x, y }, size: { width, height } };
}
