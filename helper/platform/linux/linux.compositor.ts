/**
 * The program that paints windows over each other by their alpha, and what it paints of its own. It does so in a window of
 * the server (the composite overlay window), which is over all others and in no list of windows; asking for it by its own
 * request would make it where there is none. Where that window takes the pointer, the compositor shows something of its
 * own: GNOME's panel, its menus, its overview of all windows.
 */
import type { FixesExtension, XEvent } from 'x11';
import { XRequestError } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** Number of the screen in the name of a display. */
const SCREEN = /\.(\d+)$/;
/** Windows of the server are numbered before the root window, which is among the last things that it makes. */
const MAX_PROBED = 4096;

export class Compositor {
  readonly #x: XConnection;
  readonly #fixes: FixesExtension | undefined;
  readonly #selection: number;
  /** Windows of the server itself on the root window. */
  readonly #overlays = new Set<number>();

  private constructor(x: XConnection, fixes: FixesExtension | undefined, selection: number) {
    this.#x = x;
    this.#fixes = fixes;
    this.#selection = selection;
    if (!fixes) return;
    const { SetSelectionOwner, SelectionWindowDestroy, SelectionClientClose } = fixes.SelectionEventMask;
    const mask = SetSelectionOwner | SelectionWindowDestroy | SelectionClientClose;
    fixes.SelectSelectionInput(x.root, selection, mask);
  }

  /** Events of the root window's children are selected already. */
  static async open(x: XConnection): Promise<Compositor> {
    const selection = await x.internAtom(`_NET_WM_CM_S${SCREEN.exec(x.displayName)?.[1] ?? '0'}`);
    const compositor = new Compositor(x, await x.extension('fixes'), selection);
    if (await compositor.isRunning()) await compositor.#findOverlays();
    return compositor;
  }

  async isRunning(): Promise<boolean> {
    return (await this.#x.ask<number>((done) => this.#x.client.GetSelectionOwner(this.#selection, done))) !== 0;
  }

  overlays(): number[] {
    return [...this.#overlays];
  }

  /** True when a compositor came or went. */
  take(event: XEvent & { type: number }): boolean {
    const isMade = event.name === 'CreateNotify' && event.parent === this.#x.root;
    if (isMade && this.#x.isServerOwned(event.wid)) this.#overlays.add(event.wid);
    if (event.name === 'DestroyNotify') this.#overlays.delete(event.wid);
    return event.name === 'SelectionNotify' && event.type === this.#fixes?.firstEvent;
  }

  /** One that was made before this program came is found by trying: about a thousand numbers, once. */
  async #findOverlays(): Promise<void> {
    const count = Math.min(this.#x.root - 1, MAX_PROBED);
    const wids = Array.from({ length: count }, (_, at) => at + 1);
    const found = await Promise.all(wids.map((wid) => this.#isOnRoot(wid)));
    for (const [at, isFound] of found.entries()) if (isFound) this.#overlays.add(at + 1);
  }

  async #isOnRoot(wid: number): Promise<boolean> {
    try {
      const { parent } = await this.#x.ask<{ parent: number }>((done) => this.#x.client.QueryTree(wid, done));
      return parent === this.#x.root;
    } catch (error) {
      if (error instanceof XRequestError) return false; // no such window
      throw error;
    }
  }
}
