/**
 * Messages to Objective-C objects. `objc_msgSend` has no prototype of its own (message.h): it is called by that of the
 * method, so each signature is bound once. On Apple silicon every result comes back by the same function; Intel's
 * processors, for which this program is not made, have others for structures.
 */
import koffi from 'koffi';
import type { CGPoint, CGRect, CGSize, Ref } from './frameworks.ts';
import { loadLibrary, macLibrary } from './frameworks.ts';

interface Results {
  void: undefined;
  'void *': Ref;
  bool: boolean;
  double: number;
  int32_t: number;
  uint32_t: number;
  int64_t: number;
  CGPoint: CGPoint;
  CGSize: CGSize;
  CGRect: CGRect;
}

type Value = Ref | number | boolean | Uint8Array | CGPoint | CGRect;
export type Argument = readonly [type: string, value: Value];

interface ObjC {
  objc_getClass(name: string): Ref;
  sel_registerName(name: string): Ref;
  objc_autoreleasePoolPush(): Ref;
  objc_autoreleasePoolPop(pool: Ref): void;
}

/** runtime.h; the pool is in Clang's "Objective-C Automatic Reference Counting", 7. Runtime support. */
const objc = macLibrary<ObjC>('objc', {
  objc_getClass: 'void *objc_getClass(const char *name)',
  sel_registerName: 'void *sel_registerName(const char *name)',
  objc_autoreleasePoolPush: 'void *objc_autoreleasePoolPush()',
  objc_autoreleasePoolPop: 'void objc_autoreleasePoolPop(void *pool)',
});

type Message = (receiver: Ref, selector: Ref, ...values: Value[]) => unknown;
const bound = new Map<string, Message>();
const selectors = new Map<string, Ref>();

/** `send('void', panel, 'setLevel:', ['int64_t', 25])`. A message to nothing does nothing, as in Objective-C. */
export function send<R extends keyof Results>(
  result: R,
  receiver: Ref,
  ...[selector, ...args]: [selector: string, ...args: Argument[]]
): Results[R] {
  const types = args.map(([type]) => type);
  const signature = [result, ...types].join(' ');
  const message =
    bound.get(signature) ?? loadLibrary('objc').func('objc_msgSend', result, ['void *', 'void *', ...types]);
  bound.set(signature, message);
  // By the result's type.
  return message(receiver, selectorOf(selector), ...args.map(([, value]) => value)) as Results[R];
}

function selectorOf(name: string): Ref {
  const selector = selectors.get(name) ?? objc.sel_registerName(name);
  selectors.set(name, selector);
  return selector;
}

/** A class of a framework that is loaded; throws where this macOS has none of that name. */
export function classOf(library: 'AppKit' | 'ScreenCaptureKit', name: string): Ref {
  loadLibrary(library);
  const found = objc.objc_getClass(name);
  if (found === null) throw new Error(`this macOS has no ${name}`);
  return found;
}

/** What is autoreleased in between goes at its end: Node's thread has no pool of its own. Not across `await`. */
export function pooled<T>(work: () => T): T {
  const pool = objc.objc_autoreleasePoolPush();
  try {
    return work();
  } finally {
    objc.objc_autoreleasePoolPop(pool);
  }
}

/** Bytes of `struct Block_layout`: isa, flags, reserved, invoke, descriptor; and of its descriptor: reserved, size. */
const BLOCK = { bytes: 32, flags: 8, invoke: 16, descriptor: 24, descriptorBytes: 16 } as const;
/** BLOCK_IS_GLOBAL: never copied and never freed. */
const IS_GLOBAL = 1 << 28;

/**
 * A block that stays for the life of the process, laid out as in Clang's "Block Implementation Specification". `invoke` is
 * a callback of koffi's whose first argument is the block; `isa` is the address of `_NSConcreteGlobalBlock`.
 */
export function globalBlock(isa: bigint, invoke: bigint): bigint {
  // By koffi's documentation an address.
  const block = koffi.alloc('uint8_t', BLOCK.bytes + BLOCK.descriptorBytes) as bigint;
  const descriptor = block + BigInt(BLOCK.bytes);
  koffi.encode(block, 0, 'uint64_t', isa);
  koffi.encode(block, BLOCK.flags, 'int32_t', IS_GLOBAL);
  koffi.encode(block, BLOCK.flags + 4, 'int32_t', 0);
  koffi.encode(block, BLOCK.invoke, 'uint64_t', invoke);
  koffi.encode(block, BLOCK.descriptor, 'uint64_t', descriptor);
  koffi.encode(descriptor, 0, 'uint64_t', 0);
  koffi.encode(descriptor, 8, 'uint64_t', BLOCK.bytes);
  return block;
}
