/** Monitors as RandR 1.5 lists them; the whole root window where RandR is older or missing. */
import type { RandrExtension, XProperty } from 'x11';
import type { Screen } from '../platform.ts';
import { EVENT_MASK } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';

/** RRGetMonitors, randrproto 1.5 section 7. */
const GET_MONITORS = 42;
/** Fixed part of MONITORINFO in bytes; the outputs follow, 4 bytes each. */
const MONITOR_BYTES = 24;

interface Monitor {
  nameAtom: number;
  isPrimary: boolean;
  bounds: Screen['bounds'];
}

/** The screens of the display, the primary one first where the server names one. */
export async function listScreens(x: XConnection): Promise<Screen[]> {
  const randr = await x.extension('randr');
  const monitors = randr && hasMonitors(randr) ? await getMonitors(x, randr.majorOpcode) : [];
  const screens = await Promise.all(
    monitors.map(async ({ nameAtom, isPrimary, bounds }) => {
      const name = await x.ask<string>((done) => x.client.GetAtomName(nameAtom, done));
      return { id: name, name, bounds, isPrimary };
    }),
  );
  if (screens.length === 0) return [{ id: 'root', name: x.displayName, bounds: await rootBounds(x), isPrimary: true }];
  if (!screens.some((screen) => screen.isPrimary) && screens[0]) screens[0].isPrimary = true;
  return screens.sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary));
}

/** Calls back after the layout of the monitors or the size of the root window changed. */
export async function watchScreens(x: XConnection, onChange: () => void): Promise<void> {
  // A monitor that is defined or removed by request changes no output: that is told as a configuration of the root window.
  x.selectRootEvents(EVENT_MASK.structureNotify);
  x.onEvent((event) => {
    if (event.name === 'ConfigureNotify' && event.wid1 === x.root) onChange();
  });
  const randr = await x.extension('randr');
  if (!randr) return;
  const { ScreenChange, CrtcChange, OutputChange } = randr.NotifyMask;
  randr.SelectInput(x.root, ScreenChange | CrtcChange | OutputChange);
  x.onEvent((event) => {
    // RRScreenChangeNotify is firstEvent, RRNotify (crtc, output) the one after.
    if (event.type === randr.firstEvent || event.type === randr.firstEvent + 1) onChange();
  });
}

/** Size of the whole virtual desktop now, not as it was at connection time. */
export async function rootBounds(x: XConnection): Promise<Screen['bounds']> {
  const { width, height } = await x.ask<{ width: number; height: number }>((done) =>
    x.client.GetGeometry(x.root, done),
  );
  return { x: 0, y: 0, width, height };
}

/** Dots per inch as the desktop sets them for its own programs (Xft.dpi), divided by 96; between 1 and 3. */
export async function readScale(x: XConnection): Promise<number> {
  const atom = await x.internAtom('RESOURCE_MANAGER');
  const resources = await x.ask<XProperty>((done) => x.client.GetProperty(0, x.root, atom, 0, 0, 0x4000, done));
  const dpi = Number(/^Xft\.dpi:\s*(\d+)/m.exec(resources.data.toString('latin1'))?.[1] ?? 96);
  return Math.min(3, Math.max(1, dpi / 96));
}

function hasMonitors(randr: RandrExtension): boolean {
  return randr.major_version > 1 || (randr.major_version === 1 && randr.minor_version >= 5);
}

function getMonitors(x: XConnection, majorOpcode: number): Promise<Monitor[]> {
  const packet = Buffer.alloc(12);
  packet.writeUInt8(majorOpcode, 0);
  packet.writeUInt8(GET_MONITORS, 1);
  packet.writeUInt16LE(3, 2);
  packet.writeUInt32LE(x.root, 4);
  packet.writeUInt8(1, 8); // active ones only
  return x.askPacket(packet, readMonitors);
}

/** `body` starts at byte 8 of the reply: timestamp, count of monitors, count of outputs, 12 bytes unused. */
function readMonitors(body: Buffer): Monitor[] {
  const monitors: Monitor[] = [];
  let at = 24;
  for (let left = body.readUInt32LE(4); left > 0; left--) {
    monitors.push({
      nameAtom: body.readUInt32LE(at),
      isPrimary: body.readUInt8(at + 4) !== 0,
      bounds: {
        x: body.readInt16LE(at + 8),
        y: body.readInt16LE(at + 10),
        width: body.readUInt16LE(at + 12),
        height: body.readUInt16LE(at + 14),
      },
    });
    at += MONITOR_BYTES + 4 * body.readUInt16LE(at + 6);
  }
  return monitors;
}
