/**
 * Surfaces as panels of this process. Events for them come by the run loop, with the event that macOS made them of: so a
 * press of ours is told from one of the local hand without any permission. NSEvent.h.
 */
import { containsPoint } from '../../pipeline/rects.ts';
import type { Rect } from '../platform.ts';
import type { Surface, SurfaceHost, SurfaceNews } from '../surfaces/surface.host.ts';
import { macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import { EVENT, OUR_MARK } from './heard.events.ts';
import { displayMap, listScreens } from './mac.screens.ts';
import { coreTextRenderer } from './mac.text.ts';
import { send } from './objc.ts';
import { pointerPlace } from './posted.events.ts';
import type { RunLoop } from './run.loop.ts';
import { SurfacePanel } from './surface.panel.ts';

/** What can be pressed is put in front again this often, whatever other programs do. */
const RAISE_EVERY_MS = 250;
const SCREENS_EVERY_MS = 1000;
/** kCGEventSourceUserData. */
const USER_DATA = 42;
/** One pixel in a corner. */
const PROOF: Surface = { id: 0, place: { x: 0, y: 0, width: 1, height: 1 }, title: '', picture: new Uint8Array(4) };

const coreGraphics = macLibrary<{ CGEventGetIntegerValueField(event: Ref, field: number): number | bigint }>(
  'CoreGraphics',
  { CGEventGetIntegerValueField: 'int64_t CGEventGetIntegerValueField(void *event, uint32_t field)' },
);

interface Shown {
  surface: Surface;
  panel: SurfacePanel;
}

export class MacSurfaces implements SurfaceHost {
  readonly text = coreTextRenderer;
  readonly #shown = new Map<number, Shown>();
  readonly #listeners = new Set<(news: SurfaceNews) => void>();
  readonly #lostListeners = new Set<(reason: string) => void>();
  readonly #timers: NodeJS.Timeout[];
  readonly #stopEvents: () => void;
  #lastId = 0;
  #screens = JSON.stringify(listScreens());
  /** Where in a surface the local person holds it. */
  #grip: { id: number; x: number; y: number } | undefined;

  /** Throws where no window can be shown: without a banner there is no session. */
  constructor(loop: RunLoop) {
    this.#putNow(PROOF);
    this.#takeAwayNow(PROOF.id);
    this.#stopEvents = loop.onEvent((event) => this.#take(event));
    this.#timers = [
      setInterval(() => this.#keepOnTop(), RAISE_EVERY_MS),
      setInterval(() => this.#lookAtScreens(), SCREENS_EVERY_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  nextId(): number {
    return ++this.#lastId;
  }

  put(surface: Surface): Promise<void> {
    return Promise.resolve().then(() => {
      try {
        this.#putNow(surface);
      } catch (cause) {
        if (surface.button !== undefined) this.#lost();
        throw cause;
      }
    });
  }

  takeAway(id: number): Promise<void> {
    return Promise.resolve().then(() => this.#takeAwayNow(id));
  }

  onNews(listener: (news: SurfaceNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What can be pressed cannot be shown any more. */
  onLost(listener: (reason: string) => void): void {
    this.#lostListeners.add(listener);
  }

  screens = listScreens;

  desktop(): Rect {
    return displayMap().desktop();
  }

  /** Sizes are in pixels at 96 dpi elsewhere, and in points here. */
  scale(): number {
    return displayMap().mainScale();
  }

  close(): void {
    this.#stopEvents();
    for (const timer of this.#timers) clearInterval(timer);
    this.#listeners.clear();
    this.#lostListeners.clear();
    for (const id of [...this.#shown.keys()]) this.#takeAwayNow(id);
  }

  #putNow(surface: Surface): void {
    const { id, place, picture, title, button } = surface;
    const points = displayMap().toPoints(place);
    const before = this.#shown.get(id);
    const panel = before?.panel ?? new SurfacePanel(points, { takesPresses: button !== undefined });
    const { picture: _isWithMacOsNow, ...kept } = surface;
    this.#shown.set(id, { surface: kept, panel });
    panel.moveTo(points);
    if (picture !== undefined) panel.showPicture(picture, place);
    if (before?.surface.title !== title) panel.setTitle(title);
    if (!panel.raise()) throw new Error('macOS does not show a surface');
  }

  #takeAwayNow(id: number): void {
    const shown = this.#shown.get(id);
    this.#shown.delete(id);
    if (this.#grip?.id === id) this.#grip = undefined;
    shown?.panel.close();
  }

  #keepOnTop(): void {
    for (const { panel, surface } of this.#shown.values()) {
      if (surface.button !== undefined && !panel.raise()) this.#lost();
    }
  }

  #lost(): void {
    for (const listener of this.#lostListeners) listener('macOS does not show the banner');
  }

  #lookAtScreens(): void {
    const screens = JSON.stringify(listScreens());
    if (screens === this.#screens) return;
    this.#screens = screens;
    this.#tell({ type: 'screens' });
  }

  #take(event: Ref): void {
    const type = send('int64_t', event, 'type');
    if (type === EVENT.leftUp) this.#grip = undefined;
    if (type !== EVENT.leftDown && type !== EVENT.leftDragged) return;
    if (isOurs(event)) return;
    const at = displayMap().toPixel(pointerPlace());
    if (type === EVENT.leftDragged) return this.#drag(at);
    for (const { surface, panel } of this.#shown.values()) if (panel.isOf(event)) this.#press(surface, at);
  }

  #press({ id, place, button }: Surface, { x, y }: { x: number; y: number }): void {
    if (button === undefined) return;
    const at = { x: x - place.x, y: y - place.y };
    if (containsPoint(button, at.x, at.y)) this.#tell({ type: 'pressed', id });
    else this.#grip = { id, ...at };
  }

  #drag({ x, y }: { x: number; y: number }): void {
    const grip = this.#grip;
    if (grip) this.#tell({ type: 'dragged', id: grip.id, to: { x: x - grip.x, y: y - grip.y } });
  }

  #tell(news: SurfaceNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

/** Of what macOS made none of an event, nobody knows whose it is: a press for Stop counts then. */
function isOurs(event: Ref): boolean {
  const made = send('void *', event, 'CGEvent');
  return made !== null && Number(coreGraphics.CGEventGetIntegerValueField(made, USER_DATA)) === OUR_MARK;
}
