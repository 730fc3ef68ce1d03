/**
 * The field that has the keyboard, as its program tells by MSAA (IAccessible): browsers, and what draws its fields itself.
 */
import type { Rect } from '../platform.ts';
import { callAsync, callerOf, guid, UNKNOWN, useComOnEveryThread, VARIANT, variant } from './win32.com.ts';
import type { AnyFunction } from './win32.com.ts';
import { winLibrary } from './win32.ts';

/** OBJID_CLIENT. */
const CLIENT = 0xfffffffc;
const IID_ACCESSIBLE = guid('618736e0-3c3d-11cf-810c-00aa00389b71');
/** Of IAccessible, behind IUnknown (3) and IDispatch (4). */
const ask = callerOf('IAccessible', {
  ...UNKNOWN,
  state: { at: 14, args: 'VARIANT child, void *state' },
  focus: { at: 18, args: 'void *child' },
  location: {
    at: 22,
    args: '_Out_ int32_t *x, _Out_ int32_t *y, _Out_ int32_t *w, _Out_ int32_t *h, VARIANT child',
  },
});
const VT = { number: 3, object: 9 } as const; // VT_I4, VT_DISPATCH
const STATE_SYSTEM_PROTECTED = 0x20000000;
/** Programs whose focus is in a circle. */
const MAX_DEPTH = 16;

const oleacc = winLibrary<{ AccessibleObjectFromWindow: AnyFunction }>('oleacc', {
  AccessibleObjectFromWindow:
    'int32_t AccessibleObjectFromWindow(intptr_t hwnd, uint32_t which, void *iid, _Out_ void **found)',
});

/** Where the focused field is, if it keeps its text secret. `hwnd` is the window that has the keyboard. */
export async function focusedSecret(hwnd: number): Promise<Rect | undefined> {
  useComOnEveryThread();
  const found: unknown[] = [null];
  if ((await callAsync(oleacc.AccessibleObjectFromWindow, hwnd, CLIENT, IID_ACCESSIBLE, found)) !== 0) return undefined;
  let object = found[0];
  try {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const focus = Buffer.alloc(VARIANT.bytes);
      const isTold = (await ask(object, 'focus', focus)) === 0;
      if (!isTold || focus.readUInt16LE() !== VT.object)
        return await secretPlace(object, focus.readInt32LE(VARIANT.valueAt));
      const inner = await accessibleAt(focus.readBigUInt64LE(VARIANT.valueAt));
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
  const which = variant(VT.number, child);
  const state = Buffer.alloc(VARIANT.bytes);
  if ((await ask(object, 'state', which, state)) !== 0) return undefined;
  if ((state.readInt32LE(VARIANT.valueAt) & STATE_SYSTEM_PROTECTED) === 0) return undefined;
  const [x, y, width, height] = [[0], [0], [0], [0]];
  if ((await ask(object, 'location', x, y, width, height, which)) !== 0) return undefined;
  return { x: x[0] ?? 0, y: y[0] ?? 0, width: width[0] ?? 0, height: height[0] ?? 0 };
}
