/**
 * The banner: a window of our own that no window manager handles (override-redirect), cut to a pill by SHAPE so that it
 * looks the same with and without a compositor. It is put back on top, mapped again and made again whatever other programs
 * do to it. The server repaints it from its background pixmap even while this process is busy.
 *
 * It takes presses from the devices of the local person only: XInput 2 names the source of each press, and those of XTEST
 * (which is how remote input arrives) are ignored. While any button is held elsewhere, by remote input or by an open menu,
 * the server gives presses to that window alone; raw events still come, so Stop is found by them and the pointer's place.
 */
import type { ShapeExtension, XEvent, XInputEvent, XInputWindowEvent } from 'x11';
import type { BannerText, Overlay, Rect } from '../platform.ts';
import { paintBanner, pillRows } from '../paint/banner.paint.ts';
import type { PaintedBanner } from '../paint/banner.paint.ts';
import { createTextRenderer } from './banner.text.ts';
import type { TextRenderer } from '../paint/text.ts';
import { LatestOnly } from '../latest-only.ts';
import { findInjectionDevices } from './linux.devices.ts';
import type { InjectionDevices } from './linux.devices.ts';
import { listScreens, readScale, rootBounds, watchScreens } from './linux.screens.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

const INPUT_OUTPUT = 1;
const ABOVE = 0;
const Z_PIXMAP = 2;
const LEFT_BUTTON = 1;
/** Distance from the top edge of the screen, in pixels. */
const TOP_MARGIN = 4;
/** Two programs that both want to be on top must not keep the processor busy. */
const RAISE_INTERVAL_MS = 40;
/** State of VisibilityNotify. */
const UNOBSCURED = 0;
const MAY_COVER: ReadonlySet<string> = new Set(['MapNotify', 'ConfigureNotify', 'CirculateNotify', 'ReparentNotify']);

export interface OverlayOptions {
  /** Only for tests: another way to draw text. */
  renderer?: TextRenderer;
  /** Hears every place where the banner may be, before it goes there, and the one where it is, once it is there. */
  announce?: (places: readonly Rect[]) => Promise<void>;
}

export async function openLinuxOverlay(x: XConnection, options: OverlayOptions = {}): Promise<Overlay> {
  const tools = {
    x,
    shape: await x.extension('shape'),
    devices: await findInjectionDevices(x),
    renderer: options.renderer ?? createTextRenderer(x),
    announce: options.announce ?? (() => Promise.resolve()),
    scale: await readScale(x),
    nameAtom: await x.internAtom('_NET_WM_NAME'),
    utf8Atom: await x.internAtom('UTF8_STRING'),
  };
  const overlay = new LinuxOverlay(tools);
  await watchScreens(x, () => x.background(overlay.followScreens()));
  return overlay;
}

interface OverlayTools {
  x: XConnection;
  shape: ShapeExtension | undefined;
  devices: InjectionDevices;
  renderer: TextRenderer;
  announce: (places: readonly Rect[]) => Promise<void>;
  scale: number;
  nameAtom: number;
  utf8Atom: number;
}

class LinuxOverlay implements Overlay {
  readonly #tools: OverlayTools;
  readonly #stopListeners = new Set<() => void>();
  readonly #stopEvents: () => void;
  readonly #update = new LatestOnly(() => this.#show());
  readonly #move = new LatestOnly(() => this.#followHand());
  #text: BannerText | undefined;
  #window: number | undefined;
  #painted: PaintedBanner | undefined;
  #bounds: Rect | undefined;
  #desktop: Rect = { x: 0, y: 0, width: 0, height: 0 };
  /** Where the person put the banner; top centre until then. */
  #placed: { x: number; y: number } | undefined;
  /** Pointer position in the banner at the start of a drag. */
  #grip: { x: number; y: number } | undefined;
  #raiseTimer: NodeJS.Timeout | undefined;
  /** Server time of the press that stopped, which is heard of twice. */
  #stoppedAt: number | undefined;

  constructor(tools: OverlayTools) {
    this.#tools = tools;
    const { x } = tools;
    // Other windows are watched only to know when one of them comes in front.
    x.selectRootEvents(EVENT_MASK.substructureNotify);
    tools.devices.select(x.root, ['RawButtonPress']);
    this.#stopEvents = x.onEvent((event) => this.#take(event));
  }

  showBanner(text: BannerText): void {
    this.#text = text;
    this.#tools.x.background(this.#update.run());
  }

  hideBanner(): void {
    this.#text = undefined;
    this.#bounds = undefined;
    this.#grip = undefined;
    const { x } = this.#tools;
    if (this.#window === undefined || !x.isOpen) return;
    x.client.UnmapWindow(this.#window);
    x.background(this.#announceWhenThere());
  }

  bannerBounds(): Rect | undefined {
    return this.#bounds;
  }

  onStop(listener: () => void): void {
    this.#stopListeners.add(listener);
  }

  close(): void {
    this.#stopEvents();
    this.#stopListeners.clear();
    clearTimeout(this.#raiseTimer);
    const window = this.#window;
    this.hideBanner();
    this.#window = undefined;
    if (window !== undefined && this.#tools.x.isOpen) this.#tools.x.client.DestroyWindow(window);
  }

  /** After the monitors changed: back to a visible place. */
  followScreens(): Promise<void> {
    return this.#text ? this.#update.run() : Promise.resolve();
  }

  async #show(): Promise<void> {
    const text = this.#text;
    if (!text) return;
    const painted = await paintBanner(text, this.#tools.renderer, this.#tools.scale);
    const at = await this.#place(painted);
    const bounds = { ...at, width: painted.width, height: painted.height };
    await this.#announceMove(bounds);
    if (this.#text === undefined) return this.#announceWhenThere(); // hidden meanwhile
    const window = (this.#window ??= this.#createWindow());
    this.#painted = painted;
    this.#bounds = bounds;
    const { client } = this.#tools.x;
    client.ConfigureWindow(window, { ...this.#bounds, stackMode: ABOVE });
    this.#tools.shape?.Rectangles(0, 0, window, 0, 0, pillRows(painted.width, painted.height));
    this.#name(window, text);
    this.#paint(window, painted);
    client.MapWindow(window);
    await this.#announceWhenThere();
  }

  async #announceMove(to: Rect): Promise<void> {
    const from = this.#bounds;
    if (from === undefined || !isSamePlace(from, to))
      await this.#tools.announce(from === undefined ? [to] : [from, to]);
  }

  /** Once the server has done what it was asked. */
  async #announceWhenThere(): Promise<void> {
    const { x, announce } = this.#tools;
    await x.ask<unknown>((done) => x.client.GetInputFocus(done));
    await announce(this.#bounds === undefined ? [] : [this.#bounds]);
  }

  #createWindow(): number {
    const { x, devices } = this.#tools;
    const window = x.client.AllocID();
    const eventMask = EVENT_MASK.visibilityChange | EVENT_MASK.structureNotify;
    x.client.CreateWindow(window, x.root, 0, 0, 1, 1, 0, 0, INPUT_OUTPUT, 0, { overrideRedirect: 1, eventMask });
    devices.select(window, ['ButtonPress', 'ButtonRelease', 'Motion']);
    return window;
  }

  /** For screen readers and lists of windows; without the time, which would be news every second. */
  #name(window: number, { who, mode }: BannerText): void {
    const { x, nameAtom, utf8Atom } = this.#tools;
    x.client.ChangeProperty(0, window, nameAtom, utf8Atom, 8, Buffer.from(`Handrail: ${who} · ${mode}`));
  }

  #paint(window: number, painted: PaintedBanner): void {
    const { client, screen } = this.#tools.x;
    const { width, height, pixels } = painted;
    const [pixmap, gc] = [client.AllocID(), client.AllocID()];
    client.CreatePixmap(pixmap, window, screen.root_depth, width, height);
    client.CreateGC(gc, pixmap, {});
    client.PutImage(Z_PIXMAP, pixmap, gc, width, height, 0, 0, 0, screen.root_depth, pixels);
    client.ChangeWindowAttributes(window, { backgroundPixmap: pixmap });
    client.ClearArea(window, 0, 0, 0, 0, 0);
    // The window keeps what it needs.
    client.FreeGC(gc);
    client.FreePixmap(pixmap);
    client.ReleaseID(gc);
    client.ReleaseID(pixmap);
  }

  /** Top centre of the primary screen, or where it was dragged to, always whole inside the desktop. */
  async #place(size: { width: number; height: number }): Promise<{ x: number; y: number }> {
    const { x } = this.#tools;
    this.#desktop = await rootBounds(x);
    if (this.#placed) return clampInto(this.#placed, size, this.#desktop);
    const [primary] = await listScreens(x);
    const screen = primary?.bounds ?? this.#desktop;
    return { x: screen.x + Math.max(0, Math.round((screen.width - size.width) / 2)), y: screen.y + TOP_MARGIN };
  }

  #take(event: XEvent): void {
    if (this.#window === undefined) return;
    if (event.name === 'XIRawButtonPress') this.#tools.x.background(this.#takeRawPress(event));
    else if ('rootx' in event) this.#takeInput(event, this.#window);
    else if ('wid' in event) this.#takeChange(event, this.#window);
  }

  #takeInput(event: XInputWindowEvent, window: number): void {
    if (event.wid !== window || !this.#isByHand(event)) return;
    if (event.name === 'XIButtonPress') this.#press(event);
    if (event.name === 'XIMotion') this.#drag(event);
    if (event.name === 'XIButtonRelease') this.#grip = undefined;
  }

  /** Something happened to the banner, or to another window that may now be in front of it. */
  #takeChange(event: XEvent & { wid: number }, window: number): void {
    const subject = event.name === 'ConfigureNotify' ? event.wid1 : event.wid;
    if (subject !== window) {
      if (MAY_COVER.has(event.name)) this.#restoreSoon();
      return;
    }
    if (event.name === 'DestroyNotify') this.#window = undefined;
    const isCovered = event.name === 'VisibilityNotify' && event.state !== UNOBSCURED;
    if (isCovered || event.name === 'DestroyNotify' || event.name === 'UnmapNotify') this.#restoreSoon();
  }

  async #takeRawPress(event: XInputEvent): Promise<void> {
    if (event.detail !== LEFT_BUTTON || !this.#isByHand(event)) return;
    const { x } = this.#tools;
    const { rootX, rootY } = await x.ask<{ rootX: number; rootY: number }>((done) =>
      x.client.QueryPointer(x.root, done),
    );
    const { x: left = 0, y: top = 0 } = this.#bounds ?? {};
    if (this.#bounds) this.#stopIfAt({ x: rootX - left, y: rootY - top, time: event.time });
  }

  #isByHand(event: { sourceId: number }): boolean {
    return !this.#tools.devices.isInjected(event.sourceId);
  }

  /**
   * Stop acts on the press and not on the release: between the two, remote input could move the pointer off the button.
   */
  #press(event: XInputWindowEvent): void {
    if (event.detail !== LEFT_BUTTON || this.#stopIfAt(event)) return;
    this.#grip = { x: event.x, y: event.y };
  }

  /** Whether that point of the banner is on the button; each press stops once. */
  #stopIfAt(press: { x: number; y: number; time: number }): boolean {
    if (!this.#painted || !contains(this.#painted.stop, press)) return false;
    if (this.#stoppedAt !== press.time) for (const listener of this.#stopListeners) listener();
    this.#stoppedAt = press.time;
    return true;
  }

  #drag(event: XInputWindowEvent): void {
    if (!this.#grip || !this.#bounds || this.#window === undefined) return;
    this.#placed = { x: Math.round(event.rootx - this.#grip.x), y: Math.round(event.rooty - this.#grip.y) };
    this.#tools.x.background(this.#move.run());
  }

  async #followHand(): Promise<void> {
    if (!this.#placed || !this.#bounds) return;
    const at = clampInto(this.#placed, this.#bounds, this.#desktop);
    await this.#announceMove({ ...this.#bounds, ...at });
    if (this.#bounds && this.#window !== undefined) {
      this.#bounds = { ...this.#bounds, ...at };
      this.#tools.x.client.ConfigureWindow(this.#window, at);
    }
    await this.#announceWhenThere();
  }

  /** Maps, makes and raises the banner again, a little later and at most 25 times a second. */
  #restoreSoon(): void {
    if (!this.#text || this.#raiseTimer) return;
    this.#raiseTimer = setTimeout(() => {
      this.#raiseTimer = undefined;
      if (!this.#text || !this.#tools.x.isOpen) return;
      if (this.#window === undefined) return this.#tools.x.background(this.#update.run());
      this.#tools.x.client.MapWindow(this.#window);
      this.#tools.x.client.ConfigureWindow(this.#window, { stackMode: ABOVE });
    }, RAISE_INTERVAL_MS);
    this.#raiseTimer.unref();
  }
}

function isSamePlace(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function contains(rect: Rect, point: { x: number; y: number }): boolean {
  return point.x >= rect.x && point.y >= rect.y && point.x < rect.x + rect.width && point.y < rect.y + rect.height;
}

function clampInto(
  at: { x: number; y: number },
  size: { width: number; height: number },
  bounds: Rect,
): { x: number; y: number } {
  return {
    x: Math.max(bounds.x, Math.min(at.x, bounds.x + bounds.width - size.width)),
    y: Math.max(bounds.y, Math.min(at.y, bounds.y + bounds.height - size.height)),
  };
}
