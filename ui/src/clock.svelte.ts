import { createSubscriber } from 'svelte/reactivity';

/** The time as state. It ticks only while something on the page shows it. */
class Clock {
  #everySecond = createSubscriber((update) => {
    const timer = setInterval(update, 1000);
    return () => clearInterval(timer);
  });
  #everyQuarter = createSubscriber((update) => {
    const timer = setInterval(update, 15_000);
    return () => clearInterval(timer);
  });

  /** Milliseconds since 1970, read again every second. */
  get now(): number {
    this.#everySecond();
    return Date.now();
  }

  /** The same, read again every 15 s: enough for "3 minutes ago". */
  get coarse(): number {
    this.#everyQuarter();
    return Date.now();
  }
}

export const clock = new Clock();
