/** What screen lockers and logind tell of the lock on the message buses. */
import { DBusCallError, DBusConnection, sessionBusAddress, systemBusAddress } from './dbus.connection.ts';
import type { DBusMessage, DBusValue, DBusVariant } from './dbus.message.ts';

/** `source` names who says so: of several, each has a say of its own. */
export type TellLock = (source: string, isLocked: boolean) => void;

/** Interface, bus name and the paths at which the object may be. All desktops copied GNOME's. */
const SCREENSAVERS: readonly [string, readonly string[]][] = [
  ['org.gnome.ScreenSaver', ['/org/gnome/ScreenSaver']],
  ['org.freedesktop.ScreenSaver', ['/org/freedesktop/ScreenSaver', '/ScreenSaver']],
  ['org.cinnamon.ScreenSaver', ['/org/cinnamon/ScreenSaver']],
  ['org.mate.ScreenSaver', ['/org/mate/ScreenSaver']],
  ['org.xfce.ScreenSaver', ['/org/xfce/ScreenSaver']],
];

const LOGIND = 'org.freedesktop.login1';
const LOGIND_SESSION = 'org.freedesktop.login1.Session';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const BUS = 'org.freedesktop.DBus';

/** Undefined where there is no session bus. */
export async function watchScreensavers(tell: TellLock): Promise<DBusConnection | undefined> {
  const session = await connectOrNone(sessionBusAddress());
  if (session === undefined) return undefined;
  session.onSignal(({ interface: name = '', member, body: [first, , owner] }) => {
    const isKnown = SCREENSAVERS.some(([known]) => known === name);
    if (isKnown && member === 'ActiveChanged') tell(name, first === true);
    // Whatever it covered, it does no more.
    if (member === 'NameOwnerChanged' && owner === '') tell(String(first), false);
  });
  for (const [name, paths] of SCREENSAVERS) {
    await session.watch({ interface: name, member: 'ActiveChanged' });
    await session.watch({ sender: BUS, member: 'NameOwnerChanged', arg0: name });
    // A question would start the program, where it is installed.
    const [isRunning] = await session.callBus('NameHasOwner', 's', [name]);
    if (isRunning !== true) continue;
    for (const path of paths) {
      const [isActive] = await answerOrNone(
        session.call({ destination: name, path, interface: name, member: 'GetActive' }),
      );
      if (isActive === true) tell(name, true);
    }
  }
  return session;
}

/** Undefined where there is no system bus or no logind. */
export async function watchLogind(tell: TellLock): Promise<DBusConnection | undefined> {
  const system = await connectOrNone(systemBusAddress());
  if (system === undefined) return undefined;
  const sessions = await listOwnSessions(system);
  system.onSignal((signal) => {
    const hint = signal.path !== undefined && sessions.includes(signal.path) ? changedHint(signal) : undefined;
    if (hint !== undefined) tell(`${LOGIND} ${signal.path ?? ''}`, hint);
  });
  for (const path of sessions) {
    await system.watch({ sender: LOGIND, path, interface: PROPERTIES, member: 'PropertiesChanged' });
    const question = { interface: PROPERTIES, member: 'Get', signature: 'ss', body: [LOGIND_SESSION, 'LockedHint'] };
    const [answer] = await answerOrNone(system.call({ destination: LOGIND, path, ...question }));
    // Get answers with one variant.
    if ((answer as DBusVariant | undefined)?.value === true) tell(`${LOGIND} ${path}`, true);
  }
  return system;
}

/** The session that this process was started in; all of this user where it was started by none. */
async function listOwnSessions(system: DBusConnection): Promise<string[]> {
  const at = { destination: LOGIND, path: '/org/freedesktop/login1', interface: `${LOGIND}.Manager` };
  const [answer] = await answerOrNone(system.call({ ...at, member: 'ListSessions' }));
  if (!Array.isArray(answer)) return [];
  const sessions = answer.flatMap((session: DBusValue) => {
    const [id, uid, , , path] = Array.isArray(session) ? session : [];
    return uid === process.getuid?.() && typeof path === 'string' ? [{ id, path }] : [];
  });
  const own = sessions.filter(({ id }) => id === process.env['XDG_SESSION_ID']);
  return (own.length > 0 ? own : sessions).map(({ path }) => path);
}

function changedHint({ member, body: [name, changed] }: DBusMessage): boolean | undefined {
  if (member !== 'PropertiesChanged' || name !== LOGIND_SESSION || !Array.isArray(changed)) return undefined;
  // The body of PropertiesChanged is "sa{sv}as".
  const entry = (changed as readonly [string, DBusVariant][]).find(([property]) => property === 'LockedHint');
  return entry === undefined ? undefined : entry[1].value === true;
}

async function connectOrNone(address: string | undefined): Promise<DBusConnection | undefined> {
  const [connection] = await Promise.allSettled([
    address === undefined ? Promise.reject(new Error('no bus')) : DBusConnection.connect(address),
  ]);
  return connection.status === 'fulfilled' ? connection.value : undefined;
}

async function answerOrNone(call: Promise<readonly DBusValue[]>): Promise<readonly DBusValue[]> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DBusCallError) return [];
    throw error;
  }
}
