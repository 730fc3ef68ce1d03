/**
 * Questions to the objects that programs offer on the accessibility bus (AT-SPI 2). Names, texts and values are never asked
 * for. A program that does not answer in time is left alone for a while.
 */
import type { Rect } from '../platform.ts';
import { DBusCallError, NO_REPLY } from './dbus.connection.ts';
import type { DBusCall, DBusConnection } from './dbus.connection.ts';
import type { DBusValue, DBusVariant } from './dbus.message.ts';

/** An object of a program: the program's name on the bus and the object's path. */
export interface ObjectRef {
  bus: string;
  path: string;
}

/** atspi-constants.h, AtspiRole. */
export const ROLE = {
  fileChooser: 19,
  passwordText: 40,
  table: 55,
  text: 61,
  tree: 65,
  treeTable: 66,
  entry: 79,
} as const;
/** atspi-constants.h, AtspiStateType: bits of the first word. */
const STATE = { focused: 12, showing: 25, visible: 30 } as const;

const ACCESSIBLE = 'org.a11y.atspi.Accessible';
const APPLICATION = 'org.a11y.atspi.Application';
const COMPONENT = 'org.a11y.atspi.Component';
const COLLECTION = 'org.a11y.atspi.Collection';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
export const ROOT_PATH = '/org/a11y/atspi/accessible/root';
const REGISTRY: ObjectRef = { bus: 'org.a11y.atspi.Registry', path: ROOT_PATH };

const SCREEN_COORDINATES = 0;
/** AtspiCollectionMatchType: all of the states and attributes, any of the roles. */
const [MATCH_ALL, MATCH_ANY] = [1, 2];
const SORT_CANONICAL = 1;
const ROLE_WORDS = 4;
/** atspi-constants.h, AtspiRelationType: from a browser's window to the page that it shows. */
const EMBEDS = 13;

const TIMEOUT_MS = 500;
const SEARCH_TIMEOUT_MS = 2_000;
const LEAVE_ALONE_MS = 2_000;

export interface ObjectState {
  role: number;
  /** On the screen, as far as its program knows; GTK 4 tells only that it is not hidden. */
  isShowing: boolean;
  isVisible: boolean;
  isFocused: boolean;
}

export class AccessibleObjects {
  readonly #connection: DBusConnection;
  /** Until when programs that hang are not asked. */
  readonly #hanging = new Map<string, number>();

  constructor(connection: DBusConnection) {
    this.#connection = connection;
  }

  isHanging(bus: string): boolean {
    return performance.now() < (this.#hanging.get(bus) ?? 0);
  }

  /** It gives a sign of life, or is gone. */
  forget(bus: string): void {
    this.#hanging.delete(bus);
  }

  /** Roots of all programs. */
  async applications(): Promise<ObjectRef[]> {
    return this.children(REGISTRY);
  }

  async processOf(bus: string): Promise<number | undefined> {
    try {
      const [pid] = await this.#connection.callBus('GetConnectionUnixProcessID', 's', [bus]);
      return typeof pid === 'number' ? pid : undefined;
    } catch (error) {
      if (error instanceof DBusCallError) return undefined;
      throw error;
    }
  }

  async children(ref: ObjectRef): Promise<ObjectRef[]> {
    return toRefs(await this.#ask(ref, { interface: ACCESSIBLE, member: 'GetChildren' }));
  }

  async childCount(ref: ObjectRef): Promise<number> {
    return Number((await this.#property(ref, ACCESSIBLE, 'ChildCount')) ?? 0);
  }

  async firstChildren(ref: ObjectRef, count: number): Promise<ObjectRef[]> {
    const calls = Array.from({ length: count }, (_, index) =>
      this.#ask(ref, { interface: ACCESSIBLE, member: 'GetChildAtIndex', signature: 'i', body: [index] }),
    );
    return toRefs((await Promise.all(calls)).filter((answer) => answer !== undefined));
  }

  async parent(ref: ObjectRef): Promise<ObjectRef | undefined> {
    const answer = await this.#property(ref, ACCESSIBLE, 'Parent');
    return toRefs(answer === undefined ? [] : [answer])[0];
  }

  /** The pages that a browser's window shows. Chromium looks into them only once somebody has asked for relations. */
  async pages(toplevel: ObjectRef): Promise<ObjectRef[]> {
    const relations = await this.#ask(toplevel, { interface: ACCESSIBLE, member: 'GetRelationSet' });
    if (!Array.isArray(relations)) return [];
    return relations.flatMap((relation: DBusValue) => {
      const [type, targets] = Array.isArray(relation) ? relation : [];
      return type === EMBEDS ? toRefs(targets) : [];
    });
  }

  /** Undefined when the object or its program is gone or silent. */
  async state(ref: ObjectRef): Promise<ObjectState | undefined> {
    const [role, states] = await Promise.all([
      this.#ask(ref, { interface: ACCESSIBLE, member: 'GetRole' }),
      this.#ask(ref, { interface: ACCESSIBLE, member: 'GetState' }),
    ]);
    if (typeof role !== 'number' || !Array.isArray(states)) return undefined;
    const bits = Number(states[0] ?? 0);
    return {
      role,
      isShowing: hasBit(bits, STATE.showing),
      isVisible: hasBit(bits, STATE.visible),
      isFocused: hasBit(bits, STATE.focused),
    };
  }

  async extents(ref: ObjectRef): Promise<Rect | undefined> {
    const answer = await this.#ask(ref, {
      interface: COMPONENT,
      member: 'GetExtents',
      signature: 'u',
      body: [SCREEN_COORDINATES],
    });
    if (!Array.isArray(answer)) return undefined;
    const [x = 0, y = 0, width = 0, height = 0] = answer.map(Number);
    return { x, y, width, height };
  }

  /** Can it search by itself? GTK 3, Chromium and Firefox can, Qt and GTK 4 cannot. */
  async canSearch(ref: ObjectRef): Promise<boolean | undefined> {
    const interfaces = await this.#ask(ref, { interface: ACCESSIBLE, member: 'GetInterfaces' });
    return Array.isArray(interfaces) ? interfaces.includes(COLLECTION) : undefined;
  }

  /** All objects below that have one of these roles. */
  async search(ref: ObjectRef, roles: readonly number[]): Promise<ObjectRef[]> {
    const words = Array.from({ length: ROLE_WORDS }, (_, word) =>
      roles.reduce((bits, role) => (role >> 5 === word ? bits | (1 << (role & 31)) : bits), 0),
    );
    const rule = [[], MATCH_ALL, [], MATCH_ALL, words, MATCH_ANY, [], MATCH_ALL, false];
    const signature = '(aiia{ss}iaiiasib)uib';
    const body = [rule, SORT_CANONICAL, 0, true];
    const call = { interface: COLLECTION, member: 'GetMatches', signature, body };
    return toRefs(await this.#ask(ref, call, SEARCH_TIMEOUT_MS));
  }

  /** "GTK 4.8.3". */
  async toolkit(bus: string): Promise<string> {
    const root = { bus, path: ROOT_PATH };
    const read = async (name: string): Promise<string> => String((await this.#property(root, APPLICATION, name)) ?? '');
    return `${await read('ToolkitName')} ${await read('Version')}`;
  }

  async #property(ref: ObjectRef, owner: string, name: string): Promise<DBusValue | undefined> {
    const call = { interface: PROPERTIES, member: 'Get', signature: 'ss', body: [owner, name] };
    // Get answers with one variant.
    return ((await this.#ask(ref, call)) as DBusVariant | undefined)?.value;
  }

  /** The first value of the answer, undefined when there is none. */
  async #ask(
    { bus, path }: ObjectRef,
    call: Omit<DBusCall, 'destination' | 'path'>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<DBusValue | undefined> {
    if (this.isHanging(bus)) return undefined;
    try {
      const [first] = await this.#connection.call({ destination: bus, path, ...call }, timeoutMs);
      return first;
    } catch (error) {
      if (!(error instanceof DBusCallError)) throw error;
      if (error.code === NO_REPLY) this.#hanging.set(bus, performance.now() + LEAVE_ALONE_MS);
      return undefined;
    }
  }
}

function hasBit(bits: number, bit: number): boolean {
  return ((bits >>> bit) & 1) === 1;
}

function toRefs(answer: DBusValue | undefined): ObjectRef[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((entry: DBusValue) => {
    const [bus, path] = Array.isArray(entry) ? entry : [];
    return typeof bus === 'string' && typeof path === 'string' ? [{ bus, path }] : [];
  });
}
