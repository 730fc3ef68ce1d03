/** What is heard of pointer and keyboard, whatever window it is for. */
import type { LocalInputWatch } from './platform.ts';

export interface HeardInput {
  kind: 'pointer' | 'key';
  /** Not a hand at the device, as far as the system tells. */
  isInjected: boolean;
  /** Not only the end of a press. */
  isAct: boolean;
}

export interface InputEar {
  /** Whether the last movement or button was injected. */
  isPointerInjected(): boolean;
  /** Returns how to stop. */
  listen(listener: (input: HeardInput) => void): () => void;
}

/** Hears the hand at the device alone. */
export function openLocalInput(ear: InputEar): LocalInputWatch {
  const listeners = new Set<(kind: 'pointer' | 'key') => void>();
  const stop = ear.listen(({ kind, isInjected, isAct }) => {
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
