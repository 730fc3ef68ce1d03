/** A rate limit: `capacity` at once, `perSecond` in the long run. Time is given, not taken. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(limit: { capacity: number; perSecond: number }, now: number) {
    this.#capacity = limit.capacity;
    this.#perSecond = limit.perSecond;
    this.#tokens = limit.capacity;
    this.#at = now;
  }

  /** False when there is not enough left; nothing is taken then. */
  take(amount: number, now: number): boolean {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (amount > this.#tokens) return false;
    this.#tokens -= amount;
    return true;
  }
}
