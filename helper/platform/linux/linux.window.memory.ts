/**
 * What the server says about each window: asked once, forgotten on the event that changes it. It is the promise of an
 * answer that is kept, so that an event right behind the answer takes it back before anybody has seen it. Events are
 * asked for before anything is read, on the same connection, so that no change falls between.
 */
import type { ResExtension, ShapeExtension, XEvent, XProperty } from 'x11';
import type { Rect } from '../platform.ts';
import { pidOfWindow } from './linux.owner.ts';
import { isFactAtom, readWindowFacts } from './linux.window.facts.ts';
import type { WindowAtoms, WindowFacts } from './linux.window.facts.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** X11 protocol: window class InputOnly, map state Viewable. */
const INPUT_ONLY = 2;
const VIEWABLE = 2;
const ANY_TYPE = 0;
/** Longest title or list read, in 4-byte units. */
const MAX_PROPERTY_LENGTH = 4096;
/** Frames are at most this deep around a program's window. */
const MAX_FRAME_DEPTH = 8;
/** SHAPE: kinds of regions. */
const BOUNDING = 0;
const INPUT = 2;
/** SHAPE: minor opcode of ShapeSelectInput. */
const SELECT_INPUT = 6;

const WATCHED =
  EVENT_MASK.propertyChange | EVENT_MASK.structureNotify | EVENT_MASK.focusChange | EVENT_MASK.enterWindow;

/** A window that can be seen, or clicked. */
export interface WindowBody {
  /** With the border. */
  bounds: Rect;
  borderWidth: number;
  depth: number;
  isInputOnly: boolean;
  isOverrideRedirect: boolean;
}

interface Known {
  body?: Promise<WindowBody | undefined> | undefined;
  shape?: Promise<Rect[] | undefined> | undefined;
  inputShape?: Promise<Rect[]> | undefined;
  facts?: Promise<WindowFacts> | undefined;
  pid?: Promise<number | undefined>;
  frame?: Promise<number | undefined> | undefined;
  place?: Promise<Rect | undefined> | undefined;
}

export interface MemoryTools {
  x: XConnection;
  atoms: WindowAtoms;
  res: ResExtension | undefined;
  shape: ShapeExtension | undefined;
}

export class WindowMemory {
  readonly #x: XConnection;
  readonly #tools: MemoryTools;
  readonly #known = new Map<number, Known>();

  constructor(tools: MemoryTools) {
    this.#x = tools.x;
    this.#tools = tools;
  }

  /** Undefined for a window that shows nothing and takes nothing: unmapped, or gone by now. */
  body(wid: number): Promise<WindowBody | undefined> {
    return (this.#of(wid).body ??= this.#askBody(wid));
  }

  /** The bounding shape, relative to the inside of the window; undefined when it is a plain rectangle. */
  shape(wid: number): Promise<Rect[] | undefined> {
    return (this.#of(wid).shape ??= this.#askShape(wid));
  }

  /** Where the window takes the pointer, relative to its inside. */
  inputShape(wid: number): Promise<Rect[]> {
    return (this.#of(wid).inputShape ??= this.#askRectangles(wid, INPUT));
  }

  facts(wid: number): Promise<WindowFacts> {
    return (this.#of(wid).facts ??= readWindowFacts(this.#tools.atoms, (atom) => this.readProperty(wid, atom)));
  }

  pid(wid: number): Promise<number | undefined> {
    return (this.#of(wid).pid ??= pidOfWindow(this.#x, this.#tools.res, wid));
  }

  /** The child of the root window that contains `wid`, often the window manager's frame, sometimes `wid` itself. */
  frameOf(wid: number): Promise<number | undefined> {
    return (this.#of(wid).frame ??= this.#askFrame(wid));
  }

  /** The same for a window inside a program's window, of which nothing is remembered. */
  frameAround(wid: number): Promise<number | undefined> {
    return this.#known.has(wid) ? this.frameOf(wid) : this.#askFrame(wid);
  }

  /** Where a program's window is inside its frame, relative to the frame's inside. */
  place(client: number, frame: number): Promise<Rect | undefined> {
    return (this.#of(client).place ??= this.#askPlace(client, frame));
  }

  async children(wid: number): Promise<number[]> {
    const tree = await this.#orGone(this.#x.ask<{ children: number[] }>((done) => this.#x.client.QueryTree(wid, done)));
    return tree?.children ?? [];
  }

  readProperty(wid: number, atom: number): Promise<XProperty | undefined> {
    return this.#orGone(
      this.#x.ask<XProperty>((done) =>
        this.#x.client.GetProperty(0, wid, atom, ANY_TYPE, 0, MAX_PROPERTY_LENGTH, done),
      ),
    );
  }

  /** Forgets what an event changes, and watches what it brings. */
  take(event: XEvent): void {
    if (event.name === 'DestroyNotify') this.#known.delete(event.wid);
    else if (event.name === 'CreateNotify') this.#takeNew(event);
    else if (event.name === 'ShapeNotify') this.#forget(event.window, ['shape', 'inputShape']);
    else if (event.name === 'ConfigureNotify') this.#forget(event.wid1, ['body', 'place']);
    else if (event.name === 'ReparentNotify') this.#takeReparented(event.wid);
    else if (event.name === 'PropertyNotify' && isFactAtom(this.#tools.atoms, event.atom))
      this.#forget(event.wid, ['facts']);
    else if ('event' in event) this.#forget(event.wid, ['body']);
  }

  #takeNew({ parent, wid }: { parent: number; wid: number }): void {
    if (parent !== this.#x.root) return;
    // Numbers of windows are used again.
    this.#known.delete(wid);
    this.#of(wid);
  }

  #takeReparented(wid: number): void {
    this.#forget(wid, ['body', 'place']);
    // Those inside of it are elsewhere now as well.
    for (const known of this.#known.values()) known.frame = undefined;
  }

  #forget(wid: number, what: Exclude<keyof Known, 'pid'>[]): void {
    const known = this.#known.get(wid);
    if (known) for (const each of what) known[each] = undefined;
  }

  #of(wid: number): Known {
    let known = this.#known.get(wid);
    if (!known) {
      known = {};
      this.#known.set(wid, known);
      this.#watch(wid);
    }
    return known;
  }

  #watch(wid: number): void {
    const { shape } = this.#tools;
    if (shape) this.#x.background(this.#orGone(this.#x.sendPacket(shapeSelectInput(shape, wid))));
    const watched = this.#x.ask((done) => this.#x.client.ChangeWindowAttributes(wid, { eventMask: WATCHED }, done));
    this.#x.background(this.#orGone(watched));
  }

  async #askBody(wid: number): Promise<WindowBody | undefined> {
    const { client } = this.#x;
    const [attributes, geometry] = await Promise.all([
      this.#orGone(
        this.#x.ask<{ klass: number; mapState: number; overrideRedirect: number }>((done) =>
          client.GetWindowAttributes(wid, done),
        ),
      ),
      this.#askGeometry(wid),
    ]);
    if (!attributes || !geometry || attributes.mapState !== VIEWABLE) return undefined;
    // The border is drawn outside of width and height; the position is its outer corner.
    const { xPos, yPos, width, height, borderWidth, depth } = geometry;
    return {
      bounds: { x: xPos, y: yPos, width: width + 2 * borderWidth, height: height + 2 * borderWidth },
      borderWidth,
      depth,
      isInputOnly: attributes.klass === INPUT_ONLY,
      isOverrideRedirect: attributes.overrideRedirect !== 0,
    };
  }

  #askGeometry(wid: number) {
    return this.#orGone(
      this.#x.ask<{
        xPos: number;
        yPos: number;
        width: number;
        height: number;
        borderWidth: number;
        depth: number;
      }>((done) => this.#x.client.GetGeometry(wid, done)),
    );
  }

  async #askShape(wid: number): Promise<Rect[] | undefined> {
    const { shape } = this.#tools;
    if (!shape) return undefined;
    const [extents, rectangles] = await Promise.all([
      this.#orGone(this.#x.ask<{ boundingShaped: boolean }>((done) => shape.QueryExtents(wid, done))),
      this.#askRectangles(wid, BOUNDING),
    ]);
    return extents?.boundingShaped === true ? rectangles : undefined;
  }

  async #askRectangles(wid: number, kind: number): Promise<Rect[]> {
    const { shape } = this.#tools;
    if (!shape) return [];
    const answer = await this.#orGone(
      this.#x.ask<{ rectangles: [number, number, number, number][] }>((done) => shape.GetRectangles(wid, kind, done)),
    );
    return (answer?.rectangles ?? []).map(([x, y, width, height]) => ({ x, y, width, height }));
  }

  async #askFrame(wid: number): Promise<number | undefined> {
    let at = wid;
    for (let depth = 0; depth < MAX_FRAME_DEPTH; depth++) {
      const tree = await this.#orGone(this.#x.ask<{ parent: number }>((done) => this.#x.client.QueryTree(at, done)));
      if (!tree || tree.parent === 0) return undefined;
      if (tree.parent === this.#x.root) return at;
      at = tree.parent;
      const known = this.#known.get(at)?.frame;
      if (known) return known;
    }
    return undefined;
  }

  async #askPlace(client: number, frame: number): Promise<Rect | undefined> {
    const [origin, geometry] = await Promise.all([
      this.#orGone(
        this.#x.ask<{ destX: number; destY: number }>((done) =>
          this.#x.client.TranslateCoordinates(client, frame, 0, 0, done),
        ),
      ),
      this.#askGeometry(client),
    ]);
    if (!origin || !geometry) return undefined;
    return { x: origin.destX, y: origin.destY, width: geometry.width, height: geometry.height };
  }

  /** Windows may be destroyed between two questions: then the server answers with an error, which here means "no such thing". */
  async #orGone<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (!this.#x.isOpen) throw error;
      return undefined;
    }
  }
}

/** The package's own request leaves its error, which a window that is gone leads to, to nobody. */
function shapeSelectInput({ majorOpcode }: ShapeExtension, wid: number): Buffer {
  const packet = Buffer.alloc(12);
  packet.writeUInt8(majorOpcode, 0);
  packet.writeUInt8(SELECT_INPUT, 1);
  packet.writeUInt16LE(3, 2);
  packet.writeUInt32LE(wid, 4);
  packet.writeUInt8(1, 8);
  return packet;
}
