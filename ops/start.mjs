#!/usr/bin/env node
/**
 * `npm start`: from a fresh clone to a running server, and fast when nothing has changed. Runs on whatever Node the
 * machine has, before anything is installed, so it is plain JavaScript without dependencies; the server itself runs on
 * the Node of `node_modules`. Arguments after `--` go to the server, for example `npm start -- --demo`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVER_ENVIRONMENT, SERVER_FLAGS } from './server-process.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
/** Inside node_modules: whoever deletes that folder starts from the beginning. */
const stampFile = join(root, 'node_modules', '.handrail-start.json');
const OLDEST_NODE = 20;

const say = (text) => process.stdout.write(`${text}\n`);

class StepFailed extends Error {}

/** What each step was last done for. */
function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    // Never started here, or cut off while writing: every step is done again.
    return {};
  }
}

function writeStamp(name, value) {
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ ...readStamps(), [name]: value }));
}

/** Names and contents of the sources, so that neither a checkout nor a copy causes a build, but a deleted file does. */
function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) for (const file of filesUnder(join(root, path))) addFile(hash, file);
  return hash.digest('hex');
}

function addFile(hash, file) {
  const content = readFileSync(file);
  hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
}

const SKIPPED = /(^|[\\/])(node_modules|dist)$|\.test\.ts$/;

function filesUnder(path) {
  if (!existsSync(path) || SKIPPED.test(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };

/** Runs to the end with its output shown; throws what to do when it fails. */
function run(command, args, advice) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new StepFailed(`${advice}${error ? ` (${error.message})` : ''}`);
}

function install(stamps) {
  const wanted = digest(['package-lock.json']);
  const isComplete = existsSync(join(bin, 'node'));
  if (isComplete && stamps.install === wanted) return;
  if (isComplete && stamps.install === undefined && isInstalledByHand()) return writeStamp('install', wanted);
  say('Installing packages (once; takes a minute or two) …');
  // The npm that started us, when there is one.
  const npm = process.env.npm_execpath;
  const ci = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const advice = 'The packages could not be installed. Is the npm registry reachable? Then run: npm ci';
  if (npm) run(process.execPath, [npm, ...ci], advice);
  else run('npm', ci, advice);
  writeStamp('install', wanted);
}

/** npm leaves a copy of the lock file with the time of the installation. */
function isInstalledByHand() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function buildUi(stamps) {
  const wanted = digest(['ui', 'protocol', 'package-lock.json']);
  if (stamps.ui === wanted && existsSync(join(root, 'ui', 'dist', 'index.html'))) return;
  say('Building the user interface …');
  run(
    join(bin, 'node'),
    [join(bin, 'vite'), 'build', 'ui', '--logLevel', 'warn'],
    'The user interface could not be built. The reason is above; to try again: npm run build',
  );
  writeStamp('ui', wanted);
}

/** Without a helper everything but the remote session works, so a failure is said loudly and does not stop the start. */
function packageHelper(stamps) {
  if (!existsSync(join(root, 'ops', 'package-helper.ts'))) return;
  const wanted = digest(['helper', 'protocol', 'ops/package', 'ops/package-helper.ts', 'package-lock.json']);
  if (stamps.helper === wanted && existsSync(join(root, 'dist', 'helper', 'manifest.json'))) return;
  const failure =
    'The helper is NOT packaged: employees cannot share until it is. To try again: npm run package:helper';
  if (stamps.helperFailed === wanted) return say(`!! ${failure}`);
  say('Packaging the helper …');
  try {
    run(join(bin, 'node'), ['ops/package-helper.ts'], failure);
    writeStamp('helper', wanted);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    writeStamp('helperFailed', wanted);
    say(`!! ${error.message}`);
  }
}

function startServer() {
  const cache = join(root, 'node_modules', '.cache', 'compile');
  const env = { NODE_COMPILE_CACHE: cache, ...SERVER_ENVIRONMENT, ...environment };
  const server = spawn(join(bin, 'node'), [...SERVER_FLAGS, 'server/main.ts', ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
  server.on('error', (error) => {
    say(`The server could not be started: ${error.message}`);
    process.exit(1);
  });
  server.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
}

try {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
    throw new StepFailed(`Node ${OLDEST_NODE} or newer is needed to start; this is ${process.version}`);
  install(readStamps());
  buildUi(readStamps());
  packageHelper(readStamps());
  startServer();
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
}
