/**
 * Whether a program that reads key by key without echo reads a password. Shells, editors and pagers do that all the time;
 * those listed here do it to ask.
 */
import { childrenOf, commandLineOf, readProcess } from './linux.processes.ts';
import type { LinuxProcess } from './linux.processes.ts';
import type { TerminalMode } from './linux.termios.ts';

type Judge = (mode: TerminalMode, pid: number) => boolean;

const always: Judge = () => true;
/** They also hand the whole terminal to another program, and then switch output processing off. */
const whilePostprocessed: Judge = (mode) => mode.isPostprocessed;
/** They also edit lines by themselves, and then leave Ctrl+C as it is. */
const withoutSignals: Judge = (mode) => !mode.hasSignals;
const withPasswordBox: Judge = (_mode, pid) => commandLineOf(pid).includes('--passwordbox');

/** By the name the kernel has: at most 15 bytes. */
const PASSWORD_PROGRAMS: ReadonlyMap<string, Judge> = new Map([
  ...[
    ...['sudo', 'sudo-rs', 'su', 'doas', 'pkexec', 'pkttyagent', 'login', 'passwd', 'runuser'],
    ...['ssh', 'ssh-add', 'ssh-keygen', 'sftp', 'scp', 'gpg', 'gpg2', 'cryptsetup', 'kinit', 'kpasswd'],
    ...['systemd-ask-pas', 'systemd-tty-ask', 'keepassxc-cli', 'openvpn', 'smbclient', 'ldapsearch'],
  ].map((name) => [name, whilePostprocessed] as const),
  ...['mysql', 'mariadb', 'psql'].map((name) => [name, withoutSignals] as const),
  ...['pinentry', 'pinentry-curses', 'pinentry-tty'].map((name) => [name, always] as const),
  ...['whiptail', 'dialog'].map((name) => [name, withPasswordBox] as const),
]);

/** A command line of a shell is rarely more than a script that starts what asks. */
const MAX_DEPTH = 4;
const MAX_PROCESSES = 32;

/** `mode` is undefined when the terminal is another user's and cannot be looked at: then the list alone decides. */
export function asksKeyByKey(processes: readonly LinuxProcess[], mode: TerminalMode | undefined): boolean {
  return processes.some(({ name, pid }) => {
    const judge = PASSWORD_PROGRAMS.get(name);
    return judge !== undefined && (mode === undefined || judge(mode, pid));
  });
}

/** The processes that have a terminal now: the leader of the foreground group and what it has started in that group. */
export function foregroundOf(group: number): LinuxProcess[] {
  const found: LinuxProcess[] = [];
  let level = [group];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const processes = level.flatMap((pid) => readProcess(pid) ?? []).filter((process) => process.group === group);
    found.push(...processes);
    level = processes.flatMap(({ pid }) => childrenOf(pid)).slice(0, MAX_PROCESSES - found.length);
  }
  return found;
}
