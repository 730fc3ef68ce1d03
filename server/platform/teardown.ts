/** What has been opened, to be closed in the opposite order: at the end, or when the start fails half way. */
export interface Teardown {
  add(close: () => void | Promise<void>): void;
  /** Closes everything, also after one of them failed; then throws the first failure. */
  run(): Promise<void>;
}

export function createTeardown(): Teardown {
  const closers: (() => void | Promise<void>)[] = [];
  return {
    add: (close) => {
      closers.push(close);
    },
    run: async () => {
      const failures: unknown[] = [];
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
