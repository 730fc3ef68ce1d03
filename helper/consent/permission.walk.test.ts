import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Permission, Permissions } from '../platform/platform.ts';
import type { ConsentAction, ConsentView } from './consent.views.ts';
import { walkThroughPermissions } from './permission.walk.ts';

/** A system that has allowed a little more each time it is asked, and a window that keeps what it is told. */
class Walk {
  readonly shown: (readonly Permission[])[] = [];
  readonly opened: Permission[] = [];
  windows = 0;
  isClosed = false;
  act: (action: ConsentAction) => void = () => assert.fail('nobody listens');
  closedByHand: () => void = () => assert.fail('nobody listens');

  run(answers: (readonly Permission[])[], onShow: (shown: number) => void = () => undefined): Promise<boolean> {
    const left = [...answers];
    const permissions: Permissions = {
      missing: () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? []),
      openSettings: (permission) => this.opened.push(permission),
    };
    const show = (view: ConsentView): void => {
      assert.equal(view.step, 'permissions');
      if (view.step === 'permissions') this.shown.push(view.missing);
      onShow(this.shown.length);
    };
    const openWindow: Parameters<typeof walkThroughPermissions>[0]['openWindow'] = () => {
      this.windows += 1;
      return Promise.resolve({
        show,
        onAction: (listener) => void (this.act = listener),
        onClosed: (listener) => void (this.closedByHand = listener),
        close: () => {
          this.isClosed = true;
          return Promise.resolve();
        },
      });
    };
    return walkThroughPermissions({ permissions, openWindow, everyMs: 1 });
  }
}

describe('the walk through the permissions of a system', () => {
  test('where nothing is missing no window is opened', async () => {
    const walk = new Walk();
    assert.equal(await walk.run([[]]), true);
    assert.equal(walk.windows, 0);
  });

  test('it shows what is still missing, goes on by itself once all is there, and takes its window away', async () => {
    const walk = new Walk();
    assert.equal(await walk.run([['see-screen', 'operate'], ['see-screen', 'operate'], ['operate'], []]), true);
    assert.deepEqual(walk.shown, [['see-screen', 'operate'], ['see-screen', 'operate'], ['operate'], []]);
    assert.deepEqual([walk.windows, walk.isClosed], [1, true]);
  });

  test('the settings are opened when the person asks for it, as often as they do', async () => {
    const walk = new Walk();
    const ask = (shown: number): void => {
      if (shown < 3) walk.act({ type: 'open-settings', permission: 'operate' });
    };
    assert.equal(await walk.run([['operate'], ['operate'], ['operate'], []], ask), true);
    assert.deepEqual(walk.opened, ['operate', 'operate']);
  });

  test('to decline and to close the window both mean no, and nothing goes on', async () => {
    for (const refuse of [(walk: Walk) => walk.act({ type: 'decline' }), (walk: Walk) => walk.closedByHand()]) {
      const walk = new Walk();
      // Even when everything is there a moment later.
      assert.equal(await walk.run([['operate'], []], () => refuse(walk)), false);
      assert.equal(walk.isClosed, true);
    }
  });
});
