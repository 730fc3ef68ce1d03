/**
 * Password fields and file dialogs as programs report them by AT-SPI: what GTK, Qt, Chromium and Firefox show. Programs
 * tell when something changes; since not all of them tell everything, each is also asked again every two seconds, and known
 * fields are followed more often.
 */
import type { Rect, SensitiveField, SensitiveFields } from '../platform.ts';
import { WatchedApplication } from './atspi.application.ts';
import { openAccessibilityBus } from './atspi.bus.ts';
import type { AccessibilityBus } from './atspi.bus.ts';
import { AccessibleObjects } from './atspi.objects.ts';
import type { DBusMessage, DBusValue, DBusVariant } from './dbus.message.ts';

const TICK_MS = 50;
const FOLLOW_MS = 150;
const LIST_MS = 2_000;
const MAX_APPLICATIONS = 128;

const EVENT_PREFIX = 'org.a11y.atspi.Event.';

export interface LinuxSensitiveFields extends SensitiveFields {
  /** Windows have moved: reads the places of known fields again. */
  refresh(): Promise<void>;
}

export interface SensitiveFieldsOptions {
  /**
   * Where the windows of a process are, by which places that a program reports in units of its own (dense screens, GTK 4)
   * become places on the desktop. Default: programs are believed.
   */
  windowsOf?: (pid: number) => readonly Rect[];
  /** The desktop's accessibility is off and is about to be switched on until `close`. */
  beforeSwitchOn?: () => void;
  onError?: (error: unknown) => void;
}

/** Without a session bus or an accessibility bus it is there and not available. */
export async function openLinuxSensitiveFields(options: SensitiveFieldsOptions = {}): Promise<LinuxSensitiveFields> {
  const bus = await openAccessibilityBus(options.beforeSwitchOn ?? (() => undefined));
  const fields = new AccessibleFields(bus, options);
  await fields.refresh();
  return fields;
}

class AccessibleFields implements LinuxSensitiveFields {
  readonly #bus: AccessibilityBus | undefined;
  readonly #objects: AccessibleObjects | undefined;
  readonly #windowsOf: (pid: number) => readonly Rect[];
  readonly #onError: (error: unknown) => void;
  readonly #applications = new Map<string, WatchedApplication>();
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout | undefined;
  #fields: readonly SensitiveField[] = [];
  #listAt = 0;
  #followAt = 0;

  constructor(bus: AccessibilityBus | undefined, options: SensitiveFieldsOptions) {
    this.#bus = bus;
    this.#windowsOf = options.windowsOf ?? (() => []);
    this.#onError = options.onError ?? (() => undefined);
    if (bus === undefined) return;
    this.#objects = new AccessibleObjects(bus.connection);
    bus.connection.onSignal((signal) => this.#take(signal));
    bus.connection.onClose(() => this.#end());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  get isAvailable(): boolean {
    return this.#bus?.connection.isOpen === true;
  }

  fields(): readonly SensitiveField[] {
    return this.#fields;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async refresh(): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application.follow()));
    this.#publish();
  }

  close(): void {
    this.#listeners.clear();
    this.#end();
    this.#bus?.close();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#applications.clear();
    this.#publish();
  }

  #tick(): void {
    const now = performance.now();
    if (now >= this.#listAt) {
      this.#listAt = now + LIST_MS;
      this.#background(this.#listApplications());
    }
    for (const application of this.#applications.values())
      if (application.isScanDue(now)) this.#background(application.scan());
    if (now < this.#followAt) return;
    this.#followAt = now + FOLLOW_MS;
    for (const application of this.#applications.values())
      if (application.hasFields()) this.#background(application.follow());
  }

  /** Lets work go on; what it found is published at its end. */
  #background(work: Promise<void>): void {
    work.then(() => this.#publish()).catch((error: unknown) => this.#onError(error));
  }

  async #listApplications(): Promise<void> {
    if (this.#objects === undefined) return;
    const roots = await this.#objects.applications();
    for (const { bus } of roots.slice(0, MAX_APPLICATIONS)) this.#applicationAt(bus);
  }

  #applicationAt(bus: string): WatchedApplication | undefined {
    const known = this.#applications.get(bus);
    if (known !== undefined || this.#objects === undefined || this.#applications.size >= MAX_APPLICATIONS) return known;
    const application = new WatchedApplication(this.#objects, bus);
    this.#applications.set(bus, application);
    return application;
  }

  #take({ sender, path, interface: name = '', member, body }: DBusMessage): void {
    if (member === 'NameOwnerChanged') return this.#takeOwner(body);
    if (sender === undefined || path === undefined || !name.startsWith(EVENT_PREFIX)) return;
    const application = this.#applications.get(sender);
    // A program that is new, or the registry, which tells of new ones.
    if (application === undefined) this.#listAt = 0;
    else if (body[0] === 'focused') this.#background(application.takeFocus(path));
    else if (body[0] === 'add') this.#background(application.takePart(pathIn(body[3]) ?? path));
    else application.takeNews();
  }

  #takeOwner([name, , owner]: DBusMessage['body']): void {
    if (owner !== '' || typeof name !== 'string' || !this.#applications.delete(name)) return;
    this.#objects?.forget(name);
    this.#publish();
  }

  #publish(): void {
    const fields = [...this.#applications.values()].flatMap((application) => application.place(this.#windowsOf));
    if (JSON.stringify(fields) === JSON.stringify(this.#fields)) return;
    this.#fields = fields;
    for (const listener of this.#listeners) listener();
  }
}

/** Of an object that an event tells of: a variant with the program's name on the bus and the path. */
function pathIn(about: DBusValue | undefined): string | undefined {
  const { value } = (about ?? {}) as Partial<DBusVariant>;
  const path = Array.isArray(value) ? (value as readonly DBusValue[])[1] : undefined;
  return typeof path === 'string' ? path : undefined;
}
