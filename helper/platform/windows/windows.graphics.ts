/** Whose graphics cards are in the computer. */
import { fromWide, winLibrary } from './win32.ts';

/** DISPLAY_DEVICEW: size, 32 characters of name, 128 of words for people, flags, 128 of hardware, 128 of key. */
const DEVICE_BYTES = 840;
const HARDWARE = { from: 328, to: 584 } as const;

interface User32 {
  EnumDisplayDevicesW(device: null, number: number, found: Buffer, flags: number): number;
}

const user32 = winLibrary<User32>('user32', {
  EnumDisplayDevicesW: 'int EnumDisplayDevicesW(void *device, uint32_t number, void *found, uint32_t flags)',
});

/** PCI numbers, such as `10de`, each once. A card without a connector may be missing. */
export function graphicsVendors(): string[] {
  const vendors = new Set<string>();
  for (let number = 0; ; number++) {
    const found = Buffer.alloc(DEVICE_BYTES);
    found.writeUInt32LE(DEVICE_BYTES, 0);
    if (user32.EnumDisplayDevicesW(null, number, found, 0) === 0) return [...vendors];
    // `PCI\VEN_10DE&DEV_…`
    const vendor = /^PCI\\VEN_([0-9A-F]{4})/.exec(fromWide(found.subarray(HARDWARE.from, HARDWARE.to)))?.[1];
    if (vendor !== undefined) vendors.add(vendor.toLowerCase());
  }
}
