/** macOS: banner and hotkey alone. Never run on a Mac: docs/platforms.md. */
import type { DisplayGuard, Rect } from '../platform.ts';
import { BannerSurface } from '../surfaces/banner.surface.ts';
import { EventTap } from './event.tap.ts';
import { openMacHotkey } from './mac.hotkey.ts';
import { releaseInjectedInput } from './mac.release.ts';
import { MacSurfaces } from './mac.surfaces.ts';
import { requireMac } from './mac.version.ts';
import { RunLoop } from './run.loop.ts';

export interface MacGuardOptions {
  onError: (error: Error) => void;
  /** See `GuardOptions`. */
  announce: (places: readonly Rect[]) => Promise<void>;
}

/** Throws when the banner cannot be shown or its hotkey not be heard: then there is no session. */
export function openMacGuard({ announce, onError }: MacGuardOptions): DisplayGuard {
  const report = (error: unknown): void => onError(error instanceof Error ? error : new Error(String(error)));
  requireMac();
  const lostListeners = new Set<(reason: string) => void>();
  const onLost = (reason: string): void => {
    for (const listener of lostListeners) listener(reason);
  };
  const loop = new RunLoop(report);
  const surfaces = new MacSurfaces(loop);
  surfaces.onLost(onLost);
  const tap = new EventTap({ onError: report, onLost });
  const overlay = new BannerSurface({ host: surfaces, announce, onError: report });
  const hotkey = openMacHotkey(tap);
  return {
    overlay,
    hotkey,
    releaseInjectedInput: () => Promise.resolve().then(releaseInjectedInput),
    onLost: (listener) => void lostListeners.add(listener),
    close: () => {
      lostListeners.clear();
      overlay.close();
      hotkey.close();
      surfaces.close();
      tap.close();
      loop.close();
      return Promise.resolve();
    },
  };
}
