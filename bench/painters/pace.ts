/** Calls at a steady rate without drift: each call has its own due time, and late ones are not bunched up. */

export interface Pace {
  stop(): void;
}

/** Calls `act` with 0, 1, 2 … `perSecond` times a second. */
export function atPace(perSecond: number, act: (index: number) => void): Pace {
  const periodMs = 1000 / perSecond;
  let due = performance.now();
  let index = 0;
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const now = performance.now();
    due = Math.max(due + periodMs, now);
    timer = setTimeout(() => {
      act(index);
      index += 1;
      next();
    }, due - now);
  };
  next();
  return { stop: () => clearTimeout(timer) };
}
