/** The one line over the picture that says why something did not happen. */
import type { InputRefusal } from '../../../protocol/stream.ts';

export type ViewerNotice = InputRefusal | 'files' | 'taken-back' | 'given-back';

const NOTICE_MS = 2500;
/** For the one that says what to do instead. */
const ADVICE_MS = 6000;

export class ViewerNotices {
  #passing = $state<ViewerNotice>();
  #isLocalHand = $state(false);
  readonly current = $derived(this.#passing ?? (this.#isLocalHand ? 'local-hand' : undefined));
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Passes by itself. */
  show(notice: ViewerNotice): void {
    clearTimeout(this.#timer);
    this.#passing = notice;
    this.#timer = setTimeout(() => (this.#passing = undefined), notice === 'elevated' ? ADVICE_MS : NOTICE_MS);
  }

  /** The person at the other screen uses it; said as long as they do. */
  noteLocalHand(isActive: boolean): void {
    this.#isLocalHand = isActive;
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#passing = undefined;
    this.#isLocalHand = false;
  }
}
