/** Hears the hand at the device: raw events of XInput 2 from any device that is not XTEST's. */
import type { LocalInputWatch } from '../platform.ts';
import { findInjectionDevices } from './linux.devices.ts';
import type { XConnection } from './x11.connection.ts';

const KIND_OF_EVENT: Readonly<Record<string, 'pointer' | 'key'>> = {
  XIRawMotion: 'pointer',
  XIRawButtonPress: 'pointer',
  XIRawTouchBegin: 'pointer',
  XIRawTouchUpdate: 'pointer',
  XIRawKeyPress: 'key',
};

export async function openLinuxLocalInput(x: XConnection): Promise<LocalInputWatch> {
  const devices = await findInjectionDevices(x);
  const listeners = new Set<(kind: 'pointer' | 'key') => void>();
  devices.select(x.root, ['RawMotion', 'RawButtonPress', 'RawTouchBegin', 'RawTouchUpdate', 'RawKeyPress']);
  const stop = x.onEvent((event) => {
    const kind = KIND_OF_EVENT[event.name];
    if (!kind || !('sourceId' in event) || devices.isInjected(event.sourceId)) return;
    for (const listener of listeners) listener(kind);
  });
  return {
    onLocalInput: (listener) => void listeners.add(listener),
    close: () => {
      stop();
      listeners.clear();
    },
  };
}
