/** What a program left in a Wine prefix: every file and every value of the registry, before and after. */
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Wine writes them when its server ends. */
const REGISTRY = ['system.reg', 'user.reg', 'userdef.reg'];
/** Wine's display driver sets it anew at every start. */
const NOISE = /"DriverDateData"$/;

/** From a path, or from a file of the registry with key and value's name, to what is there. */
export type PrefixSnapshot = ReadonlyMap<string, string>;

/** When all programs of the prefix have ended: Wine keeps the registry in memory. */
export function snapshotPrefix(prefix: string): PrefixSnapshot {
  const files = [...filesIn(prefix, '')].filter(([path]) => !REGISTRY.includes(path));
  const values = REGISTRY.flatMap((name) => [...valuesIn(name, readFileSync(join(prefix, name), 'utf8'))]);
  return new Map([...files, ...values].filter(([name]) => !NOISE.test(name)));
}

/** What came (+), went (-) or is different (~), by name. */
export function changesBetween(before: PrefixSnapshot, after: PrefixSnapshot): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    if (before.get(name) === after.get(name)) return [];
    return `${before.has(name) ? (after.has(name) ? '~' : '-') : '+'} ${name}`;
  });
}

/** Nobody writes into a file without changing that time of it. Links are not followed: some lead out of the prefix. */
function* filesIn(prefix: string, folder: string): Generator<[string, string]> {
  for (const name of readdirSync(join(prefix, folder))) {
    const path = join(folder, name);
    const file = join(prefix, path);
    const stats = lstatSync(file);
    if (stats.isDirectory()) {
      yield [path, 'folder'];
      yield* filesIn(prefix, path);
    } else if (stats.isSymbolicLink()) yield [path, `link to ${readlinkSync(file)}`];
    else if (stats.isFile()) yield [path, `${stats.size} bytes since ${stats.ctimeMs}`];
  }
}

/** Without the times, which change when a key is opened for writing. */
function* valuesIn(file: string, text: string): Generator<[string, string]> {
  let key = '';
  // Long values go on in the next line.
  for (const line of text.replaceAll('\\\n', '').split('\n')) {
    const opened = /^(\[.*\]) \d+$/.exec(line);
    const value = /^(@|"(?:[^"\\]|\\.)*")=(.*)$/.exec(line);
    if (opened !== null) yield [(key = `${file} ${opened[1] ?? ''}`), 'key'];
    else if (value !== null) yield [`${key} ${value[1] ?? ''}`, value[2] ?? ''];
  }
}
