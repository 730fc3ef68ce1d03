/** Structured log lines: a fixed event name and flat fields. Never log a secret, a password or a request body. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same logger with fields that every line carries. */
  with(fields: LogFields): Logger;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** An `Error` as fields, with its causes; stacks are for the log alone and never leave the server. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, stack = '' } = error;
  const message = withoutValues(error.message);
  const described: Record<string, unknown> = { name, message, stack: stack.replace(error.message, () => message) };
  if (error.cause !== undefined) described['cause'] = describeError(error.cause);
  return described;
}

/** A failed statement of drizzle ends with its values, which may be names, texts or hashes. */
function withoutValues(message: string): string {
  return message.replace(/\nparams: [\s\S]*$/, '\nparams: (left out)');
}

function writable(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, describeError(value)]));
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string') return /[\s"]/.test(value) ? JSON.stringify(value) : value;
  if (typeof value === 'object' && value !== null && 'stack' in value) return String(value.stack);
  return JSON.stringify(value) ?? 'undefined';
}

export interface LoggerOptions {
  format: 'json' | 'pretty';
  level: LogLevel;
  now: () => number;
  write: (line: string) => void;
}

/** One JSON object a line for machines, or time, level, event and key=value for people. */
export function createLogger(options: LoggerOptions, bound: LogFields = {}): Logger {
  const log =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
      const at = new Date(options.now()).toISOString();
      const all = writable({ ...bound, ...fields });
      if (options.format === 'json') {
        options.write(JSON.stringify({ at, level, event, ...all }));
        return;
      }
      const pairs = Object.entries(all).map(([key, value]) => ` ${key}=${prettyValue(value)}`);
      options.write(`${at.slice(11, 19)} ${level.padEnd(5)} ${event}${pairs.join('')}`);
    };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    with: (fields) => createLogger(options, { ...bound, ...fields }),
  };
}

/** For tests and tools that have nobody to tell. */
export const silentLogger: Logger = createLogger({
  format: 'json',
  level: 'error',
  now: () => 0,
  write: () => undefined,
});
