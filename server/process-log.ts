import { SettingsError } from './platform/settings.ts';
import type { Logger } from './platform/logger.ts';
import { StartError } from './server.ts';

/**
 * What Node says of itself goes through the log too, so that a log of JSON lines has no others. Only a fault of Node's own
 * (no memory left) still writes plain text, to stderr.
 */
export function logProcess(log: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (error) => log.warn('server/warned', { error }));
  process.on('uncaughtException', (error, origin) => {
    log.error('server/crashed', { error, origin });
    process.exit(1);
  });
}

/** What went wrong, in words for whoever started it; a stack only where it is our mistake. */
export function explain(error: unknown): string {
  if (error instanceof SettingsError)
    return `Handrail cannot start with these settings:\n${error.problems.map((problem) => `  ${problem}`).join('\n')}\nThey are described in docs/configuration.md.`;
  if (error instanceof StartError) return `Handrail cannot start: ${error.message}`;
  return `Handrail cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
