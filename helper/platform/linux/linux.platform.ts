/** Linux on X11: opens every part of the platform, each on the connection that suits it. */
import type { DisplayGuard, Platform, SensitiveFields, WindowList } from '../platform.ts';
import { LatestOnly } from '../latest-only.ts';
import { openLinuxCapture } from './linux.capture.ts';
import { openLinuxHideHotkey } from './linux.hotkey.ts';
import { openLinuxInput } from './linux.input.ts';
import { openLinuxLocalInput } from './linux.local-input.ts';
import { openLinuxSensitiveFields } from './linux.accessibility.ts';
import type { SensitiveFieldsOptions } from './linux.accessibility.ts';
import { openLinuxTerminalEcho } from './linux.terminals.ts';
import { openLinuxOutlines } from './linux.outlines.ts';
import { openLinuxSessionLock } from './linux.session-lock.ts';
import { openLinuxWindows } from './linux.windows.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

export interface LinuxPlatformOptions {
  /** Such as ":0". Authentication is by XAUTHORITY or ~/.Xauthority. */
  display: string;
  /** Hears errors of the display server that have no better place. They never end the process. Default: ignored. */
  onError?: (error: Error) => void;
  /** See `PlatformOptions`. Default: nobody is told. */
  beforeSwitchOn?: () => void;
}

/** Everything but banner and hotkey, which are the guardian's. Throws when the display cannot be opened or lacks what is needed. */
export async function openLinuxPlatform(
  options: LinuxPlatformOptions,
  { overlay, hotkey }: Pick<DisplayGuard, 'overlay' | 'hotkey'>,
): Promise<Platform> {
  const connections: XConnection[] = [];
  const { onError = () => undefined, beforeSwitchOn = () => undefined } = options;
  try {
    // Input has a connection of its own, so that it never waits for pixels.
    for (let i = 0; i < 4; i++) connections.push(await connectX(options.display, onError));
    const [forCapture, forInput, forWatch, forKeys] = connections;
    if (!forCapture || !forInput || !forWatch || !forKeys) throw new Error('no connection to the display');
    const windows = await openLinuxWindows(forWatch);
    const report = (error: unknown): void => onError(error instanceof Error ? error : new Error(String(error)));
    const parts = {
      capture: await openLinuxCapture(forCapture),
      input: await openLinuxInput(forInput),
      localInput: await openLinuxLocalInput(forWatch),
      windows,
      terminals: openLinuxTerminalEcho(),
      lock: await openLinuxSessionLock(forKeys, { listWindows: () => windows.list() }),
      outlines: await openLinuxOutlines(forKeys),
      hideHotkey: await openLinuxHideHotkey(forKeys),
      // Last, since it is switched on until it is closed.
      fields: await followWindows(windows, { beforeSwitchOn, onError: report }),
    };
    return {
      name: 'linux-x11',
      ...parts,
      overlay,
      hotkey,
      onLost: anyLost(connections),
      close: () => {
        parts.input.close();
        parts.localInput.close();
        parts.windows.close();
        parts.fields.close();
        parts.terminals.close();
        parts.lock.close();
        parts.outlines.close();
        parts.hideHotkey.close();
        for (const connection of connections) connection.close();
        return Promise.resolve();
      },
    };
  } catch (error) {
    for (const connection of connections) connection.close();
    throw error;
  }
}

/** Fields move with their windows, and programs name places in units of their own. */
async function followWindows(
  windows: WindowList,
  { onError, beforeSwitchOn }: Required<Pick<SensitiveFieldsOptions, 'onError' | 'beforeSwitchOn'>>,
): Promise<SensitiveFields> {
  let list = await windows.list();
  const fields = await openLinuxSensitiveFields({
    windowsOf: (pid) => list.filter((window) => window.pid === pid).map(({ bounds }) => bounds),
    beforeSwitchOn,
    onError,
  });
  const follow = new LatestOnly(async () => {
    list = await windows.list();
    await fields.refresh();
  });
  windows.onChange(() => {
    follow.run().catch(onError);
  });
  return fields;
}

/** All connections end together when the server dies; one call is enough. */
function anyLost(connections: readonly XConnection[]) {
  return (listener: (reason: string) => void): void => {
    let isTold = false;
    const tell = (reason: string): void => {
      if (!isTold) listener(reason);
      isTold = true;
    };
    for (const connection of connections) connection.onLost(tell);
  };
}
