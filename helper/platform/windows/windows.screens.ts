/** Monitors as Windows numbers them, in physical pixels. */
import type { Rect, Screen } from '../platform.ts';
import { fromWide, winLibrary } from './win32.ts';

/** MONITORINFOEXW: size, RECT of the monitor, RECT without the task bar, flags, 32 characters of name. */
const MONITOR_INFO_BYTES = 104;
const AT = { bounds: 4, flags: 36, name: 40 } as const;
const MONITORINFOF_PRIMARY = 1;
/** SM_XVIRTUALSCREEN and what follows it. */
const VIRTUAL_SCREEN = { x: 76, y: 77, width: 78, height: 79 } as const;
/** DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2 (Windows 10 1703), and the one before. */
const PER_MONITOR_V2 = -4;
const PER_MONITOR = -3;
/** DPI_AWARENESS_PER_MONITOR_AWARE. */
const AWARE_PER_MONITOR = 2;

interface User32 {
  EnumDisplayMonitors(dc: number, clip: null, each: (monitor: number) => number, lParam: number): number;
  GetMonitorInfoW(monitor: number, found: Buffer): number;
  GetSystemMetrics(index: number): number;
  SetProcessDpiAwarenessContext(context: number): number;
  GetThreadDpiAwarenessContext(): number;
  GetAwarenessFromDpiAwarenessContext(context: number): number;
}

const user32 = winLibrary<User32>('user32', {
  EnumDisplayMonitors: 'int EnumDisplayMonitors(intptr_t dc, void *clip, MONITORENUMPROC *each, intptr_t lParam)',
  GetMonitorInfoW: 'int GetMonitorInfoW(intptr_t monitor, void *found)',
  GetSystemMetrics: 'int GetSystemMetrics(int index)',
  SetProcessDpiAwarenessContext: 'int SetProcessDpiAwarenessContext(intptr_t context)',
  GetThreadDpiAwarenessContext: 'intptr_t GetThreadDpiAwarenessContext()',
  GetAwarenessFromDpiAwarenessContext: 'int GetAwarenessFromDpiAwarenessContext(intptr_t context)',
});

/** To be called before anything else asks for windows or coordinates: Windows would give us scaled ones for ever. */
export function usePhysicalPixels(): void {
  for (const context of [PER_MONITOR_V2, PER_MONITOR]) {
    if (user32.SetProcessDpiAwarenessContext(context) !== 0) return;
  }
  // Refused when it is already set, by the program's manifest or by an earlier call.
  const awareness = user32.GetAwarenessFromDpiAwarenessContext(user32.GetThreadDpiAwarenessContext());
  if (awareness !== AWARE_PER_MONITOR) throw new Error('Windows gives this program scaled coordinates');
}

/** The screens of the desktop, the primary one first. */
export function listScreens(): Screen[] {
  const monitors: number[] = [];
  user32.EnumDisplayMonitors(0, null, (monitor) => monitors.push(monitor), 0);
  const screens = monitors.flatMap((monitor) => readMonitor(monitor) ?? []);
  return screens.sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary));
}

/** Undefined when it was unplugged since it was listed. */
function readMonitor(monitor: number): Screen | undefined {
  const found = Buffer.alloc(MONITOR_INFO_BYTES);
  found.writeUInt32LE(MONITOR_INFO_BYTES, 0);
  if (user32.GetMonitorInfoW(monitor, found) === 0) return undefined;
  const [left, top] = [found.readInt32LE(AT.bounds), found.readInt32LE(AT.bounds + 4)];
  const [right, bottom] = [found.readInt32LE(AT.bounds + 8), found.readInt32LE(AT.bounds + 12)];
  const id = fromWide(found.subarray(AT.name));
  return {
    id,
    name: id.replace(/^\\\\\.\\/, ''),
    bounds: { x: left, y: top, width: right - left, height: bottom - top },
    isPrimary: (found.readUInt32LE(AT.flags) & MONITORINFOF_PRIMARY) !== 0,
  };
}

/** All monitors together; its corner is left of and above 0,0 where a monitor is. */
export function virtualDesktop(): Rect {
  const { x, y, width, height } = VIRTUAL_SCREEN;
  const metric = (index: number): number => user32.GetSystemMetrics(index);
  return { x: metric(x), y: metric(y), width: metric(width), height: metric(height) };
}
