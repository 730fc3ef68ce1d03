/**
 * Frames around what is hidden, in one window over the whole desktop that SHAPE cuts down to the frames and their labels:
 * all of them change at the same instant. Its input region is empty, so that every click reaches what is below. It stands
 * above the windows of programs and below menus, tooltips and the banner, which belong to no window manager either: two
 * windows that both want to be on top would change places for ever.
 *
 * Frames and labels are background pixmaps, which the server repaints even while this process is busy.
 */
import type { ShapeExtension, XEvent, XProperty } from 'x11';
import type { Outlines, Rect } from '../platform.ts';
import type { Canvas } from '../paint/canvas.ts';
import { createTextRenderer } from './banner.text.ts';
import type { TextRenderer } from '../paint/text.ts';
import { LatestOnly } from '../latest-only.ts';
import { readScale, rootBounds, watchScreens } from './linux.screens.ts';
import { barsOf, fitOutlines, labelPlace, OUTLINE_SIZE, paintLabel, paintStripes } from '../paint/outlines.layout.ts';
import type { Outline } from '../paint/outlines.layout.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

const INPUT_OUTPUT = 1;
const ABOVE = 0;
const Z_PIXMAP = 2;
/** SHAPE protocol: operation and kinds. */
const SHAPE = { set: 0, bounding: 0, input: 2 } as const;
const MAX_FRAME_DEPTH = 8;
const MAX_CLIENTS = 512;
const RAISE_INTERVAL_MS = 40;
const MAY_COVER: ReadonlySet<string> = new Set(['MapNotify', 'ConfigureNotify', 'CirculateNotify', 'ReparentNotify']);

/** Where the server has no shapes nothing is shown, since the window would cover everything. */
export async function openLinuxOutlines(x: XConnection): Promise<Outlines> {
  const outlines = new LinuxOutlines({
    x,
    shape: await x.extension('shape'),
    renderer: createTextRenderer(x),
    scale: await readScale(x),
    stackingAtom: await x.internAtom('_NET_CLIENT_LIST_STACKING'),
  });
  await watchScreens(x, () => outlines.followScreens());
  return outlines;
}

interface OutlineTools {
  x: XConnection;
  shape: ShapeExtension | undefined;
  renderer: TextRenderer;
  scale: number;
  stackingAtom: number;
}

interface Label {
  window: number;
  place: Rect;
}

class LinuxOutlines implements Outlines {
  readonly #tools: OutlineTools;
  readonly #update = new LatestOnly(() => this.#draw());
  readonly #restack = new LatestOnly(() => this.#putInPlace());
  readonly #stopEvents: () => void;
  readonly #bar: number;
  #wanted: readonly Outline[] = [];
  #window: number | undefined;
  #size: Rect | undefined;
  /** By text and place. */
  #labels: ReadonlyMap<string, Label> = new Map();
  #raiseTimer: NodeJS.Timeout | undefined;

  constructor(tools: OutlineTools) {
    this.#tools = tools;
    this.#bar = Math.round(OUTLINE_SIZE.bar * tools.scale);
    tools.x.selectRootEvents(EVENT_MASK.substructureNotify);
    this.#stopEvents = tools.x.onEvent((event) => this.#take(event));
  }

  show(outlines: readonly Outline[]): void {
    // The desktop is told of every change, and would ask for the outlines again.
    if (JSON.stringify(outlines) === JSON.stringify(this.#wanted)) return;
    this.#wanted = structuredClone(outlines);
    this.#tools.x.background(this.#update.run());
  }

  close(): void {
    this.#stopEvents();
    clearTimeout(this.#raiseTimer);
    this.#wanted = [];
    const window = this.#window;
    this.#window = undefined;
    if (window !== undefined && this.#tools.x.isOpen) this.#tools.x.client.DestroyWindow(window);
  }

  followScreens(): void {
    this.#tools.x.background(this.#update.run());
  }

  async #draw(): Promise<void> {
    const { x, shape } = this.#tools;
    if (shape === undefined || (this.#window === undefined && this.#wanted.length === 0)) return;
    const desktop = await rootBounds(x);
    const outlines = fitOutlines(this.#wanted, desktop);
    const painted = await Promise.all(outlines.map((outline) => this.#paintLabel(outline)));
    if (this.#window === undefined && this.#wanted.length === 0) return; // closed meanwhile
    const window = (this.#window ??= this.#createWindow(shape));
    if (JSON.stringify(this.#size) !== JSON.stringify(desktop)) x.client.ConfigureWindow(window, desktop);
    this.#size = desktop;
    const before = this.#labels;
    this.#labels = this.#placeLabels(window, painted);
    const bars = outlines.flatMap(({ rect }) => barsOf(rect, this.#bar));
    const labels = [...this.#labels.values()].map(({ place }) => place);
    shape.Rectangles(SHAPE.set, SHAPE.bounding, window, 0, 0, [...bars, ...labels].map(toTuple));
    for (const [key, label] of before) if (!this.#labels.has(key)) x.client.DestroyWindow(label.window);
    if (outlines.length === 0) return void x.client.UnmapWindow(window);
    x.client.MapWindow(window);
    await this.#restack.run();
  }

  async #paintLabel({ rect, label }: Outline): Promise<{ key: string; place: Rect; canvas: Canvas } | undefined> {
    const { renderer, scale } = this.#tools;
    if (label === '') return undefined;
    const style = { sizePx: Math.round(OUTLINE_SIZE.text * scale), isBold: true };
    const text = await renderer.render(label, { ...style, maxWidthPx: Math.round(OUTLINE_SIZE.maxText * scale) });
    const canvas = paintLabel(text, scale);
    const place = labelPlace(rect, canvas, this.#bar);
    return place && { key: JSON.stringify([label, place]), place, canvas };
  }

  /** Labels that are where they were stay; the new ones are there before the shape lets them be seen. */
  #placeLabels(
    parent: number,
    painted: readonly ({ key: string; place: Rect; canvas: Canvas } | undefined)[],
  ): Map<string, Label> {
    const { client } = this.#tools.x;
    const labels = new Map<string, Label>();
    for (const label of painted) {
      if (label === undefined || labels.has(label.key)) continue;
      const { key, place, canvas } = label;
      const known = this.#labels.get(key);
      const window = known?.window ?? client.AllocID();
      labels.set(key, { window, place });
      if (known !== undefined) continue;
      const { x: left, y: top, width, height } = place;
      client.CreateWindow(window, parent, left, top, width, height, 0, 0, INPUT_OUTPUT, 0, {});
      this.#fill(window, canvas);
      client.MapWindow(window);
    }
    return labels;
  }

  #createWindow(shape: ShapeExtension): number {
    const { x, scale } = this.#tools;
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, 0, 0, 1, 1, 0, 0, INPUT_OUTPUT, 0, { overrideRedirect: 1 });
    shape.Rectangles(SHAPE.set, SHAPE.input, window, 0, 0, []);
    this.#fill(window, paintStripes(scale));
    this.#size = undefined;
    this.#labels = new Map();
    return window;
  }

  /** Makes a picture the background of a window, repeated where it is smaller. */
  #fill(window: number, { width, height, pixels }: Canvas): void {
    const { client, screen } = this.#tools.x;
    const [pixmap, gc] = [client.AllocID(), client.AllocID()];
    client.CreatePixmap(pixmap, window, screen.root_depth, width, height);
    client.CreateGC(gc, pixmap, {});
    client.PutImage(Z_PIXMAP, pixmap, gc, width, height, 0, 0, 0, screen.root_depth, pixels);
    client.ChangeWindowAttributes(window, { backgroundPixmap: pixmap });
    client.FreeGC(gc);
    client.FreePixmap(pixmap);
    client.ReleaseID(gc);
    client.ReleaseID(pixmap);
  }

  #take(event: XEvent): void {
    if (this.#window === undefined || !('wid' in event)) return;
    const subject = event.name === 'ConfigureNotify' ? event.wid1 : event.wid;
    if (subject === this.#window) {
      if (event.name !== 'DestroyNotify') return;
      this.#window = undefined;
      this.#tools.x.background(this.#update.run());
    } else if (MAY_COVER.has(event.name)) this.#restackSoon();
  }

  #restackSoon(): void {
    if (this.#wanted.length === 0 || this.#raiseTimer) return;
    this.#raiseTimer = setTimeout(() => {
      this.#raiseTimer = undefined;
      this.#tools.x.background(this.#restack.run());
    }, RAISE_INTERVAL_MS);
    this.#raiseTimer.unref();
  }

  /** Directly above the highest window of a program, unless it is higher already. */
  async #putInPlace(): Promise<void> {
    const { x } = this.#tools;
    if (this.#window === undefined) return;
    const { children } = await x.ask<{ children: number[] }>((done) => x.client.QueryTree(x.root, done));
    const frames = await Promise.all((await this.#readClients()).map((client) => this.#frameOf(client, children)));
    const highest = children.findLast((child) => frames.includes(child));
    if (highest === undefined || children.indexOf(this.#window) > children.indexOf(highest)) return;
    // The other one may be gone by now; the next event tells.
    const done = (): boolean => true;
    x.client.ConfigureWindow(this.#window, { sibling: highest, stackMode: ABOVE }, done);
  }

  /** Windows of programs, in the order that the window manager believes in; none where nobody manages them. */
  async #readClients(): Promise<number[]> {
    const { x, stackingAtom } = this.#tools;
    const { data } = await x.ask<XProperty>((done) =>
      x.client.GetProperty(0, x.root, stackingAtom, 0, 0, MAX_CLIENTS, done),
    );
    return Array.from({ length: data.length >> 2 }, (_, i) => data.readUInt32LE(i * 4));
  }

  /** The child of the root window that contains it; undefined when it is gone. */
  async #frameOf(client: number, children: readonly number[]): Promise<number | undefined> {
    const { x } = this.#tools;
    let at = client;
    for (let depth = 0; depth < MAX_FRAME_DEPTH && !children.includes(at); depth++) {
      const asked = x.ask<{ parent: number }>((done) => x.client.QueryTree(at, done));
      const [parent] = await Promise.allSettled([asked]);
      if (parent.status === 'rejected') return undefined;
      at = parent.value.parent;
    }
    return at;
  }
}

function toTuple({ x, y, width, height }: Rect): [number, number, number, number] {
  return [x, y, width, height];
}
