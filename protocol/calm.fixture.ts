/**
 * For tests: waits until everything that was begun has come to its end, however long it takes. Keys, signatures and seals
 * are worked out on other threads and have no other sign of it, so what `crypto.subtle` is asked for is counted.
 */
const QUIET_TURNS = 20;

let underWay = 0;
const methods = SubtleCrypto.prototype as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
for (const [name, method] of Object.entries(methods)) {
  methods[name] = async function counted(this: SubtleCrypto, ...args: unknown[]): Promise<unknown> {
    underWay += 1;
    try {
      return await method.apply(this, args);
    } finally {
      underWay -= 1;
    }
  };
}

export async function calm(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet = underWay === 0 ? quiet + 1 : 0)
    await new Promise((resolve) => setImmediate(resolve));
}
