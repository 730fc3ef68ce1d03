/**
 * Win32 by koffi: one way to declare functions of its libraries, and the structures that more than one file needs.
 * Nothing is loaded before the first call, so that this folder can be imported and typed on every system.
 *
 * Handles (HWND, HMONITOR, HDC, HHOOK …) are declared as `intptr_t` and are numbers here: Windows keeps them within 32
 * bits (Interprocess Communication Between 32-bit and 64-bit Applications), and addresses fit into 53.
 */
import koffi from 'koffi';
import { lazyFunctions } from '../lazy.functions.ts';

/** RECT: left and top inside, right and bottom outside. */
export interface WinRect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** POINT. */
export interface WinPoint {
  x: number;
  y: number;
}

/** MSG. */
export interface WinMessage {
  hwnd: number;
  message: number;
  wParam: number;
  lParam: number;
  time: number;
  pt: WinPoint;
}

export type WinLibrary =
  | 'user32'
  | 'gdi32'
  | 'kernel32'
  | 'dwmapi'
  | 'shcore'
  | 'shell32'
  | 'advapi32'
  | 'ntdll'
  | 'wtsapi32'
  | 'oleacc'
  | 'ole32'
  | 'dxgi'
  | 'd3d11';

/**
 * Gives functions of one library, each bound when first called: `declarations` are C prototypes by name, `T` says the
 * same to TypeScript. A name that the library lacks throws when it is called, not before.
 */
export function winLibrary<T extends { [K in keyof T]: (...args: never[]) => unknown }>(
  library: WinLibrary,
  declarations: Record<keyof T, string>,
): T {
  return lazyFunctions<T>(() => {
    declareStructures();
    return load(library);
  }, declarations);
}

const loaded = new Map<WinLibrary, ReturnType<typeof koffi.load>>();

function load(library: WinLibrary): ReturnType<typeof koffi.load> {
  const present = loaded.get(library) ?? koffi.load(`${library}.dll`);
  loaded.set(library, present);
  return present;
}

/** Names in prototypes: koffi keeps one list of them for the whole process. */
const STRUCTURES = {
  RECT: { left: 'int32_t', top: 'int32_t', right: 'int32_t', bottom: 'int32_t' },
  POINT: { x: 'int32_t', y: 'int32_t' },
  MSG: {
    hwnd: 'intptr_t',
    message: 'uint32_t',
    wParam: 'uintptr_t',
    lParam: 'intptr_t',
    time: 'uint32_t',
    pt: 'POINT',
  },
} as const;

let isDeclared = false;

/** To be called before a structure of one's own names one of these. */
export function declareStructures(): void {
  if (isDeclared) return;
  isDeclared = true;
  for (const [name, members] of Object.entries(STRUCTURES)) koffi.struct(name, members);
  koffi.proto('intptr_t HOOKPROC(int code, uintptr_t wParam, intptr_t lParam)');
  koffi.proto('int WNDENUMPROC(intptr_t hwnd, intptr_t lParam)');
  koffi.proto('int MONITORENUMPROC(intptr_t monitor, intptr_t dc, void *bounds, intptr_t lParam)');
  koffi.proto(
    'void WINEVENTPROC(intptr_t hook, uint32_t event, intptr_t hwnd, int32_t object, int32_t child, uint32_t thread, uint32_t time)',
  );
  koffi.proto('intptr_t WNDPROC(intptr_t hwnd, uint32_t message, uintptr_t wParam, intptr_t lParam)');
}

/** A string in UTF-16 with its closing zero, for `void *` arguments. */
export function toWide(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le');
}

/** What a function wrote as UTF-16, up to its closing zero. */
export function fromWide(buffer: Buffer): string {
  const text = buffer.toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** BITMAPINFOHEADER of 32 bits a pixel, the top row first. */
export function bitmapHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(header.length, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(-height, 8);
  header.writeUInt16LE(1, 12); // planes
  header.writeUInt16LE(32, 14);
  return header;
}
