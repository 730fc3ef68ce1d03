/** Which input devices are ours: XTEST gives every pair of master devices a virtual pointer and keyboard. */
import type { XInputDevice, XInputExtension } from 'x11';
import type { XConnection } from './x11.connection.ts';

const ALL_DEVICES = 0;
const ALL_MASTER_DEVICES = 1;

export interface InjectionDevices {
  /** True for what was made by XTEST, whichever program asked for it. */
  isInjected(sourceId: number): boolean;
  /** Selects XInput 2 events by name on a window, beside those that this connection has selected there before. */
  select(window: number, events: string[]): void;
}

/** The server knows one mask per connection and window, so that each selection has to name all. */
const selections = new WeakMap<XConnection, Map<number, Set<string>>>();

/**
 * Every XInput 2 event names the slave device it comes from. The server itself makes the XTEST devices and their names
 * ("Virtual core XTEST pointer"), so a program cannot pass its injected events off as the hand at the mouse.
 * Keyboards that move the pointer (MouseKeys) and on-screen keyboards also go through XTEST and count as injected.
 */
export async function findInjectionDevices(x: XConnection): Promise<InjectionDevices> {
  const xinput = await x.requireExtension('xinput');
  if (!xinput.xi2) throw new Error('the display server lacks XInput 2');
  let injected = await listInjected(x, xinput);
  x.onEvent((event) => {
    if (event.name !== 'XIHierarchyChanged') return;
    x.background(listInjected(x, xinput).then((ids) => (injected = ids)));
  });
  return {
    isInjected: (sourceId) => injected.has(sourceId),
    select: (window, events) => {
      const masks = [{ deviceId: ALL_MASTER_DEVICES, mask: addSelection(x, window, events) }];
      // New devices are announced on the root window only.
      if (window === x.root) masks.push({ deviceId: ALL_DEVICES, mask: ['HierarchyChanged'] });
      xinput.XISelectEvents(window, masks);
    },
  };
}

function addSelection(x: XConnection, window: number, events: string[]): string[] {
  const ofConnection = selections.get(x) ?? new Map<number, Set<string>>();
  selections.set(x, ofConnection);
  const all = new Set([...(ofConnection.get(window) ?? []), ...events]);
  ofConnection.set(window, all);
  return [...all];
}

async function listInjected(x: XConnection, xinput: XInputExtension): Promise<Set<number>> {
  const devices = await x.ask<XInputDevice[]>((done) => xinput.XIQueryDevice(ALL_DEVICES, done));
  return new Set(devices.filter(({ name }) => / XTEST (pointer|keyboard)$/.test(name)).map(({ deviceId }) => deviceId));
}
