import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { SettingsError } from './platform/settings.ts';
import { systemClock } from './platform/clock.ts';
import { createLogger } from './platform/logger.ts';
import { systemRandom } from './platform/random.ts';
import { StartError, startServer } from './server.ts';
import { readVersion } from './version.ts';

/** The process: settings and arguments in, signals handled, exit codes out. Everything else is in `server.ts`. */

/** A shutdown that takes longer than this is cut short. */
const SHUTDOWN_LIMIT_MS = 10_000;
const AGAIN_MS = 1000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { demo: { type: 'boolean', default: false } } });
  const config = readConfig(process.env);
  const log = createLogger({
    format: config.log,
    level: config.logLevel,
    now: systemClock.now,
    write: (line) => process.stdout.write(`${line}\n`),
  });
  const server = await startServer({
    config,
    clock: systemClock,
    random: systemRandom,
    log,
    version: readVersion(),
    isDemo: values.demo,
    // A machine that reads the log line by line gets these as lines of the log.
    say: (text) => (config.log === 'json' ? log.info('server/said', { text }) : process.stdout.write(`${text}\n`)),
  });

  // A broken invariant: nothing may go on as if it held. As a line of the log, so that whoever reads it sees it.
  process.on('uncaughtException', (error) => {
    log.error('process/failed', { error });
    process.exit(1);
  });

  let stoppingSince: number | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    // One Ctrl-C may arrive twice: from the terminal and from npm. Whoever asks again later means it.
    if (stoppingSince !== null && Date.now() - stoppingSince > AGAIN_MS) process.exit(1);
    if (stoppingSince !== null) return;
    stoppingSince = Date.now();
    log.info('server/stopping', { signal });
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('server/stop-failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
}

/** What went wrong, in words for whoever started it; a stack only where it is our mistake. */
function explain(error: unknown): string {
  if (error instanceof SettingsError)
    return `Handrail cannot start with these settings:\n${error.problems.map((problem) => `  ${problem}`).join('\n')}\nThey are described in docs/configuration.md.`;
  if (error instanceof StartError) return `Handrail cannot start: ${error.message}`;
  return `Handrail cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
