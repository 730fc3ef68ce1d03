import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** One setting as data: the reader and the printed reference are both made from it. */
export interface Setting {
  doc: string;
  /** What a right value looks like, for the message about a wrong one. */
  expected: string;
  schema: z.ZodType;
  /** As it would be written in the environment. */
  default: string;
  /** In words, where the default depends on the machine. */
  defaultDoc?: string;
  /** May also come from the file that `<NAME>_FILE` names; its value is never printed. */
  isSecret?: true;
}

export type Settings = Readonly<Record<string, Setting>>;
export type SettingValues<S extends Settings> = { [N in keyof S]: z.output<S[N]['schema']> };
export type Environment = Readonly<Record<string, string | undefined>>;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  /** One line for each setting that is wrong. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads all settings of the table. Throws one `SettingsError` that names every wrong one and what was expected of it;
 * a misspelt name that is silently ignored would be worse than one that stops the start.
 */
export function readSettings<S extends Settings>(
  settings: S,
  prefix: string,
  environment: Environment,
): SettingValues<S> {
  const problems = unknownNames(settings, prefix, environment);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const name = prefix + key;
    try {
      const given = readGiven(name, setting, environment);
      const parsed = setting.schema.safeParse(given ?? setting.default);
      if (parsed.success) values[key] = parsed.data;
      else problems.push(`${name} ${shown(setting, given)}: expected ${setting.expected}`);
    } catch (error) {
      problems.push(`${name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  // Every key was parsed by its own schema, or there are problems.
  return values as SettingValues<S>;
}

function readGiven(name: string, setting: Setting, environment: Environment): string | undefined {
  const file = setting.isSecret === true ? environment[`${name}_FILE`] : undefined;
  return file === undefined ? environment[name] : readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

function shown(setting: Setting, value: string | undefined): string {
  return setting.isSecret === true ? 'has a value that cannot be used' : `is ${JSON.stringify(value ?? '')}`;
}

function unknownNames(settings: Settings, prefix: string, environment: Environment): string[] {
  const known = Object.entries(settings).flatMap(([key, { isSecret }]) =>
    isSecret === true ? [prefix + key, `${prefix}${key}_FILE`] : [prefix + key],
  );
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .map((name) => `${name} is not a setting: expected one of ${known.join(', ')}`);
}

/** The reference as a Markdown table. */
export function describeSettings(settings: Settings, prefix: string): string {
  const rows = Object.entries(settings).map(([key, setting]) => {
    const name = `\`${prefix}${key}\`${setting.isSecret === true ? ` or \`${prefix}${key}_FILE\`` : ''}`;
    return `| ${name} | ${setting.doc} | ${setting.expected} | ${setting.defaultDoc ?? `\`${setting.default}\``} |`;
  });
  return ['| setting | meaning | value | default |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
