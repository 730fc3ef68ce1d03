/** Windows: opens every part of the platform. */
import { openLocalInput } from '../heard.input.ts';
import type { DisplayGuard, Platform } from '../platform.ts';
import { openWindowsCapture } from './windows.capture.ts';
import { openWindowsDesktop } from './windows.desktop.ts';
import { elevationState } from './windows.elevation.ts';
import { graphicsVendors } from './windows.graphics.ts';
import { openInputHooks } from './windows.hooks.ts';
import { openWindowsInput } from './windows.input.ts';

export interface WindowsPlatformOptions {
  /** See `PlatformOptions`. */
  ownFile: string | undefined;
  onError: (error: Error) => void;
}

/** Everything but banner and hotkey, which are the guardian's. */
export async function openWindowsPlatform(
  options: WindowsPlatformOptions,
  { overlay, hotkey }: Pick<DisplayGuard, 'overlay' | 'hotkey'>,
): Promise<Platform> {
  const onError = (error: unknown): void => options.onError(error instanceof Error ? error : new Error(String(error)));
  const desktop = await openWindowsDesktop(onError);
  const hooks = await openInputHooks(onError).catch(async (cause: unknown) => {
    await desktop.close();
    throw cause;
  });
  const capture = openWindowsCapture(hooks, onError);
  const [input, localInput] = [openWindowsInput(), openLocalInput(hooks)];
  return {
    name: 'windows',
    ...desktop,
    capture,
    input,
    localInput,
    overlay,
    hotkey,
    graphicsVendors: graphicsVendors(),
    elevation: { state: () => elevationState(options.ownFile) },
    close: async () => {
      capture.close();
      input.close();
      localInput.close();
      await Promise.all([hooks.close(), desktop.close()]);
    },
  };
}
