/**
 * Apple's frameworks by koffi: one way to declare their C functions, and the structures that more than one file needs.
 * Nothing is loaded before the first call, so that this folder can be imported and typed on every system.
 *
 * Nothing in this folder has ever run on a Mac. Names, signatures and numbers are those of Apple's headers, which each file
 * names. Objects are addresses as BigInt: some carry their value in the highest bits (tagged pointers), which a number loses.
 */
import koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { lazyFunctions } from '../lazy.functions.ts';

/** An object of Core Foundation or Objective-C; null is none. */
export type Ref = bigint | null;

/** CGGeometry.h: points, or pixels where said. */
export interface CGPoint {
  x: number;
  y: number;
}

export interface CGSize {
  width: number;
  height: number;
}

export interface CGRect {
  origin: CGPoint;
  size: CGSize;
}

const FRAMEWORKS = '/System/Library/Frameworks';
/** Since macOS 11 they are in the dynamic linker's cache and not on the disk; dlopen finds them by these names. */
const LIBRARIES = {
  CoreFoundation: `${FRAMEWORKS}/CoreFoundation.framework/CoreFoundation`,
  CoreGraphics: `${FRAMEWORKS}/CoreGraphics.framework/CoreGraphics`,
  CoreText: `${FRAMEWORKS}/CoreText.framework/CoreText`,
  ApplicationServices: `${FRAMEWORKS}/ApplicationServices.framework/ApplicationServices`,
  Carbon: `${FRAMEWORKS}/Carbon.framework/Carbon`,
  AppKit: `${FRAMEWORKS}/AppKit.framework/AppKit`,
  ScreenCaptureKit: `${FRAMEWORKS}/ScreenCaptureKit.framework/ScreenCaptureKit`,
  objc: '/usr/lib/libobjc.A.dylib',
  System: '/usr/lib/libSystem.B.dylib',
} as const;
export type MacLibrary = keyof typeof LIBRARIES;

/** Functions of one library, each bound when first called: `declarations` are C prototypes by name. */
export function macLibrary<T extends { [K in keyof T]: (...args: never[]) => unknown }>(
  library: MacLibrary,
  declarations: Record<keyof T, string>,
): T {
  return lazyFunctions<T>(() => loadLibrary(library), declarations);
}

const loaded = new Map<MacLibrary, LibraryHandle>();

export function loadLibrary(library: MacLibrary): LibraryHandle {
  declareStructures();
  const present = loaded.get(library) ?? load(LIBRARIES[library]);
  loaded.set(library, present);
  return present;
}

function load(path: string): LibraryHandle {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw new Error(`${path} cannot be loaded`, { cause });
  }
}

/** A constant that holds an object, `kCFRunLoopDefaultMode` for one. */
export function constantOf(library: MacLibrary, name: string): Ref {
  // By its type.
  return koffi.decode(loadLibrary(library).symbol(name), 'void *') as Ref;
}

/** Where a variable of a library is. */
export function addressOf(library: MacLibrary, name: string): bigint {
  return loadLibrary(library).symbol(name) as bigint; // by koffi's documentation
}

let isDeclared = false;

/** Names in prototypes: koffi keeps one list of them for the whole process. CGFloat is a double on 64 bits. */
function declareStructures(): void {
  if (isDeclared) return;
  isDeclared = true;
  koffi.struct('CGPoint', { x: 'double', y: 'double' });
  koffi.struct('CGSize', { width: 'double', height: 'double' });
  koffi.struct('CGRect', { origin: 'CGPoint', size: 'CGSize' });
  // CGEventTypes.h, CGEventTapCallBack.
  koffi.proto('void *EVENTTAP(void *proxy, uint32_t type, void *event, void *info)');
}
