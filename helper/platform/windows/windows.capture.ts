/** Screen capture, by looking: see looking.capture.ts and windows.pictures.ts. */
import { CursorWatch } from '../cursor.watch.ts';
import { openLookingCapture } from '../looking.capture.ts';
import type { LookingCapture } from '../looking.capture.ts';
import type { Screen } from '../platform.ts';
import { openDuplication } from './desktop.duplication.ts';
import { DuplicatedScreen } from './duplicated.screen.ts';
import { isDenied, untilComposed } from './graphics.device.ts';
import { openCursorLook } from './windows.cursor.ts';
import { GdiScreen } from './windows.gdi.ts';
import type { InputHooks } from './windows.hooks.ts';
import { WindowsPictures } from './windows.pictures.ts';
import { listScreens } from './windows.screens.ts';

export function openWindowsCapture(hooks: InputHooks, onError: (error: unknown) => void): LookingCapture {
  return openLookingCapture({
    screens: listScreens,
    open: openPictures,
    onInput: (listener) => hooks.listen(listener),
    cursor: new CursorWatch({ ear: hooks, look: openCursorLook(), onError }),
    onError,
  });
}

function openPictures(screen: Screen, why: string | undefined): WindowsPictures {
  const { bounds: size } = screen;
  const now = (): number => performance.now();
  const duplication = (): DuplicatedScreen =>
    new DuplicatedScreen({ size, open: () => openDuplication(screen), untilComposed, isDenied, now });
  return new WindowsPictures({ size, gdi: (reason) => new GdiScreen(size, reason), duplication }, why);
}
