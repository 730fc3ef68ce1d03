/**
 * The field that has the keyboard, as its program tells by MSAA (IAccessible): browsers, and what draws its fields itself.
 * A program that hangs keeps its answer, so each question is asked on a thread of Node's pool.
 */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import type { Rect } from '../platform.ts';
import { winLibrary } from './win32.ts';

/** OBJID_CLIENT. */
const CLIENT = 0xfffffffc;
/** {618736e0-3c3d-11cf-810c-00aa00389b71} */
const IID_ACCESSIBLE = Buffer.from('e03687613d3ccf11810c00aa00389b71', 'hex');
/** Places in the table of IAccessible, behind those of IUnknown (3) and IDispatch (4). */
const METHOD = { queryInterface: 0, release: 2, state: 14, focus: 18, location: 22 } as const;
const PROTOTYPES = {
  queryInterface: 'int32_t QueryInterface(void *self, void *iid, _Out_ void **found)',
  release: 'uint32_t Release(void *self)',
  state: 'int32_t get_accState(void *self, VARIANT child, void *state)',
  focus: 'int32_t get_accFocus(void *self, void *child)',
  location:
    'int32_t accLocation(void *self, _Out_ int32_t *x, _Out_ int32_t *y, _Out_ int32_t *w, _Out_ int32_t *h, VARIANT child)',
} as const;
/** VARIANT: its kind, and at 8 a number or an object. */
const VARIANT_BYTES = 24;
const VALUE_AT = 8;
const VT = { number: 3, object: 9 } as const; // VT_I4, VT_DISPATCH
const STATE_SYSTEM_PROTECTED = 0x20000000;
/** Programs whose focus is in a circle. */
const MAX_DEPTH = 16;

type AnyFunction = KoffiFunc<(...args: unknown[]) => unknown>;

const oleacc = winLibrary<{ AccessibleObjectFromWindow: AnyFunction }>('oleacc', {
  AccessibleObjectFromWindow:
    'int32_t AccessibleObjectFromWindow(intptr_t hwnd, uint32_t which, void *iid, _Out_ void **found)',
});

const ole32 = winLibrary<{ CoIncrementMTAUsage(cookie: unknown[]): number }>('ole32', {
  CoIncrementMTAUsage: 'int32_t CoIncrementMTAUsage(_Out_ void **cookie)',
});

/** Where the focused field is, if it keeps its text secret. `hwnd` is the window that has the keyboard. */
export async function focusedSecret(hwnd: number): Promise<Rect | undefined> {
  useComOnEveryThread();
  const found: unknown[] = [null];
  if ((await callAsync(oleacc.AccessibleObjectFromWindow, hwnd, CLIENT, IID_ACCESSIBLE, found)) !== 0) return undefined;
  let object = found[0];
  try {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const focus = Buffer.alloc(VARIANT_BYTES);
      const isTold = (await ask(object, 'focus', focus)) === 0;
      if (!isTold || focus.readUInt16LE() !== VT.object) return await secretPlace(object, focus.readInt32LE(VALUE_AT));
      const inner = await accessibleAt(focus.readBigUInt64LE(VALUE_AT));
      if (inner === undefined) return undefined;
      await ask(object, 'release');
      object = inner;
    }
    return undefined;
  } finally {
    await ask(object, 'release');
  }
}

/** The object as IAccessible; the one that was given is let go. */
async function accessibleAt(dispatch: bigint): Promise<unknown> {
  const found: unknown[] = [null];
  const isKnown = (await ask(dispatch, 'queryInterface', IID_ACCESSIBLE, found)) === 0;
  await ask(dispatch, 'release');
  return isKnown ? found[0] : undefined;
}

/** `child` is a number among the object's children, 0 for itself. */
async function secretPlace(object: unknown, child: number): Promise<Rect | undefined> {
  const which = { kind: VT.number, reserved: [0, 0, 0], value: child, more: 0 };
  const state = Buffer.alloc(VARIANT_BYTES);
  if ((await ask(object, 'state', which, state)) !== 0) return undefined;
  if ((state.readInt32LE(VALUE_AT) & STATE_SYSTEM_PROTECTED) === 0) return undefined;
  const [x, y, width, height] = [[0], [0], [0], [0]];
  if ((await ask(object, 'location', x, y, width, height, which)) !== 0) return undefined;
  return { x: x[0] ?? 0, y: y[0] ?? 0, width: width[0] ?? 0, height: height[0] ?? 0 };
}

/** Calls a method of a COM object: a function of the table that its first word points to. */
function ask(object: unknown, method: keyof typeof METHOD, ...args: unknown[]): Promise<unknown> {
  const table = koffi.decode(object, 'void *') as unknown;
  const address = koffi.decode(table, METHOD[method] * 8, 'void *') as unknown;
  // By its prototype.
  return callAsync(koffi.decode(address, prototype(method)) as AnyFunction, object, ...args);
}

function callAsync(call: AnyFunction, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: unknown, result: unknown) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error as Error);
    });
  });
}

const prototypes = new Map<string, ReturnType<typeof koffi.proto>>();

function prototype(method: keyof typeof METHOD): ReturnType<typeof koffi.proto> {
  if (prototypes.size === 0) {
    koffi.struct('VARIANT', {
      kind: 'uint16_t',
      reserved: koffi.array('uint16_t', 3),
      value: 'int64_t',
      more: 'int64_t',
    });
    for (const [name, declaration] of Object.entries(PROTOTYPES)) prototypes.set(name, koffi.proto(declaration));
  }
  const found = prototypes.get(method);
  if (found === undefined) throw new Error(`${method} is not declared`);
  return found;
}

let isComUsed = false;

/** Threads that do not ask for COM themselves have it once the process does (Windows 8). */
function useComOnEveryThread(): void {
  if (isComUsed) return;
  isComUsed = true;
  ole32.CoIncrementMTAUsage([null]);
}
