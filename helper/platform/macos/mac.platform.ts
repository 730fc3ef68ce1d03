/** macOS: opens every part of the platform. Never run on a Mac: docs/platforms.md. */
import type { DisplayGuard, Platform } from '../platform.ts';
import { OutlineSurfaces } from '../surfaces/outline.surfaces.ts';
import { EventTap } from './event.tap.ts';
import { openLocalInput } from '../heard.input.ts';
import { openMacCapture } from './mac.capture.ts';
import { MacFields, MacTerminals } from './mac.fields.ts';
import { openMacHideHotkey } from './mac.hotkey.ts';
import { openMacInput } from './mac.input.ts';
import { openMacLock } from './mac.lock.ts';
import { MacSurfaces } from './mac.surfaces.ts';
import { requireMac } from './mac.version.ts';
import { MacWindows } from './mac.windows.ts';
import { missingNow } from './mac.permissions.ts';
import { RunLoop } from './run.loop.ts';

export interface MacPlatformOptions {
  onError: (error: Error) => void;
}

/** Everything but banner and hotkey, which are the guardian's. */
export function openMacPlatform(
  options: MacPlatformOptions,
  { overlay, hotkey }: Pick<DisplayGuard, 'overlay' | 'hotkey'>,
): Platform {
  const onError = (error: unknown): void => options.onError(error instanceof Error ? error : new Error(String(error)));
  requireMac();
  const missing = missingNow();
  if (missing.length > 0) throw new Error(`macOS has not allowed this program: ${missing.join(', ')}`);
  const lostListeners = new Set<(reason: string) => void>();
  const onLost = (reason: string): void => {
    for (const listener of lostListeners) listener(reason);
  };
  const loop = new RunLoop(onError);
  const tap = new EventTap({ onError, onLost });
  const surfaces = new MacSurfaces(loop);
  const parts = {
    capture: openMacCapture(tap, onError),
    input: openMacInput(),
    localInput: openLocalInput(tap),
    windows: new MacWindows(onError),
    fields: new MacFields(onError),
    terminals: new MacTerminals(),
    lock: openMacLock(),
    outlines: new OutlineSurfaces(surfaces, onError),
    hideHotkey: openMacHideHotkey(tap),
  };
  return {
    name: 'macos',
    ...parts,
    overlay,
    hotkey,
    onLost: (listener) => void lostListeners.add(listener),
    close: () => {
      lostListeners.clear();
      for (const part of Object.values(parts)) part.close();
      surfaces.close();
      tap.close();
      loop.close();
      return Promise.resolve();
    },
  };
}
