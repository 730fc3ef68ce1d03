/** One screen's pictures, however they are taken. */
import type { CaptureMethod, Rect } from './platform.ts';

export interface PictureWish {
  /** What is looked at now is kept next, so it has to be as late as what else is known of the desktop. */
  isForGrab: boolean;
  /** Somebody waits for changes: this is not the only picture that is wanted. */
  isAwaited: boolean;
}

export interface ScreenPictures {
  readonly method: CaptureMethod;
  /** When to look: this soon after a change or an input, and at the latest. */
  readonly looks: { readonly firstMs: number; readonly lastMs: number };
  /** What was kept, BGRX without gaps between rows. */
  readonly previous: Uint8Array;
  /** Looks at the screen; false when the system shows nothing. Rejects when this way has to be given up. */
  copy(wish: PictureWish): Promise<boolean>;
  /** Where what was looked at last differs from what was kept. */
  changes(): readonly Rect[];
  /** Makes what was looked at last the kept picture. */
  keep(): Promise<void>;
  /** Not while `copy` or `keep` runs. */
  close(): void;
}
