/**
 * Top-level windows as the server stacks them. The truth is the order of the root window's children, which a window
 * manager cannot embellish; EWMH (_NET_CLIENT_LIST) only tells which child is the frame of which program's window. Menus
 * and tooltips (override-redirect) are children themselves.
 */
import type { XEvent } from 'x11';
import type { DesktopWindow, Rect, WindowList } from '../platform.ts';
import { intersect } from '../../pipeline/rects.ts';
import { Compositor } from './linux.compositor.ts';
import { KeyboardFocus } from './linux.focus.ts';
import type { KeyTarget } from './linux.focus.ts';
import { opaqueParts } from './linux.opaque.ts';
import { executableOf } from './linux.owner.ts';
import { rootBounds } from './linux.screens.ts';
import { internWindowAtoms, isFactAtom, isGeometryAtom, numbersOf } from './linux.window.facts.ts';
import type { WindowAtoms } from './linux.window.facts.ts';
import { WindowMemory } from './linux.window.memory.ts';
import type { MemoryTools, WindowBody } from './linux.window.memory.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** A window manager's frame has the program's window inside, or a wrapper around it. */
const MAX_WRAPPERS = 2;

export async function openLinuxWindows(x: XConnection): Promise<WindowList> {
  // Before anything is asked, so that no change falls between.
  x.selectRootEvents(EVENT_MASK.structureNotify | EVENT_MASK.substructureNotify | EVENT_MASK.propertyChange);
  const [atoms, res, shape, compositor] = await Promise.all([
    internWindowAtoms(x),
    x.extension('res'),
    x.extension('shape'),
    Compositor.open(x),
  ]);
  const windows = new LinuxWindows({ x, atoms, res, shape }, compositor);
  // From here on the changes of every window are heard.
  await windows.list();
  return windows;
}

/** A window of the list while it is being made. */
interface Described {
  frame: number;
  window: DesktopWindow;
}

/** What is the same for all windows of one list. */
interface ListContext {
  /** Windows that the window manager says it manages, by the child of the root that they are in. */
  clients: ReadonlyMap<number, number[]>;
  hasCompositor: boolean;
  executables: Map<number, string | undefined>;
}

class LinuxWindows implements WindowList {
  readonly #x: XConnection;
  readonly #atoms: WindowAtoms;
  readonly #memory: WindowMemory;
  readonly #focus: KeyboardFocus;
  readonly #compositor: Compositor;
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  /** The list that was given last. */
  #listed: readonly Described[] = [];
  #serial = 0;
  #isTelling = false;

  constructor(tools: MemoryTools, compositor: Compositor) {
    const { x, atoms } = tools;
    this.#x = x;
    this.#atoms = atoms;
    this.#memory = new WindowMemory(tools);
    this.#focus = new KeyboardFocus(x, this.#memory);
    this.#compositor = compositor;
    this.#stop = x.onEvent((event) => this.#take(event));
  }

  async list(): Promise<DesktopWindow[]> {
    const [tree, clients, hasCompositor, keys, desktop] = await Promise.all([
      this.#memory.children(this.#x.root),
      this.#clientsByFrame(),
      this.#compositor.isRunning(),
      this.#focus.target(),
      rootBounds(this.#x),
    ]);
    const context: ListContext = { clients, hasCompositor, executables: new Map() };
    const frontFirst = [...this.#compositor.overlays(), ...tree.reverse()];
    const described = (await Promise.all(frontFirst.map((frame) => this.#describe(frame, context)))).flat();
    this.#listed = described;
    const keyFrame = keyFrameOf(described, keys);
    for (const { frame, window } of described) window.isFocused = frame === keyFrame;
    // Window managers and toolkits park small windows beyond the edge.
    return described.map(({ window }) => window).filter(({ bounds }) => intersect(bounds, desktop));
  }

  async focusedWindow(): Promise<string | undefined> {
    const keys = await this.#focus.target();
    const keyFrame = keyFrameOf(this.#listed, keys);
    return this.#listed.find(({ frame }) => frame === keyFrame)?.window.id;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  geometrySerial(): Promise<number> {
    // Any request with a reply will do: events come in order with it. The number is taken with the reply and not when the
    // promise is looked at, since events behind the reply may be of the same packet.
    return this.#x.ask<number>((done) => this.#x.client.GetInputFocus((error) => done(error, this.#serial)));
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  #take(event: XEvent & { type: number }): void {
    this.#memory.take(event);
    const isFocusNews = this.#focus.take(event);
    const isCompositorNews = this.#compositor.take(event);
    const isGeometryNews = isCompositorNews || this.#isGeometryNews(event);
    if (isGeometryNews) this.#serial += 1;
    const isFactNews = event.name === 'PropertyNotify' && isFactAtom(this.#atoms, event.atom);
    if (isGeometryNews || isFocusNews || isFactNews) this.#tellSoon();
  }

  #isGeometryNews(event: XEvent): boolean {
    switch (event.name) {
      case 'CreateNotify':
        return event.parent === this.#x.root;
      case 'ConfigureNotify':
        return event.wid === this.#x.root;
      case 'ShapeNotify':
        return true;
      case 'PropertyNotify':
        return isGeometryAtom(this.#atoms, event.atom);
      default:
        // Map, unmap, destroy, reparent, circulate, gravity; windows inside a frame do not matter.
        return 'event' in event && event.event === this.#x.root;
    }
  }

  async #clientsByFrame(): Promise<Map<number, number[]>> {
    const listed = numbersOf(await this.#memory.readProperty(this.#x.root, this.#atoms.clientList));
    const clients = [...new Set(listed)].filter((wid) => wid !== 0);
    const frames = await Promise.all(clients.map((wid) => this.#memory.frameOf(wid)));
    const byFrame = new Map<number, number[]>();
    for (const [at, frame] of frames.entries()) {
      const wid = clients[at];
      if (frame !== undefined && wid !== undefined) byFrame.set(frame, [...(byFrame.get(frame) ?? []), wid]);
    }
    return byFrame;
  }

  async #describe(frame: number, context: ListContext): Promise<Described[]> {
    const body = await this.#memory.body(frame);
    if (!body) return [];
    if (this.#x.isServerOwned(frame)) return this.#describeOverlay(frame, body);
    const client = await this.#clientOf(frame, body, context);
    const wid = client ?? frame;
    const [facts, frameFacts, shape, pid] = await Promise.all([
      this.#memory.facts(wid),
      this.#memory.facts(frame),
      this.#memory.shape(frame),
      client === undefined ? undefined : this.#memory.pid(client),
    ]);
    const origin = insideOf(body);
    const { hasCompositor } = context;
    const isPlaceNeeded = facts.opaqueRegion !== undefined || facts.frameExtents.length > 0;
    const inner = await this.#placeOf(isPlaceNeeded ? wid : frame, frame, body);
    const window: DesktopWindow = {
      id: idOf(wid, pid),
      pid,
      executable: this.#executableOf(pid, context),
      title: facts.title,
      bounds: body.bounds,
      isFocused: false,
      opaque: opaqueParts({
        ...body,
        shape: shape?.map((part) => moved(part, origin)),
        client: moved(inner, origin),
        facts: { ...facts, isTranslucent: facts.isTranslucent || frameFacts.isTranslucent },
        hasCompositor,
      }),
      isPopup: body.isOverrideRedirect && wid === frame,
      transientFor: await this.#idOfOther(facts.transientFor),
      role: facts.role,
      isShell: facts.isShell,
    };
    return [{ frame, window }];
  }

  /** What the compositor paints of its own is in front of all windows and nobody's. */
  async #describeOverlay(overlay: number, body: WindowBody): Promise<Described[]> {
    const parts = await this.#memory.inputShape(overlay);
    return parts.map((part, at) => {
      const bounds = moved(part, insideOf(body));
      const unknown = { pid: undefined, executable: undefined, title: '', transientFor: undefined, role: '' };
      const id = `${idOf(overlay, undefined)}.${at}`;
      return {
        frame: overlay,
        window: { ...unknown, id, bounds, isFocused: false, opaque: [], isPopup: true, isShell: true },
      };
    });
  }

  /** The program's window in a frame; undefined when it cannot be told whose it is. */
  async #clientOf(frame: number, body: WindowBody, { clients }: ListContext): Promise<number | undefined> {
    const [listed, ...more] = clients.get(frame) ?? [];
    if (listed !== undefined) return more.length === 0 ? listed : undefined;
    // Not listed, or not yet: the frame's own program is the window manager, which must not pass for the window's.
    const foreign = await this.#foreignInside(frame);
    if (foreign.length === 0) return frame;
    const isOfOne = new Set(foreign.map((wid) => this.#x.connectionOf(wid))).size === 1;
    return isOfOne && !body.isOverrideRedirect ? foreign[0] : undefined;
  }

  /** Windows of other connections inside a window. */
  async #foreignInside(frame: number): Promise<number[]> {
    let level = [frame];
    for (let depth = 0; depth < MAX_WRAPPERS && level.length > 0; depth++) {
      level = (await Promise.all(level.map((wid) => this.#memory.children(wid)))).flat();
      const foreign = level.filter((wid) => this.#x.connectionOf(wid) !== this.#x.connectionOf(frame));
      if (foreign.length > 0) return foreign;
    }
    return [];
  }

  /** Relative to the inside of the frame. */
  async #placeOf(client: number, frame: number, { bounds, borderWidth }: WindowBody): Promise<Rect> {
    const whole = { x: 0, y: 0, width: bounds.width - 2 * borderWidth, height: bounds.height - 2 * borderWidth };
    if (client === frame) return whole;
    return (await this.#memory.place(client, frame)) ?? { ...whole, width: 0, height: 0 };
  }

  async #idOfOther(wid: number | undefined): Promise<string | undefined> {
    // Dialogs for a whole group of windows name the root.
    if (wid === undefined || wid === 0 || wid === this.#x.root) return undefined;
    return idOf(wid, await this.#memory.pid(wid));
  }

  #executableOf(pid: number | undefined, { executables }: ListContext): string | undefined {
    if (pid === undefined) return undefined;
    if (!executables.has(pid)) executables.set(pid, executableOf(pid));
    return executables.get(pid);
  }

  /** Once per turn of the event loop however many events came. */
  #tellSoon(): void {
    if (this.#isTelling || this.#listeners.size === 0) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** A program that takes the keyboard for a menu of its own leaves the focus where it is; another's takes the keys away. */
function keyFrameOf(windows: readonly Described[], { focus, grab }: KeyTarget): number | undefined {
  if (grab === undefined) return focus;
  const pidOf = (frame: number | undefined): number | undefined =>
    windows.find((each) => each.frame === frame)?.window.pid;
  const pid = pidOf(focus);
  if (grab === 'unknown') {
    // Taken before the window that takes it was heard of: a menu that opened just now, or a launcher.
    const hasMenu = windows.some(({ window }) => window.isPopup && window.pid !== undefined && window.pid === pid);
    return hasMenu ? focus : undefined;
  }
  return pid !== undefined && pid === pidOf(grab) ? focus : grab;
}

/** Numbers of windows are used again, by other programs too: a choice of one must not outlive its process. */
function idOf(wid: number, pid: number | undefined): string {
  const number = `0x${wid.toString(16)}`;
  return pid === undefined ? number : `${number}@${pid}`;
}

/** Where coordinates of a window begin on the desktop. */
function insideOf({ bounds, borderWidth }: WindowBody): { x: number; y: number } {
  return { x: bounds.x + borderWidth, y: bounds.y + borderWidth };
}

function moved(rect: Rect, by: { x: number; y: number }): Rect {
  return { ...rect, x: rect.x + by.x, y: rect.y + by.y };
}
