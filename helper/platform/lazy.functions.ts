/** Functions of a system's libraries, declared once and bound when first called: such files can be imported everywhere. */
import type { LibraryHandle } from 'koffi';

/**
 * `declarations` are C prototypes by name, `T` says the same to TypeScript. A name that the library lacks throws when it is
 * called, not before.
 */
export function lazyFunctions<T extends { [K in keyof T]: (...args: never[]) => unknown }>(
  load: () => LibraryHandle,
  declarations: Record<keyof T, string>,
): T {
  const bound: Partial<T> = {};
  for (const name of Object.keys(declarations) as (keyof T)[]) {
    Object.defineProperty(bound, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        // The declaration says what koffi makes of it.
        const value = load().func(declarations[name]) as unknown as T[keyof T];
        Object.defineProperty(bound, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return bound as T; // every name has its getter
}
