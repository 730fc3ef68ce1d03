/** The bus of the accessibility interface (AT-SPI 2), found by the session bus and switched on for as long as it is used. */
import { DBusConnection, sessionBusAddress } from './dbus.connection.ts';
import type { DBusCall } from './dbus.connection.ts';
import type { DBusValue, DBusVariant } from './dbus.message.ts';

const LAUNCHER = { destination: 'org.a11y.Bus', path: '/org/a11y/bus' };
const STATUS = 'org.a11y.Status';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const REGISTRY = 'org.a11y.atspi.Registry';
/** The bus starts the launcher and the registry when they are first asked for. */
const START_TIMEOUT_MS = 5_000;

/** What programs report only when somebody wants to know. */
const EVENTS = [
  'object:state-changed:showing',
  'object:state-changed:focused',
  'object:children-changed',
  'object:property-change:accessible-role',
  'window',
  'document:load-complete',
];
const SIGNALS = [
  { interface: 'org.a11y.atspi.Event.Object', member: 'StateChanged', arg0: 'showing' },
  { interface: 'org.a11y.atspi.Event.Object', member: 'StateChanged', arg0: 'focused' },
  { interface: 'org.a11y.atspi.Event.Object', member: 'ChildrenChanged' },
  { interface: 'org.a11y.atspi.Event.Object', member: 'PropertyChange', arg0: 'accessible-role' },
  { interface: 'org.a11y.atspi.Event.Window' },
  { interface: 'org.a11y.atspi.Event.Document', member: 'LoadComplete' },
  { sender: 'org.freedesktop.DBus', member: 'NameOwnerChanged' },
];

export interface AccessibilityBus {
  connection: DBusConnection;
  /** Ends it and leaves the switch as it was found. */
  close(): void;
}

/**
 * Undefined when there is no session bus or no accessibility bus. `beforeSwitchOn` is called where it is off, so that
 * whoever clears up after this process can switch it off again.
 */
export async function openAccessibilityBus(beforeSwitchOn: () => void): Promise<AccessibilityBus | undefined> {
  const address = sessionBusAddress();
  const session = address === undefined ? undefined : await connectOrNone(address);
  if (session === undefined) return undefined;
  try {
    const [found] = await session.call(
      { ...LAUNCHER, interface: 'org.a11y.Bus', member: 'GetAddress' },
      START_TIMEOUT_MS,
    );
    const wasEnabled = await readSwitch(session);
    const connection = await DBusConnection.connect(String(found));
    await listen(connection);
    if (!wasEnabled) {
      beforeSwitchOn();
      await session.call(switchCall(true), START_TIMEOUT_MS);
    }
    const close = (): void => {
      connection.close();
      // Not waited for: whatever the answer, there is nothing more to do.
      if (!wasEnabled) session.call(switchCall(false)).catch(() => undefined);
      session.close();
    };
    return { connection, close };
  } catch {
    session.close();
    return undefined;
  }
}

/** For whoever cleans up after a process that had switched it on and was killed. */
export async function switchAccessibilityOff(): Promise<void> {
  const address = sessionBusAddress();
  const session = address === undefined ? undefined : await connectOrNone(address);
  await session?.call(switchCall(false), START_TIMEOUT_MS);
  session?.close();
}

async function connectOrNone(address: string): Promise<DBusConnection | undefined> {
  try {
    return await DBusConnection.connect(address);
  } catch {
    return undefined;
  }
}

async function listen(connection: DBusConnection): Promise<void> {
  for (const signal of SIGNALS) await connection.watch(signal);
  const registry = { destination: REGISTRY, path: '/org/a11y/atspi/registry', interface: REGISTRY };
  const register = (signature: string, body: readonly DBusValue[]): Promise<unknown> =>
    connection.call({ ...registry, member: 'RegisterEvent', signature, body }, START_TIMEOUT_MS);
  for (const event of EVENTS) {
    // Registries before 2.35 take the name alone.
    await register('sass', [event, [], '']).catch(() => register('s', [event]));
  }
}

async function readSwitch(session: DBusConnection): Promise<boolean> {
  const call = { ...LAUNCHER, interface: PROPERTIES, member: 'Get', signature: 'ss', body: [STATUS, 'IsEnabled'] };
  const [variant] = await session.call(call, START_TIMEOUT_MS);
  // Get answers with one variant.
  return (variant as DBusVariant | undefined)?.value === true;
}

function switchCall(isEnabled: boolean): DBusCall {
  const body = [STATUS, 'IsEnabled', { signature: 'b', value: isEnabled }];
  return { ...LAUNCHER, interface: PROPERTIES, member: 'Set', signature: 'ssv', body };
}
