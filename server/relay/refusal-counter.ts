/** Counts refusals by reason and hands them on once a second, so that a flood of bad frames is one event a second. */
export class RefusalCounter<Reason extends string> {
  readonly #counts = new Map<Reason, number>();

  count(reason: Reason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** What was counted since the last call. */
  take(): { reason: Reason; count: number }[] {
    const taken = [...this.#counts].map(([reason, count]) => ({ reason, count }));
    this.#counts.clear();
    return taken;
  }
}
