/** What every platform does, in the same words for all: run on X11 and, under Wine, on Windows. */
import { describe } from 'node:test';
import { captureContract } from './contract.capture.ts';
import { inputContract } from './contract.input.ts';
import { windowsContract } from './contract.windows.ts';
import type { Stage } from './stage.ts';

export function platformContract(system: string, openStage: () => Promise<Stage>): void {
  describe(`the platform contract on ${system}`, () => {
    captureContract(openStage);
    inputContract(openStage);
    windowsContract(openStage);
  });
}
