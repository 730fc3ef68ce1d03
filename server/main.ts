import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { systemClock } from './platform/clock.ts';
import { createLogger, type Logger, type LoggerOptions } from './platform/logger.ts';
import { systemRandom } from './platform/random.ts';
import { explain, logProcess } from './process-log.ts';
import { startServer, type RunningServer } from './server.ts';
import { readVersion } from './version.ts';

/** The process: settings and arguments in, signals handled, exit codes out. Everything else is in `server.ts`. */

/** A shutdown that takes longer than this is cut short: before Docker does so, which waits for 10 s unless told otherwise. */
const SHUTDOWN_LIMIT_MS = 9000;
const AGAIN_MS = 1000;

function openLog(options: Pick<LoggerOptions, 'format' | 'level'>): Logger {
  return createLogger({ ...options, now: systemClock.now, write: (line) => process.stdout.write(`${line}\n`) });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { demo: { type: 'boolean', default: false } } });
  const config = readConfig(process.env);
  const log = openLog({ format: config.log, level: config.logLevel });
  logProcess(log);
  let starting: Promise<RunningServer> | undefined = undefined;
  // From the first moment: process 1 of a container gets only the signals that it has asked for.
  stopOnSignal(log, async () => (await starting)?.stop());
  if (!hasTerminal) refreshOnHangUp(log, async () => (await starting)?.refreshCertificate());
  starting = startServer({
    config,
    clock: systemClock,
    random: systemRandom,
    log,
    version: readVersion(),
    isDemo: values.demo,
    // A machine that reads the log line by line gets these as lines of the log.
    say: (text) => (config.log === 'json' ? log.info('server/said', { text }) : process.stdout.write(`${text}\n`)),
  });
  await starting;
}

/** With a terminal SIGHUP says that it was closed; without one, as everywhere: look at your files again. */
const hasTerminal = process.stdin.isTTY || process.stdout.isTTY;

function refreshOnHangUp(log: Logger, refreshCertificate: () => Promise<void>): void {
  process.on('SIGHUP', () => {
    refreshCertificate().catch((error: unknown) => log.error('certificate/not-looked-at', { error }));
  });
}

function stopOnSignal(log: Logger, stopServer: () => Promise<void>): void {
  let stoppingSince: number | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    // One Ctrl-C may arrive twice: from the terminal and from npm. Whoever asks again later means it.
    if (stoppingSince !== null && Date.now() - stoppingSince > AGAIN_MS) process.exit(1);
    if (stoppingSince !== null) return;
    stoppingSince = Date.now();
    log.info('server/stopping', { signal });
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    stopServer().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('server/stop-failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (hasTerminal) process.on('SIGHUP', stop);
}

try {
  await main();
} catch (error) {
  // The settings may be what is wrong, so the form of the log is looked up once more.
  if (process.env['HANDRAIL_LOG'] === 'json')
    openLog({ format: 'json', level: 'error' }).error('server/not-started', { text: explain(error) });
  else process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
