import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { TerminalEcho } from '../platform.ts';
import { childrenOf, readProcess } from './linux.processes.ts';
import { openLinuxTerminalEcho } from './linux.terminals.ts';
import { readTerminalMode } from './linux.termios.ts';
import type { TerminalMode } from './linux.termios.ts';
import { eventually, missing, startProgram, startXvfb, stopChild, temporaryFolder } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

/** A user that is not root, for programs that ask root for nothing. */
const NOBODY = ['setpriv', '--reuid', '65534', '--clear-groups'];
const GETPASS = ['python3', '-c', 'import getpass; getpass.getpass()'];

describe('terminals that read a password', { skip: missing('Xvfb', 'xterm', 'python3') }, () => {
  let display: TestDisplay;
  let echo: TerminalEcho;
  const programs: ReturnType<typeof startProgram>[] = [];

  before(async () => {
    display = await startXvfb('1000x700');
    echo = openLinuxTerminalEcho();
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await stopChild(program);
  });
  after(async () => {
    echo.close();
    await display.stop();
  });

  /** Process id of an xterm with that command in it. */
  function startXterm(...command: string[]): number {
    const xterm = startProgram(display, 'xterm', ['-e', ...command]);
    programs.push(xterm);
    assert.ok(xterm.pid !== undefined);
    return xterm.pid;
  }

  function modeOf(xterm: number): TerminalMode | undefined {
    const [shell] = childrenOf(xterm);
    const pty = shell === undefined ? undefined : readProcess(shell)?.pty;
    return pty === undefined ? undefined : readTerminalMode(pty);
  }

  /** Waits until a program in it reads key by key without echo. */
  async function startKeyReader(...command: string[]): Promise<number> {
    const xterm = startXterm(...command);
    await eventually('a program that reads keys', () => {
      const mode = modeOf(xterm);
      return mode !== undefined && !mode.isByLine && !mode.isEchoing ? true : undefined;
    });
    return xterm;
  }

  const readsPassword = (xterm: number): Promise<true> =>
    eventually('the password prompt', () => echo.readsPassword(xterm) || undefined);

  const PROMPTS: [string, string[]][] = [
    ['read -s of bash', ['bash', '-c', 'read -s password']],
    ['getpass of Python', GETPASS],
    ['su', [...NOBODY, 'su', 'root']],
    ['getpass in a script in a shell', ['bash', '-c', `set -m; sh -c '${GETPASS[0]} -c "${GETPASS[2]}"; true'; true`]],
    ['a program behind another terminal', ['script', '-q', '-c', 'bash -c "read -s password"', '/dev/null']],
    ['pinentry', ['bash', '-c', 'tty=$(tty); echo GETPIN | pinentry-curses --ttyname="$tty"']],
    ['sudo, which reads key by key to show stars,', [...NOBODY, 'bash', '-c', 'stty -icanon -echo; sudo -k -S true']],
    ['a password box', ['whiptail', '--passwordbox', 'Password', '10', '40']],
  ];
  for (const [name, command] of PROMPTS) {
    const skip = missing(
      ...['script', 'pinentry-curses', 'sudo', 'whiptail'].filter((program) => command.join(' ').includes(program)),
    );
    test(`${name} reads a password`, { skip }, async () => {
      await readsPassword(startXterm(...command));
    });
  }

  const KEY_READERS: [string, string[]][] = [
    ['the prompt of bash', ['bash', '--norc', '-i']],
    ['vi', ['vi', '-u', 'NONE']],
    ['less', ['less', '/etc/passwd']],
    ['an input box', ['whiptail', '--inputbox', 'Name', '10', '40']],
    ['a program that is handed the terminal', ['script', '-q', '-c', 'cat', '/dev/null']],
  ];
  for (const [name, command] of KEY_READERS) {
    const skip = missing(...command.slice(0, 1));
    test(`${name} reads keys without echo and no password`, { skip }, async () => {
      const xterm = await startKeyReader(...command);
      assert.equal(echo.readsPassword(xterm), false);
    });
  }

  test('two terminals are told apart, also when one was started from the other', async () => {
    const quiet = startXterm('cat');
    await readsPassword(startXterm('bash', '-c', 'read -s password'));
    assert.equal(echo.readsPassword(quiet), false);
    const outer = await startKeyReader('bash', '-c', 'xterm -e bash -c "read -s password" & exec bash --norc -i');
    const inner = await eventually('the inner terminal', () => {
      const [shell = 0] = childrenOf(outer);
      return childrenOf(shell).find((pid) => readProcess(pid)?.name === 'xterm');
    });
    await readsPassword(inner);
    assert.equal(echo.readsPassword(outer), false);
    assert.equal(echo.readsPassword(process.pid), false);
  });

  test(
    'a password asked for inside of tmux counts for the windows that show tmux',
    { skip: missing('tmux') },
    async () => {
      const socket = join(temporaryFolder(), 'tmux');
      const quiet = startXterm('cat');
      const xterm = startXterm(
        'tmux',
        '-S',
        socket,
        '-f',
        '/dev/null',
        'new-session',
        GETPASS.map((word) => `'${word}'`).join(' '),
      );
      try {
        await readsPassword(xterm);
        assert.equal(echo.readsPassword(quiet), false);
      } finally {
        spawnSync('tmux', ['-S', socket, 'kill-server']);
      }
    },
  );

  test('a window whose shell was started by another process is known by the terminal it holds', async () => {
    const program = `
import fcntl, os, pty, termios
master, slave = pty.openpty()
if os.fork() == 0:
  if os.fork() > 0: os._exit(0)
  os.setsid()
  fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
  os.dup2(slave, 0)
  os.execvp("bash", ["bash", "-c", "read -s password"])
os.wait()
os.read(master, 1)`;
    const holder = startProgram(display, 'python3', ['-c', program]);
    programs.push(holder);
    await readsPassword(holder.pid ?? 0);
  });

  test('a program whose terminals are held by a process of its own, as editors do, is known by its file', async () => {
    const program = `
import os, pty
alive, end = os.pipe()
if os.fork() == 0:
  os.close(end)
  child, master = pty.fork()
  if child == 0: os.execvp("bash", ["bash", "-c", "read -s password"])
  os.read(alive, 1)
  os._exit(0)
os.wait()`;
    const editor = startProgram(display, 'python3', ['-c', program]);
    programs.push(editor);
    await readsPassword(editor.pid ?? 0);
  });

  test('a shell inside of Emacs, which switches echo off for good, reads no password', async () => {
    const program = `
import os, pty
open("/proc/self/comm", "w").write("emacs")
child, master = pty.fork()
if child == 0: os.execvp("sh", ["sh", "-c", "stty -echo; echo ready; cat"])
while b"ready" not in os.read(master, 100): pass
print("ready", flush=True)
os.read(master, 1)`;
    const emacs = startProgram(display, 'python3', ['-c', program]);
    programs.push(emacs);
    await eventually('the shell', () => emacs.output() || undefined);
    assert.equal(echo.readsPassword(emacs.pid ?? 0), false);
  });

  test('beginning and end of reading are told at once, and nothing after close', async () => {
    const listening = openLinuxTerminalEcho();
    const fifo = join(temporaryFolder(), 'go');
    spawnSync('mkfifo', [fifo]);
    const xterm = startXterm('bash', '-c', `read < ${fifo}; read -s -t 0.3 password; read -s password < ${fifo}; cat`);
    let told = 0;
    listening.onChange(() => (told += 1));
    await writeFile(fifo, '\n');
    await readsPassword(xterm);
    const began = performance.now();
    await eventually('the news', () => (told === 1 ? true : undefined));
    assert.ok(performance.now() - began < 200);
    await eventually('the end', () => (told === 2 && !listening.readsPassword(xterm) ? true : undefined));
    listening.close();
    await writeFile(fifo, '\n');
  });

  test('looking takes a fraction of a millisecond', async (t) => {
    const xterm = await startKeyReader('bash', '--norc', '-i');
    await eventually('the shell', () => modeOf(xterm));
    const times = Array.from({ length: 500 }, () => {
      const began = performance.now();
      echo.readsPassword(xterm);
      return performance.now() - began;
    }).sort((a, b) => a - b);
    t.diagnostic(`median ${times[250]?.toFixed(3)} ms`);
    assert.ok((times[250] ?? 1) < 0.5);
  });

  test('to a helper that is not root, a terminal of root reads a password when a program that asks is in it', async () => {
    const look = async (xterm: number): Promise<string> => {
      const script = `const { openLinuxTerminalEcho } = await import(${JSON.stringify(import.meta.resolve('./linux.terminals.ts'))});
        console.log(openLinuxTerminalEcho().readsPassword(${xterm}));`;
      const node = spawn(process.execPath, ['--input-type=module', '-e', script], { uid: 65534, gid: 65534 });
      const [output] = await once(node.stdout, 'data');
      return String(output).trim();
    };
    const [asking, quiet] = [startXterm('su', 'nobody', '-s', '/usr/bin/passwd'), startXterm('cat')];
    await readsPassword(asking);
    assert.deepEqual([await look(asking), await look(quiet)], ['true', 'false']);
  });
});
