/**
 * Password fields as programs tell of them by UI Automation: of browsers, WPF and store apps, which draw their fields
 * themselves. Places in the tables are those of uiautomationclient.idl.
 */
import type { Rect } from '../platform.ts';
import { callerOf, createObject, guid, UNKNOWN, variant } from './win32.com.ts';
import type { WinRect } from './win32.ts';

const CUI_AUTOMATION_8 = guid('e22ad333-b25f-460c-83d0-0581107395c9');
const IID_AUTOMATION_2 = guid('34723aff-0c9d-49d0-9896-7ab52df8cd8a');
/** UIA_…PropertyId. */
const PROPERTY = { boundingRectangle: 30_001, isPassword: 30_019 } as const;
const TREE_SCOPE_DESCENDANTS = 4;
const VT_BOOL = 11;
const VARIANT_TRUE = 0xffff;
/** How long one program may take to say who it is, and to answer. */
const LIMIT_MS = { connection: 500, transaction: 1000 } as const;

export const AUTOMATION = {
  ...UNKNOWN,
  ElementFromHandle: { at: 6, args: 'intptr_t hwnd, _Out_ void **element' },
  GetFocusedElementBuildCache: { at: 12, args: 'void *cache, _Out_ void **element' },
  CreateCacheRequest: { at: 20, args: '_Out_ void **cache' },
  CreatePropertyCondition: { at: 23, args: 'int32_t property, VARIANT value, _Out_ void **condition' },
  put_ConnectionTimeout: { at: 61, args: 'uint32_t ms' },
  put_TransactionTimeout: { at: 63, args: 'uint32_t ms' },
} as const;
export const CACHE_REQUEST = { ...UNKNOWN, AddProperty: { at: 3, args: 'int32_t property' } } as const;
export const ELEMENT = {
  ...UNKNOWN,
  FindAllBuildCache: { at: 8, args: 'int32_t scope, void *condition, void *cache, _Out_ void **elements' },
  get_CachedIsPassword: { at: 67, args: '_Out_ int32_t *value' },
  get_CachedBoundingRectangle: { at: 75, args: '_Out_ RECT *rect' },
} as const;
export const ELEMENT_ARRAY = {
  ...UNKNOWN,
  get_Length: { at: 3, args: '_Out_ int32_t *length' },
  GetElement: { at: 4, args: 'int32_t at, _Out_ void **element' },
} as const;

const automation = callerOf('IUIAutomation2', AUTOMATION);
const cacheRequest = callerOf('IUIAutomationCacheRequest', CACHE_REQUEST);
const element = callerOf('IUIAutomationElement', ELEMENT);
const elementArray = callerOf('IUIAutomationElementArray', ELEMENT_ARRAY);

/** What is kept for as long as the process runs: who asks, for what, and what is to be told with it. */
interface Asked {
  root: unknown;
  condition: unknown;
  cache: unknown;
}

export class Automation {
  readonly #asked: Asked;

  private constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Undefined where there is no UI Automation to ask. */
  static async open(): Promise<Automation | undefined> {
    const root = await createObject(CUI_AUTOMATION_8, IID_AUTOMATION_2);
    if (root === undefined) return undefined;
    await automation(root, 'put_ConnectionTimeout', LIMIT_MS.connection);
    await automation(root, 'put_TransactionTimeout', LIMIT_MS.transaction);
    const yes = variant(VT_BOOL, VARIANT_TRUE);
    const condition = await given((found) =>
      automation(root, 'CreatePropertyCondition', PROPERTY.isPassword, yes, found),
    );
    const cache = await given((found) => automation(root, 'CreateCacheRequest', found));
    if (condition === undefined || cache === undefined) return undefined;
    for (const property of Object.values(PROPERTY)) await cacheRequest(cache, 'AddProperty', property);
    return new Automation({ root, condition, cache });
  }

  /** Where the fields in a window are, in coordinates of the desktop; none where its program does not answer in time. */
  async passwordsIn(hwnd: number): Promise<Rect[]> {
    const { root, condition, cache } = this.#asked;
    const window = await given((found) => automation(root, 'ElementFromHandle', hwnd, found));
    if (window === undefined) return [];
    const fields = await given((found) =>
      element(window, 'FindAllBuildCache', TREE_SCOPE_DESCENDANTS, condition, cache, found),
    );
    await element(window, 'release');
    return fields === undefined ? [] : await placesOf(fields);
  }

  /** Where the field with the keyboard is, if it keeps its text secret. */
  async focusedPassword(): Promise<Rect | undefined> {
    const { root, cache } = this.#asked;
    const focused = await given((found) => automation(root, 'GetFocusedElementBuildCache', cache, found));
    if (focused === undefined) return undefined;
    const isPassword = [0];
    const isTold = (await element(focused, 'get_CachedIsPassword', isPassword)) === 0;
    const place = await placeOf(focused);
    return isTold && isPassword[0] !== 0 ? place : undefined;
  }
}

/** The object that a call answers with; undefined when it fails, or has none. */
async function given(call: (found: unknown[]) => Promise<unknown>): Promise<unknown> {
  const found: unknown[] = [null];
  return (await call(found)) === 0 ? (found[0] ?? undefined) : undefined;
}

/** Lets the list go. */
async function placesOf(elements: unknown): Promise<Rect[]> {
  const length = [0];
  await elementArray(elements, 'get_Length', length);
  const places: Rect[] = [];
  for (let at = 0; at < (length[0] ?? 0); at++) {
    const field = await given((found) => elementArray(elements, 'GetElement', at, found));
    const place = field === undefined ? undefined : await placeOf(field);
    if (place !== undefined) places.push(place);
  }
  await elementArray(elements, 'release');
  return places;
}

/** Lets the element go. */
async function placeOf(field: unknown): Promise<Rect | undefined> {
  const rect: Partial<WinRect> = {};
  const isTold = (await element(field, 'get_CachedBoundingRectangle', rect)) === 0;
  await element(field, 'release');
  const { left = 0, top = 0, right = 0, bottom = 0 } = rect;
  return isTold && right > left && bottom > top
    ? { x: left, y: top, width: right - left, height: bottom - top }
    : undefined;
}
