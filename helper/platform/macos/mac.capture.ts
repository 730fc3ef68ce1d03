/** Screen capture, by looking: see looking.capture.ts and mac.pictures.ts. */
import { CursorWatch } from '../cursor.watch.ts';
import { openLookingCapture } from '../looking.capture.ts';
import type { LookingCapture } from '../looking.capture.ts';
import type { EventTap } from './event.tap.ts';
import { openCursorLook } from './mac.cursor.ts';
import { MacPictures } from './mac.pictures.ts';
import { listScreens } from './mac.screens.ts';

export function openMacCapture(tap: EventTap, onError: (error: unknown) => void): LookingCapture {
  return openLookingCapture({
    screens: listScreens,
    open: (screen) => new MacPictures(screen),
    onInput: (listener) => tap.listen(listener),
    cursor: new CursorWatch({ ear: tap, look: openCursorLook(), onError }),
    onError,
  });
}
