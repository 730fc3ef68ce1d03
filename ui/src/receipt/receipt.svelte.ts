import type { Receipt } from '../../../protocol/api/receipt.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource } from '../resource.svelte.ts';
import { isMoving } from './receipt-words.ts';

/** Hints go to the two sides alone; whoever else looks at it asks, and so does whoever waits for the signature. */
const EVERY_MS = 5000;

/** The receipt of one session, as it stands. */
export class ReceiptView {
  readonly current: Resource<{ receipt: Receipt; text: string }>;
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
    this.current = new Resource(() => api.receipt(id));
  }

  start = (): (() => void) => {
    void this.current.reload();
    const timer = setInterval(() => {
      const receipt = this.current.value?.receipt;
      if (receipt && isMoving(receipt) && document.visibilityState === 'visible') void this.current.reload();
    }, EVERY_MS);
    const stopLive = live.listen({
      onMessage: (hint) => {
        if (hint.type === 'session/changed' && hint.sessionId === this.#id) void this.current.reload();
      },
      onResync: () => void this.current.reload(),
    });
    return () => {
      clearInterval(timer);
      stopLive();
    };
  };
}
