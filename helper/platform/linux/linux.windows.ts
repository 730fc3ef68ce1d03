/**
 * Top-level windows as the server stacks them. The truth is the order of the root window's children, which a window
 * manager cannot embellish; EWMH (_NET_CLIENT_LIST_STACKING, _NET_WM_NAME, _NET_ACTIVE_WINDOW) tells which child is the
 * frame of which program's window, its title and the focus. Menus and tooltips (override-redirect) are children themselves.
 */
import { readlink } from 'node:fs/promises';
import type { ResExtension, XProperty } from 'x11';
import type { DesktopWindow, Rect, WindowList } from '../platform.ts';
import { intersect } from './damage.regions.ts';
import { pidOfWindow } from './linux.owner.ts';
import { rootBounds } from './linux.screens.ts';
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

interface Atoms {
  clientList: number;
  clientListStacking: number;
  activeWindow: number;
  netName: number;
  name: number;
}

interface Owner {
  pid: number | undefined;
  executable: string | undefined;
}

export async function openLinuxWindows(x: XConnection): Promise<WindowList> {
  const [clientList, clientListStacking, activeWindow, netName, name] = await Promise.all([
    x.internAtom('_NET_CLIENT_LIST'),
    x.internAtom('_NET_CLIENT_LIST_STACKING'),
    x.internAtom('_NET_ACTIVE_WINDOW'),
    x.internAtom('_NET_WM_NAME'),
    x.internAtom('WM_NAME'),
  ]);
  const atoms = { clientList, clientListStacking, activeWindow, netName, name };
  return new LinuxWindows(x, atoms, await x.extension('res'));
}

class LinuxWindows implements WindowList {
  readonly #x: XConnection;
  readonly #atoms: Atoms;
  readonly #res: ResExtension | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #owners = new Map<number, Owner>();
  /** Windows whose title is watched. */
  readonly #watched = new Set<number>();
  readonly #stop: () => void;
  #isTelling = false;

  constructor(x: XConnection, atoms: Atoms, res: ResExtension | undefined) {
    this.#x = x;
    this.#atoms = atoms;
    this.#res = res;
    x.selectRootEvents(EVENT_MASK.substructureNotify | EVENT_MASK.propertyChange);
    const notices = new Set<string>([
      'CreateNotify',
      'MapNotify',
      'UnmapNotify',
      'DestroyNotify',
      'ReparentNotify',
      'ConfigureNotify',
      'CirculateNotify',
    ]);
    const titles = new Set(Object.values(atoms));
    this.#stop = x.onEvent((event) => {
      if (event.name === 'DestroyNotify') this.#forget(event.wid);
      if (notices.has(event.name) || (event.name === 'PropertyNotify' && titles.has(event.atom))) this.#tellSoon();
    });
  }

  async list(): Promise<DesktopWindow[]> {
    const [tree, clients, active] = await Promise.all([
      this.#queryTree(this.#x.root),
      this.#readClients(),
      this.#readWindowIds(this.#x.root, this.#atoms.activeWindow),
    ]);
    const clientOfFrame = new Map<number, number>();
    await Promise.all(
      clients.map(async (client) => {
        const frame = await this.#frameOf(client);
        if (frame !== undefined) clientOfFrame.set(frame, client);
      }),
    );
    const frontFirst = tree.filter((frame) => !this.#isServerOwned(frame)).reverse();
    const desktop = await rootBounds(this.#x);
    const windows = await Promise.all(
      frontFirst.map((frame) =>
        this.#describe(frame, { client: clientOfFrame.get(frame) ?? frame, active: active[0] }),
      ),
    );
    // Window managers and toolkits park small windows beyond the edge.
    return windows.filter((window) => window !== undefined).filter(({ bounds }) => intersect(bounds, desktop));
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  async #describe(
    frame: number,
    at: { client: number; active: number | undefined },
  ): Promise<DesktopWindow | undefined> {
    const bounds = await this.#visibleBounds(frame);
    if (!bounds) return undefined;
    const [title, owner] = await Promise.all([this.#readTitle(at.client), this.#ownerOf(at.client)]);
    this.#watchTitle(at.client);
    return {
      id: `0x${at.client.toString(16)}`,
      ...owner,
      title,
      bounds,
      isFocused: at.client === at.active,
    };
  }

  /** Undefined for windows that show nothing: unmapped, input-only, or gone by now. */
  async #visibleBounds(wid: number): Promise<Rect | undefined> {
    const { client } = this.#x;
    const [attributes, geometry] = await Promise.all([
      this.#orGone(this.#x.ask<{ klass: number; mapState: number }>((done) => client.GetWindowAttributes(wid, done))),
      this.#orGone(
        this.#x.ask<{ xPos: number; yPos: number; width: number; height: number; borderWidth: number }>((done) =>
          client.GetGeometry(wid, done),
        ),
      ),
    ]);
    if (!attributes || !geometry || attributes.klass === INPUT_ONLY || attributes.mapState !== VIEWABLE)
      return undefined;
    // The border is drawn outside of width and height; the position is its outer corner.
    const { xPos, yPos, width, height, borderWidth } = geometry;
    return { x: xPos, y: yPos, width: width + 2 * borderWidth, height: height + 2 * borderWidth };
  }

  async #readTitle(wid: number): Promise<string> {
    const netName = await this.#readProperty(wid, this.#atoms.netName);
    if (netName && netName.data.length > 0) return netName.data.toString('utf8');
    const name = await this.#readProperty(wid, this.#atoms.name);
    return name ? name.data.toString('latin1') : '';
  }

  async #ownerOf(wid: number): Promise<Owner> {
    const known = this.#owners.get(wid);
    if (known) return known;
    const pid = await pidOfWindow(this.#x, this.#res, wid);
    const owner = { pid, executable: pid === undefined ? undefined : await executableOf(pid) };
    this.#owners.set(wid, owner);
    return owner;
  }

  async #readClients(): Promise<number[]> {
    const stacking = await this.#readWindowIds(this.#x.root, this.#atoms.clientListStacking);
    return stacking.length > 0 ? stacking : this.#readWindowIds(this.#x.root, this.#atoms.clientList);
  }

  /** The child of the root window that contains `wid`, often the window manager's frame. */
  async #frameOf(wid: number): Promise<number | undefined> {
    let at = wid;
    for (let depth = 0; depth < MAX_FRAME_DEPTH; depth++) {
      const tree = await this.#orGone(this.#x.ask<{ parent: number }>((done) => this.#x.client.QueryTree(at, done)));
      if (!tree || tree.parent === 0) return undefined;
      if (tree.parent === this.#x.root) return at;
      at = tree.parent;
    }
    return undefined;
  }

  async #queryTree(wid: number): Promise<number[]> {
    return (await this.#x.ask<{ children: number[] }>((done) => this.#x.client.QueryTree(wid, done))).children;
  }

  async #readWindowIds(wid: number, atom: number): Promise<number[]> {
    const property = await this.#readProperty(wid, atom);
    if (property?.format !== 32) return [];
    return Array.from({ length: property.data.length >> 2 }, (_, i) => property.data.readUInt32LE(i * 4)).filter(
      Boolean,
    );
  }

  #readProperty(wid: number, atom: number): Promise<XProperty | undefined> {
    return this.#orGone(
      this.#x.ask<XProperty>((done) =>
        this.#x.client.GetProperty(0, wid, atom, ANY_TYPE, 0, MAX_PROPERTY_LENGTH, done),
      ),
    );
  }

  #watchTitle(wid: number): void {
    if (this.#watched.has(wid)) return;
    this.#watched.add(wid);
    const watched = this.#x.ask((done) =>
      this.#x.client.ChangeWindowAttributes(wid, { eventMask: EVENT_MASK.propertyChange }, done),
    );
    this.#x.background(this.#orGone(watched));
  }

  #forget(wid: number): void {
    this.#owners.delete(wid);
    this.#watched.delete(wid);
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

  /** The compositor's overlay window covers everything, belongs to the server itself and shows what is below. */
  #isServerOwned(wid: number): boolean {
    return (wid & ~this.#x.display.resource_mask & 0x1fffffff) === 0;
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

/** The program file of a process; undefined for processes of other users and those that have ended. */
async function executableOf(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/exe`);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // ENOENT, EACCES
    throw error;
  }
}
