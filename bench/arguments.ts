/** The command line of the bench. */
import { parseArgs } from 'node:util';

/** What to measure. Empty lists mean everything. */
export interface BenchArguments {
  jsonFile: string | undefined;
  scenes: string[];
  subjects: string[];
  repeat: number;
  isQuick: boolean;
}

export const usage = `npm run bench -- [options]
  --json FILE      write the rows to FILE
  --scene a,b      only these scenes
  --subject a,b    only these subjects
  --repeat N       measure everything N times, subjects in turn, and join the samples
  --quick          fewer samples: a check that it works, not a figure to quote`;

/** Thrown for a command line that cannot be followed. */
export class UsageError extends Error {}

function list(value: string | undefined, known: readonly string[]): string[] {
  if (value === undefined) return [...known];
  const names = value.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`unknown: ${unknown} (there are ${known.join(', ')})`);
  if (names.length === 0) throw new UsageError('an empty list measures nothing');
  return names;
}

/** Reads the arguments after the program name; names are checked against what there is. */
export function parseBenchArguments(
  args: readonly string[],
  known: { scenes: string[]; subjects: string[] },
): BenchArguments {
  const options = {
    json: { type: 'string' },
    scene: { type: 'string' },
    subject: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  } as const;
  const { values } = readOptions(() => parseArgs({ args: [...args], options, allowPositionals: false }));
  if (!/^[1-9]\d?$/.test(values.repeat)) throw new UsageError('--repeat takes a number from 1 to 99');
  return {
    jsonFile: values.json,
    scenes: list(values.scene, known.scenes),
    subjects: list(values.subject, known.subjects),
    repeat: Number(values.repeat),
    isQuick: values.quick,
  };
}

function readOptions<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unreadable arguments', { cause });
  }
}
