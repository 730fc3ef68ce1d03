/** Synchronous events inside the process. Emit after the transaction has committed, never inside it. */
export interface Events<Map extends object> {
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void): () => void;
  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void;
}

/** `onError` hears of a listener that threw; the other listeners still run. */
export function createEvents<Map extends object>(onError: (error: unknown) => void): Events<Map> {
  const listeners: { [Name in keyof Map]?: Set<(event: Map[Name]) => void> } = {};
  return {
    on: (name, listener) => {
      const set = (listeners[name] ??= new Set());
      set.add(listener);
      return () => set.delete(listener);
    },
    emit: (name, event) => {
      for (const listener of listeners[name] ?? []) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
