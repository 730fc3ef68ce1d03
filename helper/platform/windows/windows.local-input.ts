/** Hears the hand at the device: input that Windows does not call injected. */
import type { LocalInputWatch } from '../platform.ts';
import type { InputHooks } from './windows.hooks.ts';

export function openWindowsLocalInput(hooks: InputHooks): LocalInputWatch {
  const listeners = new Set<(kind: 'pointer' | 'key') => void>();
  const stop = hooks.listen(({ kind, isInjected, isAct }) => {
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
