/**
 * What asks for a higher password on a Linux desktop: polkit with its daemon, an authentication agent and pkexec; sudo with
 * a graphical askpass. System bus, signed-in session and passwords are in a mount namespace, so that this machine keeps its own.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Desktop } from './desktop.ts';
import { FORBIDDEN } from './forbidden.ts';
import { eventually, type Running } from './processes.ts';

/** Of the administrator and of the person, each where theirs is asked for. */
export const HIGHER_PASSWORD = 'geheim';

/** An account that every Debian has, and that may do nothing. */
const PERSON = { name: 'nobody', id: 65534 };
/** As logind would have it. */
const SESSION = 'c1';
const CGROUP = `/user.slice/user-${PERSON.id}.slice/session-${SESSION}.scope`;

/** The whole prompt, whatever it consists of, in the forbidden colour: GTK 3 and GTK 2. */
const GTK_CSS = `* { background: ${FORBIDDEN.name}; color: ${FORBIDDEN.name}; }`;
const GTK_RC = `style "all" { ${['bg', 'base', 'fg', 'text'].map((what) => `${what}[NORMAL] = "${FORBIDDEN.name}"`).join(' ')} }
widget_class "*" style "all"
`;

/** Takes the folder with the files as its argument. */
const ENTER = `set -e
mount --bind "$0/run" /run
mount --bind "$0/shadow" /etc/shadow
mount --bind "$0/sudoers" /etc/sudoers
exec dbus-daemon --config-file=/usr/share/dbus-1/system.conf --nofork --nopidfile --print-address \\
  --address=unix:path=/run/dbus/system_bus_socket`;

/** What belongs to a session is known by its control group. */
const AS_PERSON = `mount --bind "$0/cgroup" /proc/$$/cgroup
exec setpriv --reuid ${PERSON.id} --regid ${PERSON.id} --clear-groups "$@"`;

/** Why there can be none here; false where there can. */
export function whyNoElevation(): string | false {
  const isAllowed = spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }).status === 0;
  return isAllowed ? false : 'this machine may not make mount namespaces';
}

export class ElevationDesk {
  /** Where the person's programs may write. */
  readonly home: string;
  readonly #desktop: Desktop;
  readonly #folder: string;
  #bus: Running | undefined;
  #polkit: Running | undefined;

  private constructor(desktop: Desktop, folder: string) {
    this.#desktop = desktop;
    this.#folder = folder;
    this.home = join(folder, 'home');
  }

  static async open(desktop: Desktop): Promise<ElevationDesk> {
    const desk = new ElevationDesk(desktop, mkdtempSync(join(tmpdir(), 'elevation-')));
    desk.#writeFiles();
    const bus = desktop.start('unshare', ['--mount', 'sh', '-c', ENTER, desk.#folder]);
    desk.#bus = bus;
    await eventually('the system bus', () => bus.output().includes('unix:path='));
    const polkit = desk.#inside(['/usr/lib/polkit-1/polkitd']);
    desk.#polkit = polkit;
    await eventually('polkit', () => polkit.output().includes('Acquired the name'));
    return desk;
  }

  /** What asks on behalf of polkit, until it is stopped. */
  async startAgent(executable: string): Promise<Running> {
    const before = this.#registrations();
    const agent = this.startAsPerson([executable]);
    await eventually(`${executable} to register`, () => {
      if (agent.hasExited()) throw new Error(agent.output());
      return this.#registrations() > before;
    });
    return agent;
  }

  startAsPerson(command: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const own = { HOME: this.home, XDG_RUNTIME_DIR: this.home, TMPDIR: this.home };
    return this.#inside(['sh', '-c', AS_PERSON, this.#folder, ...command], { ...own, ...env });
  }

  #inside(command: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.#desktop.start('nsenter', [`--mount=/proc/${this.#bus?.child.pid ?? 0}/ns/mnt`, ...command], env);
  }

  #registrations(): number {
    return this.#polkit?.output().match(/^.*Registered Authentication Agent/gm)?.length ?? 0;
  }

  #writeFiles(): void {
    const hash = execFileSync('openssl', ['passwd', '-6', HIGHER_PASSWORD], { encoding: 'utf8' }).trim();
    const session = `UID=${PERSON.id}\nUSER=${PERSON.name}\nACTIVE=1\nSTATE=active\nREMOTE=0\nTYPE=x11\nCLASS=user\n`;
    const files: Record<string, string> = {
      [`run/systemd/sessions/${SESSION}`]: session,
      [`run/systemd/users/${PERSON.id}`]: `NAME=${PERSON.name}\nSTATE=active\nDISPLAY=${SESSION}\n`,
      shadow: ['root', PERSON.name].map((name) => `${name}:${hash}:20000:0:99999:7:::\n`).join(''),
      sudoers: `${PERSON.name} ALL=(ALL) ALL\n`,
      // Of the systemd hierarchy of either version.
      cgroup: `1:name=systemd:${CGROUP}\n0::${CGROUP}\n`,
      'home/.config/gtk-3.0/gtk.css': GTK_CSS,
      'home/.gtkrc-2.0': GTK_RC,
    };
    for (const folder of ['dbus', 'systemd/seats', 'systemd/sessions', 'systemd/users', 'systemd/machines'])
      mkdirSync(join(this.#folder, 'run', folder), { recursive: true });
    mkdirSync(join(this.home, '.config/gtk-3.0'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#folder, name), text);
    chmodSync(join(this.#folder, 'sudoers'), 0o440);
    // The person is not the one who runs the tests.
    chmodSync(this.#folder, 0o755);
    chmodSync(this.home, 0o777);
  }
}
