/**
 * Calls of COM objects through koffi: a method is a function of the table that an object's first word points to. Another
 * program may answer, and one that hangs keeps its answer, so each call is made on a thread of Node's pool.
 */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import { declareStructures, winLibrary } from './win32.ts';

export type AnyFunction = KoffiFunc<(...args: unknown[]) => unknown>;

/** VARIANT: its kind, and at 8 a number or an object. */
export const VARIANT = { bytes: 24, valueAt: 8 } as const;

/** Methods of one interface: the place in its table, and what follows the object itself among the arguments. */
export type ComMethods = Record<string, { at: number; args: string }>;

/** Those of IUnknown. */
export const UNKNOWN = {
  queryInterface: { at: 0, args: 'void *iid, _Out_ void **found' },
  release: { at: 2, args: '' },
} as const satisfies ComMethods;

type Caller<M extends ComMethods> = (object: unknown, method: keyof M & string, ...args: unknown[]) => Promise<unknown>;

const ole32 = winLibrary<{ CoIncrementMTAUsage(cookie: unknown[]): number; CoCreateInstance: AnyFunction }>('ole32', {
  CoIncrementMTAUsage: 'int32_t CoIncrementMTAUsage(_Out_ void **cookie)',
  CoCreateInstance:
    'int32_t CoCreateInstance(void *class, void *outer, uint32_t context, void *iid, _Out_ void **found)',
});
const CLSCTX_INPROC_SERVER = 1;

/** Answers what the methods return: 0 where they have done it. `name` is the interface's. */
export function callerOf<M extends ComMethods>(name: string, methods: M): Caller<M> {
  const prototypes = new Map<string, ReturnType<typeof koffi.proto>>();
  const prototypeOf = (method: keyof M & string): ReturnType<typeof koffi.proto> => {
    declareVariant();
    const args = ['void *self', methods[method]?.args ?? ''].filter((part) => part !== '').join(', ');
    const found = prototypes.get(method) ?? koffi.proto(`int32_t ${name}_${method}(${args})`);
    prototypes.set(method, found);
    return found;
  };
  return (object, method, ...args) => {
    const table = koffi.decode(object, 'void *') as unknown;
    const address = koffi.decode(table, (methods[method]?.at ?? 0) * 8, 'void *') as unknown;
    // By its prototype.
    return callAsync(koffi.decode(address, prototypeOf(method)) as AnyFunction, object, ...args);
  };
}

/** A new object; undefined where Windows has no such class. */
export async function createObject(classId: Buffer, iid: Buffer): Promise<unknown> {
  useComOnEveryThread();
  const found: unknown[] = [null];
  const result = await callAsync(ole32.CoCreateInstance, classId, null, CLSCTX_INPROC_SERVER, iid, found);
  return result === 0 ? found[0] : undefined;
}

export function callAsync(call: AnyFunction, ...args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: unknown, result: unknown) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error as Error);
    });
  });
}

/** A GUID as it lies in memory. */
export function guid(text: string): Buffer {
  const [first = '', second = '', third = '', ...rest] = text.split('-');
  const turned = [first, second, third].map((part) => Buffer.from(part, 'hex').reverse());
  return Buffer.concat([...turned, Buffer.from(rest.join(''), 'hex')]);
}

let isVariantDeclared = false;

function declareVariant(): void {
  if (isVariantDeclared) return;
  isVariantDeclared = true;
  declareStructures();
  koffi.struct('VARIANT', {
    kind: 'uint16_t',
    reserved: koffi.array('uint16_t', 3),
    value: 'int64_t',
    more: 'int64_t',
  });
}

/** As an argument. */
export function variant(kind: number, value: number): object {
  return { kind, reserved: [0, 0, 0], value, more: 0 };
}

let isComUsed = false;

/** Threads that do not ask for COM themselves have it once the process does (Windows 8). */
export function useComOnEveryThread(): void {
  if (isComUsed) return;
  isComUsed = true;
  ole32.CoIncrementMTAUsage([null]);
}
