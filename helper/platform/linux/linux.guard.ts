/** Linux on X11: banner and hotkey alone, on one connection. */
import type { DisplayGuard, Rect } from '../platform.ts';
import { openLinuxHotkey } from './linux.hotkey.ts';
import { releaseInjectedInput } from './linux.input.ts';
import { openLinuxOverlay } from './linux.overlay.ts';
import type { LinuxPlatformOptions } from './linux.platform.ts';
import { connectX } from './x11.connection.ts';

export interface LinuxGuardOptions extends LinuxPlatformOptions {
  /** Letters to try with Ctrl+Alt+Shift for the stop hotkey, the first free one is taken. Default Q, X, S, E. */
  hotkey?: readonly string[];
  /** See `GuardOptions`. Default: nobody covers the banner. */
  announce?: (places: readonly Rect[]) => Promise<void>;
}

export async function openLinuxGuard(options: LinuxGuardOptions): Promise<DisplayGuard> {
  const x = await connectX(options.display, options.onError ?? (() => undefined));
  try {
    const { announce } = options;
    const overlay = await openLinuxOverlay(x, announce === undefined ? {} : { announce });
    const hotkey = await openLinuxHotkey(x, options.hotkey);
    return {
      overlay,
      hotkey,
      releaseInjectedInput: () => releaseInjectedInput(x),
      onLost: (listener) => x.onLost(listener),
      close: () => {
        overlay.close();
        hotkey.close();
        x.close();
        return Promise.resolve();
      },
    };
  } catch (error) {
    x.close();
    throw error;
  }
}
