import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLinuxOutlines } from './linux.outlines.ts';
import { connectX } from './x11.connection.ts';
import { eventually, missing, startXvfb } from './xvfb.testing.ts';

/** X11 protocol, predefined atoms. */
const ATOM_WINDOW = 33;
const SCREEN = { x: 0, y: 0, width: 400, height: 300 };

const fail = (error: Error): void => assert.fail(error);

test(
  'frames come back above a window that the window manager does not know to be in front',
  { skip: missing('Xvfb') },
  async (t) => {
    const display = await startXvfb('400x300');
    const [x, forOutlines] = [await connectX(display.name, fail), await connectX(display.name, fail)];
    const outlines = await openLinuxOutlines(forOutlines);
    t.after(async () => {
      outlines.close();
      forOutlines.close();
      x.close();
      await display.stop();
    });
    const [first, second] = [x.client.AllocID(), x.client.AllocID()];
    const list = Buffer.alloc(8);
    for (const [i, window] of [first, second].entries()) {
      x.client.CreateWindow(window, x.root, 0, 0, SCREEN.width, SCREEN.height, 0, 0, 1, 0, {});
      x.client.MapWindow(window);
      list.writeUInt32LE(window, 4 * i);
    }
    const stackingAtom = await x.internAtom('_NET_CLIENT_LIST_STACKING');
    x.client.ChangeProperty(0, x.root, stackingAtom, ATOM_WINDOW, 32, list);
    outlines.show([{ rect: SCREEN, label: '' }]);
    const front = async (): Promise<number | undefined> =>
      (await x.ask<{ children: number[] }>((done) => x.client.QueryTree(x.root, done))).children.at(-1);
    const frames = await eventually('the frames', async () => ((await front()) === second ? undefined : front()));
    x.client.ConfigureWindow(first, { stackMode: 0 });
    assert.equal(await front(), first);
    await eventually('the frames in front', async () => ((await front()) === frames ? true : undefined));
  },
);
