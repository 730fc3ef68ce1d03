/** The fields of one program on the accessibility bus that must not be seen: found, followed, and known to be typed into. */
import type { Rect, SensitiveField } from '../platform.ts';
import { findByRole, findInPart } from './atspi.find.ts';
import { ROLE, ROOT_PATH } from './atspi.objects.ts';
import type { AccessibleObjects, ObjectRef, ObjectState } from './atspi.objects.ts';
import { isEmpty, placeOnDesktop } from './atspi.place.ts';

/** A password that its field shows on demand is one all the same. */
const SHOWN_PASSWORD: readonly number[] = [ROLE.text, ROLE.entry];
const MAX_TOPLEVELS = 32;
const MAX_FIELDS = 256;
const MAX_ANCESTORS = 64;
const MAX_NEWS = 32;

/** After news, and without any; both stretch with the time that looking takes, so that it takes a small share only. */
const SOON = { ms: 30, share: 20 };
const REGULARLY = { ms: 2_000, share: 50 };
/** A page that adds parts all the time is looked at in a fifth of it. */
const PARTS_SHARE = 4;

interface Place {
  ref: ObjectRef;
  toplevel: ObjectRef;
  kind?: SensitiveField['kind'];
}

interface FoundField extends Place {
  kind: SensitiveField['kind'];
  isFocused: boolean;
  bounds: Rect;
  toplevelBounds: Rect | undefined;
}

export class WatchedApplication {
  readonly #objects: AccessibleObjects;
  readonly #root: ObjectRef;
  #fields: readonly FoundField[] = [];
  #pid: number | undefined;
  /** GTK 4 does not know where its windows are, nor which parts of them show. */
  #isGtk4 = false;
  #canSearch: boolean | undefined;
  #isPrepared = false;
  #isBusy = false;
  #scanAt = 0;
  #lastScan = { endedAt: 0, ms: 0 };
  /** Paths of objects to be looked at before anything else. */
  readonly #focused = new Set<string>();
  readonly #parts = new Set<string>();
  #partsAt = 0;

  constructor(objects: AccessibleObjects, bus: string) {
    this.#objects = objects;
    this.#root = { bus, path: ROOT_PATH };
  }

  hasFields(): boolean {
    return this.#fields.length > 0;
  }

  isScanDue(now: number): boolean {
    return !this.#isBusy && now >= this.#scanAt;
  }

  /** It reported that something is different: it will be looked at soon. */
  takeNews(): void {
    this.#objects.forget(this.#root.bus);
    this.#scanSoon();
  }

  /** The focus went to this object or from it. A field that is typed into is found so even where it is not searched for. */
  async takeFocus(path: string): Promise<void> {
    this.#objects.forget(this.#root.bus);
    if (this.#focused.size < MAX_NEWS) this.#focused.add(path);
    await this.#lookAtNews();
  }

  /** This object has come to one of its windows. A field in it may hold something already. */
  async takePart(path: string): Promise<void> {
    this.takeNews();
    if (this.#parts.size < MAX_NEWS && performance.now() >= this.#partsAt) this.#parts.add(path);
    await this.#lookAtNews();
  }

  /** Looks for all fields. A program that does not answer keeps those that it had: they still stand on the screen. */
  async scan(): Promise<void> {
    await this.#scanAll();
    await this.#lookAtNews();
  }

  async #scanAll(): Promise<void> {
    await this.#alone(async () => {
      const began = performance.now();
      await this.#prepare();
      const toplevels = (await this.#objects.children(this.#root)).slice(0, MAX_TOPLEVELS);
      const known = this.#fields.filter(({ kind }) => kind === 'password');
      const found = await Promise.all(toplevels.map((toplevel) => this.#searchIn(toplevel)));
      const places = new Map([...known, ...found.flat()].map((place) => [place.ref.path, place]));
      await this.#read([...places.values()].slice(-MAX_FIELDS));
      const endedAt = performance.now();
      const ms = this.#objects.isHanging(this.#root.bus) ? 0 : endedAt - began;
      this.#lastScan = { endedAt, ms };
      this.#scanAt = endedAt + Math.max(REGULARLY.ms, ms * REGULARLY.share);
    });
  }

  /** Reads again where the known fields are. */
  async follow(): Promise<void> {
    if (this.#fields.length > 0) await this.#alone(() => this.#read(this.#fields));
    await this.#lookAtNews();
  }

  /** Without a search of everything. While something else is looked at, the news wait for its end. */
  async #lookAtNews(): Promise<void> {
    while (!this.#isBusy && this.#focused.size + this.#parts.size > 0) {
      const [focused, parts] = [[...this.#focused], [...this.#parts]];
      this.#focused.clear();
      this.#parts.clear();
      await this.#alone(async () => {
        const refs = [...(await this.#wantedOf(focused)), ...(await this.#wantedIn(parts))];
        const found = await Promise.all(refs.map(async (ref) => ({ ref, toplevel: await this.#toplevelOf(ref) })));
        const places = new Map([...found, ...this.#fields].map((place) => [place.ref.path, place]));
        await this.#read([...places.values()].slice(-MAX_FIELDS));
      });
    }
  }

  async #wantedOf(paths: readonly string[]): Promise<ObjectRef[]> {
    const found = await Promise.all(
      paths.map(async (path) => {
        const ref = { bus: this.#root.bus, path };
        const state = await this.#objects.state(ref);
        return state === undefined || kindOf(state.role) === undefined ? [] : [ref];
      }),
    );
    return found.flat();
  }

  async #wantedIn(paths: readonly string[]): Promise<ObjectRef[]> {
    if (paths.length === 0) return [];
    const began = performance.now();
    const { bus } = this.#root;
    const found = await Promise.all(paths.map((path) => findInPart(this.#objects, { bus, path })));
    const endedAt = performance.now();
    this.#partsAt = endedAt + (endedAt - began) * PARTS_SHARE;
    return found.flat();
  }

  place(windowsOf: (pid: number) => readonly Rect[]): SensitiveField[] {
    const windows = this.#pid === undefined ? [] : windowsOf(this.#pid);
    return this.#fields.flatMap(({ kind, isFocused, bounds, toplevelBounds }) => {
      if (isEmpty(bounds) && !isFocused) return [];
      const placing = { toplevel: toplevelBounds, windows, isRelative: this.#isGtk4 };
      const places = placeOnDesktop(bounds, placing);
      return places.map((place) => ({ kind, bounds: place, pid: this.#pid, isFocused }));
    });
  }

  #scanSoon(): void {
    const { endedAt, ms } = this.#lastScan;
    const soon = Math.max(performance.now() + SOON.ms, endedAt + ms * SOON.share);
    this.#scanAt = Math.min(this.#scanAt, soon);
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    if (this.#isBusy) return this.#scanSoon();
    this.#isBusy = true;
    try {
      await work();
    } finally {
      this.#isBusy = false;
    }
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared) return;
    this.#pid = await this.#objects.processOf(this.#root.bus);
    this.#isGtk4 = /^gtk 4/i.test(await this.#objects.toolkit(this.#root.bus));
    this.#canSearch = await this.#objects.canSearch(this.#root);
    this.#isPrepared = this.#canSearch !== undefined;
  }

  async #searchIn(toplevel: ObjectRef): Promise<Place[]> {
    const found = await findByRole(this.#objects, toplevel, this.#canSearch === true);
    return found.map((ref) => ({ ref, toplevel }));
  }

  async #toplevelOf(ref: ObjectRef): Promise<ObjectRef> {
    let at = ref;
    for (let i = 0; i < MAX_ANCESTORS; i++) {
      const parent = await this.#objects.parent(at);
      if (parent === undefined || parent.path === ROOT_PATH) break;
      at = parent;
    }
    return at;
  }

  async #read(places: readonly Place[]): Promise<void> {
    const fields = await Promise.all(
      places.map(async ({ ref, toplevel, kind: before }): Promise<FoundField[]> => {
        const state = await this.#objects.state(ref);
        if (state === undefined || !this.#isOnScreen(state)) return [];
        const kind = kindOf(state.role) ?? (SHOWN_PASSWORD.includes(state.role) ? before : undefined);
        if (kind === undefined) return [];
        const [bounds, toplevelBounds] = await Promise.all([
          this.#objects.extents(ref),
          this.#objects.extents(toplevel),
        ]);
        if (bounds === undefined) return [];
        return [{ ref, toplevel, kind, isFocused: state.isFocused, bounds, toplevelBounds }];
      }),
    );
    if (!this.#objects.isHanging(this.#root.bus)) this.#fields = fields.flat();
  }

  #isOnScreen(state: ObjectState): boolean {
    return this.#isGtk4 ? state.isVisible : state.isShowing;
  }
}

function kindOf(role: number): SensitiveField['kind'] | undefined {
  if (role === ROLE.passwordText) return 'password';
  return role === ROLE.fileChooser ? 'file-chooser' : undefined;
}
