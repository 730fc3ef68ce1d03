/**
 * COM objects by koffi: a method is a function of the table that the first word of an object points to. Places, structures
 * and identifiers are compared with the headers of MinGW by `graphics.interfaces.test.ts`.
 */
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';

/** Place in the table, and a prototype whose name is `Interface_Method`: koffi keeps one list of names. */
export type ComMethod = readonly [place: number, declaration: string];

type AnyFunction = KoffiFunc<(...args: unknown[]) => unknown>;

/** What a method said that it could not do. `code` is the HRESULT. */
export class ComError extends Error {
  override name = 'ComError';
  readonly code: number;

  constructor(what: string, code: number) {
    super(`${what}: 0x${(code >>> 0).toString(16).padStart(8, '0')}`);
    this.code = code >>> 0;
  }
}

export const UNKNOWN = {
  QueryInterface: [0, 'int32_t IUnknown_QueryInterface(void *self, void *iid, _Out_ void **found)'],
  Release: [2, 'uint32_t IUnknown_Release(void *self)'],
} as const satisfies Record<string, ComMethod>;

export class ComObject {
  /** For arguments. */
  readonly address: unknown;
  readonly #table: unknown;
  readonly #bound = new Map<ComMethod, AnyFunction>();

  constructor(address: unknown) {
    this.address = address;
    this.#table = koffi.decode(address, 'void *') as unknown;
  }

  /** What a function wrote to its last argument. */
  static from(what: string, call: (found: unknown[]) => unknown): ComObject {
    const found: unknown[] = [null];
    throwIfFailed(what, call(found));
    return new ComObject(found[0]);
  }

  /** The method's answer, most often an HRESULT. */
  call(method: ComMethod, ...args: unknown[]): number {
    return this.#function(method)(this.address, ...args) as number; // by its declaration
  }

  /** On a thread of Node's pool, for what waits for the graphics card. */
  callAsync(method: ComMethod, ...args: unknown[]): Promise<number> {
    return callAsync(this.#function(method), this.address, ...args);
  }

  /** Throws when the method fails. */
  do(method: ComMethod, ...args: unknown[]): void {
    throwIfFailed(nameOf(method), this.call(method, ...args));
  }

  as(iid: Buffer): ComObject {
    return ComObject.from('QueryInterface', (found) => this.call(UNKNOWN.QueryInterface, iid, found));
  }

  release(): void {
    this.call(UNKNOWN.Release);
  }

  #function(method: ComMethod): AnyFunction {
    const bound = this.#bound.get(method);
    if (bound) return bound;
    const address = koffi.decode(this.#table, method[0] * 8, 'void *') as unknown;
    // By its prototype.
    const fresh = koffi.decode(address, prototypeOf(method)) as AnyFunction;
    this.#bound.set(method, fresh);
    return fresh;
  }
}

/** Identifier as it lies in memory, from how it is written. */
export function guid(text: string): Buffer {
  const [first = '', second = '', third = '', ...rest] = text.split('-');
  const turned = [first, second, third].map((part) => Buffer.from(part, 'hex').reverse());
  return Buffer.concat([...turned, Buffer.from(rest.join(''), 'hex')]);
}

export function callAsync(call: AnyFunction, ...args: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: unknown, result: unknown) => {
      if (error === null || error === undefined) resolve(result as number);
      else reject(error as Error);
    });
  });
}

export function throwIfFailed(what: string, code: unknown): void {
  if (typeof code !== 'number' || code < 0) throw new ComError(what, Number(code));
}

export function nameOf([, declaration]: ComMethod): string {
  return /_(\w+)\(/.exec(declaration)?.[1] ?? declaration;
}

const prototypes = new Map<ComMethod, ReturnType<typeof koffi.proto>>();

function prototypeOf(method: ComMethod): ReturnType<typeof koffi.proto> {
  const known = prototypes.get(method) ?? koffi.proto(method[1]);
  prototypes.set(method, known);
  return known;
}
