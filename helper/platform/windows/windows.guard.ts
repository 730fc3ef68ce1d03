/** Windows: banner and hotkey alone, with a thread of their own. */
import type { DisplayGuard, Rect } from '../platform.ts';
import { BannerSurface } from '../surfaces/banner.surface.ts';
import { openWindowsHotkey } from './windows.hotkey.ts';
import { releaseInjectedInput } from './windows.release.ts';
import { usePhysicalPixels } from './windows.screens.ts';
import { windowsSurfaces } from './windows.surfaces.ts';
import { WindowThread } from './windows.thread.ts';
import type { WindowThreadOptions } from './windows.thread.ts';

export interface WindowsGuardOptions extends WindowThreadOptions {
  onError: (error: Error) => void;
  /** See `GuardOptions`. */
  announce: (places: readonly Rect[]) => Promise<void>;
}

export async function openWindowsGuard({ announce, onError, ...options }: WindowsGuardOptions): Promise<DisplayGuard> {
  usePhysicalPixels();
  const thread = await WindowThread.open(options);
  const report = (error: unknown): void => onError(error instanceof Error ? error : new Error(String(error)));
  const overlay = new BannerSurface({ host: windowsSurfaces(thread), announce, onError: report });
  const hotkey = await openWindowsHotkey(thread);
  return {
    overlay,
    hotkey,
    releaseInjectedInput: () => Promise.resolve(releaseInjectedInput()),
    // Windows keeps the display for as long as the person is signed in.
    onLost: (listener) => thread.onLost(listener),
    close: () => {
      overlay.close();
      hotkey.close();
      return thread.close();
    },
  };
}
