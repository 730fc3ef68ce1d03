/** Windows: everything of the platform but capture and input, with one thread for what needs one. */
import type { Platform } from '../platform.ts';
import { OutlineSurfaces } from '../surfaces/outline.surfaces.ts';
import { WindowsFields } from './windows.fields.ts';
import { openWindowsHideHotkey } from './windows.hotkey.ts';
import { openWindowsLock } from './windows.lock.ts';
import { usePhysicalPixels } from './windows.screens.ts';
import { windowsSurfaces } from './windows.surfaces.ts';
import { unreportedTerminals } from './windows.terminals.ts';
import { WindowThread } from './windows.thread.ts';
import { WindowsWindows } from './windows.windows.ts';

type Desktop = Pick<
  Platform,
  'windows' | 'fields' | 'terminals' | 'lock' | 'outlines' | 'hideHotkey' | 'onLost' | 'close'
>;

export async function openWindowsDesktop(onError: (error: unknown) => void): Promise<Desktop> {
  usePhysicalPixels();
  const thread = await WindowThread.open();
  const parts = {
    windows: new WindowsWindows(thread),
    fields: new WindowsFields(thread, onError),
    terminals: unreportedTerminals,
    lock: openWindowsLock(),
    outlines: new OutlineSurfaces(windowsSurfaces(thread), onError),
    hideHotkey: await openWindowsHideHotkey(thread),
  };
  return {
    ...parts,
    onLost: (listener) => thread.onLost(listener),
    close: () => {
      for (const part of Object.values(parts)) part.close();
      return thread.close();
    },
  };
}
