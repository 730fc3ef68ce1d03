/** Hears the hand at the device: everything that we did not post. */
import type { LocalInputWatch } from '../platform.ts';
import type { EventTap } from './event.tap.ts';

export function openMacLocalInput(tap: EventTap): LocalInputWatch {
  const listeners = new Set<(kind: 'pointer' | 'key') => void>();
  const stop = tap.listen(({ kind, isInjected, isAct }) => {
    if (!isInjected && isAct) for (const listener of listeners) listener(kind);
  });
  return {
    onLocalInput: (listener) => void listeners.add(listener),
    close: () => {
      stop();
      listeners.clear();
    },
  };
}
