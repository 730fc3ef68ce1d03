/** Linux on X11: opens every part of the platform, each on the connection that suits it. */
import type { Overlay, Platform, StopHotkey } from '../platform.ts';
import { openLinuxCapture } from './linux.capture.ts';
import { openLinuxHotkey } from './linux.hotkey.ts';
import { openLinuxInput, releaseInjectedInput } from './linux.input.ts';
import { openLinuxLocalInput } from './linux.local-input.ts';
import { openLinuxOverlay } from './linux.overlay.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

export interface LinuxPlatformOptions {
  /** Such as ":0". Authentication is by XAUTHORITY or ~/.Xauthority. */
  display: string;
  /** Letters to try with Ctrl+Alt+Shift for the stop hotkey, the first free one is taken. Default Q, X, S, H. */
  hotkey?: readonly string[];
  /** Hears errors of the display server that have no better place. They never end the process. Default: ignored. */
  onError?: (error: Error) => void;
}

/** What the guardian process needs: its own connection, banner and hotkey, and a way to let go of keys for a process that died. */
export interface LinuxGuard {
  overlay: Overlay;
  hotkey: StopHotkey;
  /** Releases every key and button that was pressed by XTEST, by whichever process. */
  releaseInjectedInput(): Promise<void>;
  onLost(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

/** Everything, in one process. Throws when the display cannot be opened or lacks what is needed. */
export async function openLinuxPlatform(options: LinuxPlatformOptions): Promise<Platform> {
  const guard = await openLinuxGuard(options);
  const connections: XConnection[] = [];
  try {
    // Input has a connection of its own, so that it never waits for pixels.
    for (let i = 0; i < 3; i++) connections.push(await connectX(options.display, reporter(options)));
    const [forCapture, forInput, forWatch] = connections;
    if (!forCapture || !forInput || !forWatch) throw new Error('no connection to the display');
    const parts = {
      capture: await openLinuxCapture(forCapture),
      input: await openLinuxInput(forInput),
      localInput: await openLinuxLocalInput(forWatch),
      windows: await openLinuxWindows(forWatch),
    };
    const onLost = anyLost(connections);
    return {
      name: 'linux-x11',
      ...parts,
      overlay: guard.overlay,
      hotkey: guard.hotkey,
      onLost: (listener) => onLost(listener, guard),
      close: async () => {
        parts.input.close();
        parts.localInput.close();
        parts.windows.close();
        for (const connection of connections) connection.close();
        await guard.close();
      },
    };
  } catch (error) {
    for (const connection of connections) connection.close();
    await guard.close();
    throw error;
  }
}

/** Banner and hotkey alone, on one connection. */
export async function openLinuxGuard(options: LinuxPlatformOptions): Promise<LinuxGuard> {
  const x = await connectX(options.display, reporter(options));
  try {
    const overlay = await openLinuxOverlay(x);
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

function reporter({ onError }: LinuxPlatformOptions): (error: Error) => void {
  return onError ?? (() => undefined);
}

/** All connections end together when the server dies; one call is enough. */
function anyLost(connections: readonly XConnection[]) {
  return (listener: (reason: string) => void, guard: LinuxGuard): void => {
    let isTold = false;
    const tell = (reason: string): void => {
      if (!isTold) listener(reason);
      isTold = true;
    };
    for (const connection of connections) connection.onLost(tell);
    guard.onLost(tell);
  };
}
