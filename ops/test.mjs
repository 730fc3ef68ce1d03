#!/usr/bin/env node
/**
 * `npm test`: everything, on a fresh clone too. Runs on whatever Node the machine has, before anything is installed:
 * installs Debian packages and npm packages that are missing, checks, builds, runs all tests.
 *
 *     npm test                    all
 *     npm test -- --only unit     one step: check, build, unit, package, e2e, image
 *     npm run test:image          the container image, built and run (root on Debian, since it takes podman)
 *     npm run test:long           what takes long: every page in every state, language, width and theme
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, FORCE_COLOR: '0' };

/** What the tests use as real counterparts: command that must exist, and the Debian package that brings it. */
const DEBIAN_PACKAGES = {
  chromium: 'chromium',
  Xvfb: 'xvfb',
  Xephyr: 'xserver-xephyr',
  Xvnc: 'tigervnc-standalone-server',
  openbox: 'openbox',
  mutter: 'mutter',
  xcompmgr: 'xcompmgr',
  xeyes: 'x11-apps',
  xterm: 'xterm',
  pcmanfm: 'pcmanfm',
  tmux: 'tmux',
  less: 'less',
  vi: 'vim-tiny',
  sudo: 'sudo',
  pkexec: 'pkexec',
  lxpolkit: 'lxpolkit',
  whiptail: 'whiptail',
  'pinentry-curses': 'pinentry-curses',
  'pinentry-qt': 'pinentry-qt',
  'dbus-daemon': 'dbus-daemon',
  i3lock: 'i3lock',
  xscreensaver: 'xscreensaver',
  xauth: 'xauth',
  cc: 'gcc',
  strip: 'binutils',
  zenity: 'zenity',
  xdotool: 'xdotool',
  xinput: 'xinput',
  xrandr: 'x11-xserver-utils',
  xprop: 'x11-utils',
  x11vnc: 'x11vnc',
  websockify: 'websockify',
  openssl: 'openssl',
  ffmpeg: 'ffmpeg',
  python3: 'python3',
  age: 'age',
  strace: 'strace',
  faketime: 'faketime',
  import: 'imagemagick',
  nginx: 'nginx',
  testssl: 'testssl.sh',
};
const DEBIAN_FILES = {
  '/usr/libexec/at-spi-bus-launcher': 'at-spi2-core',
  '/usr/lib/python3/dist-packages/gi': 'python3-gi',
  '/usr/lib/python3/dist-packages/dbusmock': 'python3-dbusmock',
  '/usr/lib/polkit-1/polkitd': 'polkitd',
  '/usr/lib/policykit-1-gnome/polkit-gnome-authentication-agent-1': 'policykit-1-gnome',
  '/usr/lib/openssh/gnome-ssh-askpass': 'ssh-askpass-gnome',
  '/usr/share/doc/gir1.2-gtk-4.0': 'gir1.2-gtk-4.0',
  '/usr/share/fonts/opentype/noto': 'fonts-noto-cjk',
  '/usr/share/fonts/truetype/dejavu': 'fonts-dejavu-core',
  '/usr/share/novnc': 'novnc',
  '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
  '/usr/lib/python3/dist-packages/cryptography': 'python3-cryptography',
};

/** What builds and runs the image. Elsewhere than on Debian as root that step is left out, and said to be. */
const CONTAINER_PACKAGES = {
  podman: 'podman',
  runc: 'runc',
  'podman-compose': 'podman-compose',
  mmdebstrap: 'mmdebstrap',
};

/** What makes and runs the helper for Windows. Where they are missing and cannot be installed, that is left out and said. */
const WINDOWS_PACKAGES = {
  wine: 'wine',
  'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64',
  osslsigncode: 'osslsigncode',
};

/** `command` is the program and its arguments; ends the whole run when it fails. */
function run(title, [program, ...args], options = {}) {
  const startedAt = Date.now();
  console.log(`\n== ${title}`);
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit', ...options });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  if (error) console.error(String(error));
  if (status !== 0) {
    console.error(`\n${title} failed after ${seconds} s (${[program, ...args].join(' ').slice(0, 200)})`);
    process.exit(status ?? 1);
  }
  console.log(`== ${title}: ${seconds} s`);
}

function has(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

const isDebianRoot = process.getuid?.() === 0 && has('apt-get');

function missingOf(commands) {
  return Object.entries(commands).flatMap(([command, name]) => (has(command) ? [] : [name]));
}

function installDebianPackages() {
  const missing = [
    ...missingOf(DEBIAN_PACKAGES),
    ...Object.entries(DEBIAN_FILES).flatMap(([file, name]) => (existsSync(file) ? [] : [name])),
    ...(whyNoContainers() === undefined ? missingOf(CONTAINER_PACKAGES) : []),
    ...(isDebianRoot ? missingOf(WINDOWS_PACKAGES) : []),
  ];
  if (missing.length === 0) return;
  if (!isDebianRoot) {
    console.error(`These packages are missing and can only be installed by root on Debian: ${missing.join(' ')}`);
    process.exit(1);
  }
  const apt = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] };
  run('package lists', ['apt-get', 'update', '-q'], apt);
  run(
    `Debian packages: ${missing.join(' ')}`,
    ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing],
    apt,
  );
}

/** Why the image cannot be run here; undefined where it can. Once it can, a failure of it is a failure. */
function whyNoContainers() {
  if (process.platform !== 'linux') return 'it is a Linux image';
  if (process.getuid?.() !== 0) return 'it is built and run by podman as root';
  const missing = missingOf(CONTAINER_PACKAGES);
  if (missing.length > 0 && !isDebianRoot) return `missing, and installed only on Debian: ${missing.join(' ')}`;
  const isAllowed = spawnSync('unshare', ['--mount', '--pid', '--fork', 'true'], { stdio: 'ignore' }).status === 0;
  return isAllowed ? undefined : 'this machine may not make namespaces (is it a container without that right?)';
}

function installNodePackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  run('npm packages', ['npm', 'ci', '--no-fund', '--no-audit']);
}

const isLong = process.argv.includes('--long');

/** Tests of the image have a step of their own, after those of what is in it. */
const isOfImage = (name) => name.endsWith('.image.test.ts');

function testFiles(...folders) {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules') && !isOfImage(name))
      .filter((name) => name.endsWith('.long.test.ts') === isLong)
      .map((name) => join(folder, name)),
  );
}

/** Tests that drive real displays, browsers and processes get the machine nearly to themselves. */
const IS_HEAVY = /^(e2e|ops|bench)\/|^helper\/(platform|consent|pipeline)\/|\.chromium\.test\.ts$/;

const NODE_TEST = [join(bin, 'node'), '--test', '--test-timeout=600000', '--test-reporter=spec'];

function nodeTest(title, files) {
  if (files.length === 0) throw new Error(`no test files for: ${title}`);
  run(title, [...NODE_TEST, '--test-concurrency=2', ...files]);
}

/** Tests that wait more than they work, or work beside the browsers of all others: under Wine, and for time to pass. */
const IS_BESIDE =
  /\.wine\.test\.ts$|^ops\/package\/|^e2e\/(chaos|clock|elevated|hostile-server|pauses|tls-scan|windows)\.test\.ts$/;

/** The longest takes half of it. */
const FILE_LIMIT_MS = 15 * 60_000;

/** Leaders of their groups, so that each can be ended with all that it has started. */
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    for (const pid of running) process.kill(-pid, signal);
    process.exit(1);
  });

/** Runs one file; its output is written when it has ended, so that nothing of another's is in between. */
function passes(file) {
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(NODE_TEST[0], [...NODE_TEST.slice(1), file], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child.pid);
    // Node may never end after its tests (it waits for a request that nobody answers), and the others would wait with it.
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), FILE_LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.once('close', (status) => {
      clearTimeout(timer);
      running.delete(child.pid);
      process.stdout.write(Buffer.concat(output));
      resolve(status === 0);
    });
  });
}

/** One file after the other; those that failed. */
async function failing(files) {
  const failed = [];
  for (const file of files) if (!(await passes(file))) failed.push(file);
  return failed;
}

/**
 * Two at a time, one of them of those that are good beside others. A file that fails is run once more, alone, since a
 * window manager or a browser can be late on a busy machine; that it was needed is said at the end.
 */
async function nodeTestOnDisplays(title, files) {
  if (files.length === 0) throw new Error(`no test files for: ${title}`);
  const startedAt = Date.now();
  console.log(`\n== ${title}`);
  const [beside, alone] = [files.filter((file) => IS_BESIDE.test(file)), files.filter((file) => !IS_BESIDE.test(file))];
  const repeated = (await Promise.all([failing(alone), failing(beside)])).flat();
  const failed = await failing(repeated);
  for (const file of repeated)
    console.log(`${failed.includes(file) ? 'FAILED twice' : 'passed the second time'}: ${file}`);
  console.log(`== ${title}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  if (failed.length > 0) process.exit(1);
}

/** What did not run, and why; said at the end, where it is seen. */
const leftOut = [];

const STEPS = {
  check: () => run('checks', ['npm', 'run', '--silent', 'check']),
  build: () => run('build of the UI', ['npm', 'run', '--silent', 'build']),
  package: () => run('packaging of the helper', ['npm', 'run', '--silent', 'package:helper']),
  unit: async () => {
    const all = testFiles('protocol', 'server', 'ui', 'helper', 'ops', 'bench');
    nodeTest(
      'unit tests',
      all.filter((file) => !IS_HEAVY.test(file)),
    );
    await nodeTestOnDisplays(
      'tests on real displays and browsers',
      all.filter((file) => IS_HEAVY.test(file)),
    );
  },
  e2e: () => nodeTestOnDisplays('end to end', testFiles('e2e')),
  image: async () => {
    const reason = whyNoContainers();
    if (reason !== undefined) {
      leftOut.push(`the image was NOT tested: ${reason}`);
      return;
    }
    run('the image', [join(bin, 'node'), 'e2e/container/build.ts']);
    await nodeTestOnDisplays('tests of the image', ['e2e/appliance.image.test.ts']);
  },
};

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
if (only !== undefined && !(only in STEPS)) {
  console.error(`--only takes one of: ${Object.keys(STEPS).join(', ')}`);
  process.exit(1);
}
installDebianPackages();
const withoutWindows = missingOf(WINDOWS_PACKAGES);
if (withoutWindows.length > 0)
  leftOut.push(`the helper for Windows was NOT tested: missing ${withoutWindows.join(' ')}`);
installNodePackages();
const wanted = isLong ? ['build', 'package', 'e2e'] : Object.keys(STEPS);
for (const [name, step] of Object.entries(STEPS)) {
  if (wanted.includes(name) && (only === undefined || only === name)) await step();
}
console.log(leftOut.length === 0 ? '\nAll tests passed.' : '\nAll tests that ran passed.');
for (const line of leftOut) console.log(`!! ${line}`);
