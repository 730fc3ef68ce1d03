/** The contract's stage on Windows: windows of this very process, and a hand outside of it that moves the device. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { openWindowsGuard } from '../windows/windows.guard.ts';
import { openWindowsPlatform } from '../windows/windows.platform.ts';
import { eventually } from './stage.ts';
import type { Stage } from './stage.ts';
import { isPointerAt, openEditField, openPlainWindow, pumpMessages } from './windows.stage.windows.ts';

/** Where the contract has no windows. */
const ASIDE = { x: 1270, y: 790 };
const NEAR = { x: 1260, y: 780 };

/** `handPort` takes one line of JSON for each thing the hand does: the method and its arguments. */
export async function openWindowsStage(handPort: number): Promise<Stage> {
  const guard = await openWindowsGuard({ announce: () => Promise.resolve(), onError: fail });
  const platform = await openWindowsPlatform({ ownFile: undefined, onError: fail }, guard);
  const socket = connect(handPort, '127.0.0.1');
  const stopPumping = pumpMessages();
  // Wine takes it for a movement by hand when a window comes under the pointer of its X server.
  await eventually('the pointer aside', () => {
    for (const { x, y } of [NEAR, ASIDE]) tell(socket, 'movePointer', [x, y]);
    return isPointerAt(ASIDE) || undefined;
  });
  return {
    ...platform,
    // Wine has no duplication.
    captureMethod: 'windows-gdi',
    hand: {
      movePointer: (...args) => tell(socket, 'movePointer', args),
      pressButton: (...args) => tell(socket, 'pressButton', args),
      pressKey: (...args) => {
        tell(socket, 'pressKey', args);
        return true;
      },
    },
    openWindow: openPlainWindow,
    openTextField: openEditField,
    close: async () => {
      stopPumping();
      await platform.close();
      await guard.close();
      // Last: nothing else keeps this process.
      socket.destroy();
    },
  };
}

function tell(socket: Socket, method: string, args: readonly unknown[]): void {
  socket.write(`${JSON.stringify([method, ...args])}\n`);
}

function fail(error: unknown): void {
  throw error;
}
