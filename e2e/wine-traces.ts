/** Everything in a Wine prefix, as far as a program can leave something there: files, and the registry on the disk. */
import { lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const HIVES = ['system.reg', 'user.reg', 'userdef.reg'];

/** One line for each file and each value; call when nothing runs there, since Wine keeps the registry in memory. */
export function everythingIn(prefix: string): Set<string> {
  return new Set([...filesIn(prefix), ...HIVES.flatMap((hive) => valuesIn(hive, join(prefix, hive)))]);
}

/** What is there now and was not, and what is there no more. */
export function difference(before: ReadonlySet<string>, now: ReadonlySet<string>): string[] {
  return [
    ...[...now].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
    ...[...before].filter((line) => !now.has(line)).map((line) => `- ${line}`),
  ];
}

/** With their sizes and times; folders and links by name alone. */
function filesIn(prefix: string, folder = ''): string[] {
  return readdirSync(join(prefix, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = join(folder, entry.name);
    if (entry.isDirectory()) return [name, ...filesIn(prefix, name)];
    if (!entry.isFile()) return [name];
    const { size, mtimeMs } = lstatSync(join(prefix, name));
    return HIVES.includes(name) ? [] : [`${name} ${size} ${mtimeMs}`];
  });
}

/** "[key] time", "#time=…", and "name"=value, which may go on after a backslash; values are told with their key. */
function valuesIn(hive: string, file: string): string[] {
  const lines = readFileSync(file, 'latin1').replaceAll('\\\n', '').split('\n');
  let key = '';
  return lines.flatMap((line) => {
    if (line.startsWith('[')) key = `${hive} ${line.slice(0, line.lastIndexOf(']') + 1)}`;
    else if (line !== '' && !line.startsWith('#')) return [`${key} ${line}`];
    return line.startsWith('[') ? [key] : [];
  });
}
