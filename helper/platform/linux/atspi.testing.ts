/** A desktop with a session bus and accessibility for tests, and what programs paint on it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Rect } from '../platform.ts';
import type { XConnection } from './x11.connection.ts';
import { startXvfb, stopChild, temporaryFolder } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const Z_PIXMAP = 2;
const ALL_PLANES = 0xffffffff;

/** A colour that no desktop has: red 0, green 255, blue 18. */
export const FIELD_COLOUR = '#00ff12';
const [FIELD_BLUE, FIELD_GREEN, FIELD_RED] = [0x12, 0xff, 0x00];

/** Starts a session bus of its own for programs on that display. `stop` ends it; what it has started ends with it. */
export async function startSessionBus(display: TestDisplay): Promise<TestDisplay> {
  const folder = temporaryFolder();
  const env = { XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: join(folder, 'config'), NO_AT_BRIDGE: '' };
  mkdirSync(join(env.XDG_CONFIG_HOME, 'gtk-3.0'), { recursive: true });
  writeFileSync(join(env.XDG_CONFIG_HOME, 'gtk-3.0/gtk.css'), `entry { background: ${FIELD_COLOUR}; }`);
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=3'], {
    env: { ...process.env, ...env, DISPLAY: display.name },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => daemon.kill('SIGKILL'));
  // The fourth entry of `stdio` is a pipe that the daemon writes to.
  const [address] = await once(daemon.stdio[3] as Readable, 'data');
  return {
    ...display,
    env: { ...env, DBUS_SESSION_BUS_ADDRESS: String(address).trim() },
    stop: () => stopChild(daemon),
  };
}

export async function startAccessibleDisplay(size: string): Promise<TestDisplay> {
  const display = await startXvfb(size);
  const session = await startSessionBus(display);
  return { ...session, stop: () => session.stop().then(() => display.stop()) };
}

/** The smallest rectangle with all pixels of the field colour; undefined when there is none. */
export async function paintedField(x: XConnection): Promise<Rect | undefined> {
  const { pixel_width: width, pixel_height: height } = x.screen;
  const { data } = await x.ask<{ data: Buffer }>((done) =>
    x.client.GetImage(Z_PIXMAP, x.root, 0, 0, width, height, ALL_PLANES, done),
  );
  const found = { left: width, top: height, right: -1, bottom: -1 };
  for (let at = 0; at < width * height; at++) {
    const [blue, green, red] = [data[at * 4], data[at * 4 + 1], data[at * 4 + 2]];
    if (blue !== FIELD_BLUE || green !== FIELD_GREEN || red !== FIELD_RED) continue;
    const [column, row] = [at % width, Math.floor(at / width)];
    found.left = Math.min(found.left, column);
    found.right = Math.max(found.right, column);
    found.top = Math.min(found.top, row);
    found.bottom = Math.max(found.bottom, row);
  }
  if (found.right < 0) return undefined;
  return {
    x: found.left,
    y: found.top,
    width: found.right - found.left + 1,
    height: found.bottom - found.top + 1,
  };
}
