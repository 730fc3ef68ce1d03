/**
 * Limited mode in the built product: what was not chosen is painted in a colour that must never reach the agent's canvas,
 * and every paint is looked at.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { subtract } from '../helper/pipeline/rects.ts';
import { FORBIDDEN, assertNeverSeen, seenSoFar } from './forbidden.ts';
import { LimitedScene, chooseProgram } from './limited-scene.ts';
import { eventually } from './processes.ts';
import { Product, openBrowser } from './product.ts';
import { openOffice, type Office } from './session.ts';

/** Paints all the time, so that there is a paint at every moment. */
const BUSY = 'while :; do date; sleep 0.03; done';
const DOUBLE_CLICK = ['click', '1', 'click', '1'];
const SHORTCUTS = ['Alt+Tab', 'Alt+F4', 'Meta+D', 'Control+Alt+ArrowRight', 'Alt+Space', 'Alt+Escape'];

describe('limited mode', { timeout: 400_000 }, () => {
  let product: Product;
  let browser: Browser;
  let office: Office;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
    office = await openOffice(product);
  });
  after(async () => {
    await office.close();
    await browser.close();
    await product.stop();
  });

  describe('of one program', () => {
    let scene: LimitedScene;

    before(async () => {
      scene = await LimitedScene.open(browser);
      await scene.startListening({ title: 'ledger', x: 900, y: 420 });
      await scene.startTerminal({ title: 'mail', x: 480, y: 90 });
      await scene.share(office, { mode: 'limited', choose: (page) => chooseProgram(page, 'xterm') });
    });
    afterEach(() => assertNeverSeen(scene.page, 1));
    after(() => scene.close());

    test('it is seen, and everything else is grey', async () => {
      await scene.assertShownOnly([await scene.frameOf('mail')]);
    });

    test('a new window of it is seen; one of another program is not, whatever it says of itself', async () => {
      const mail = await scene.idOf('mail');
      const lies = ['-class', 'XTerm', '-name', 'xterm'];
      const liar = await scene.startTerminal({ title: 'letter', x: 480, y: 420, isForeign: true, lies });
      const pid = /= (\d+)/.exec(await scene.desktop.query('xprop', ['-id', mail, '_NET_WM_PID']))?.[1] ?? '';
      const id = await scene.idOf('letter');
      for (const [name, value] of [
        ['_NET_WM_PID', pid],
        ['WM_TRANSIENT_FOR', mail],
      ] as const) {
        await scene.desktop.query('xprop', ['-id', id, '-f', name, '32x', '-set', name, value]);
      }
      const second = await scene.startTerminal({ title: 'draft', x: 860, y: 90 });
      await scene.assertShownOnly([await scene.frameOf('mail'), await scene.frameOf('draft')]);
      await second.stop();
      await liar.stop();
      await scene.assertShownOnly([await scene.frameOf('mail')]);
    });

    test('a dialog of another program in front of it is not seen', async () => {
      const { x, y, width, height } = await scene.frameOf('mail');
      const colours = ['-bg', FORBIDDEN.name, '-fg', FORBIDDEN.name];
      const place = ['-geometry', `180x90+${x + 60}+${y + 60}`, '-title', 'notice'];
      const dialog = await scene.startProgram('notice', 'xmessage', [...colours, ...place, 'Salaries']);
      const front = await scene.frameOf('notice');
      await scene.assertShownOnly(subtract({ x, y, width, height }, [front]));
      await dialog.stop();
      await scene.assertShownOnly([await scene.frameOf('mail')]);
    });

    test('a window of another program that is dragged over it covers it in every paint', async () => {
      const busy = await scene.startTerminal({ title: 'busy', x: 860, y: 90, command: BUSY });
      const before = await seenSoFar(scene.page);
      const { x, y } = await scene.frameOf('ledger');
      for (const by of [
        { x: -60, y: -260 },
        { x: -300, y: -60 },
        { x: 360, y: 320 },
      ]) {
        await scene.dragByHand('ledger', by);
        await scene.desktop.query('xdotool', ['getactivewindow']);
      }
      const { paints } = await seenSoFar(scene.page);
      assert.ok(paints - before.paints > 20, `${paints - before.paints} paints in all of the dragging`);
      const back = await scene.frameOf('ledger');
      assert.ok(Math.abs(back.x - x) < 20 && Math.abs(back.y - y) < 20, 'it was not dragged');
      await busy.stop();
      await scene.assertShownOnly([await scene.frameOf('mail')]);
    });

    test('while it is moved, lowered, raised, minimised, maximised or sent away nothing else shows', async () => {
      const busy = await scene.startTerminal({ title: 'busy', x: 860, y: 390, command: BUSY });
      const id = await scene.idOf('busy');
      const ask = (...args: string[]): Promise<string> => scene.desktop.query('xdotool', args);
      const title = async (window: string): Promise<[string, string]> => {
        const { x, y, width } = await scene.frameOf(window);
        return [String(x + width / 2), String(y + 9)];
      };
      const moves: [string, () => Promise<unknown>, 'gone'?][] = [
        ['moved over it', () => scene.dragByHand('busy', { x: 120, y: 60 })],
        ['moved back', () => scene.dragByHand('busy', { x: -120, y: -60 })],
        ['lowered', async () => scene.desktop.hand('mousemove', ...(await title('busy')), 'click', '2')],
        ['raised', () => ask('windowraise', id)],
        ['minimised', () => ask('windowminimize', id), 'gone'],
        ['brought back', () => ask('windowmap', id, 'windowactivate', id)],
        ['maximised', async () => scene.desktop.hand('mousemove', ...(await title('busy')), ...DOUBLE_CLICK)],
        ['restored', async () => scene.desktop.hand('mousemove', ...(await title('busy')), ...DOUBLE_CLICK)],
        ['sent to another desktop', () => ask('set_desktop_for_window', id, '1'), 'gone'],
        ['fetched back', () => ask('set_desktop_for_window', id, '0')],
      ];
      for (const [what, move, isGone] of moves) {
        await move();
        const isSettled =
          isGone === undefined ? scene.afterPaints(4) : scene.assertShownOnly([await scene.frameOf('mail')]);
        await isSettled.catch((cause: unknown) => {
          throw new Error(`the picture stopped when the window was ${what}`, { cause });
        });
        const { pixels, first } = await seenSoFar(scene.page);
        assert.deepEqual([pixels, first], [0, []], `seen when the window was ${what}`);
      }
      await ask('set_desktop', '1');
      await scene.assertShownOnly([]);
      await ask('set_desktop', '0');
      await busy.stop();
      await scene.assertShownOnly([await scene.frameOf('mail')]);
    });

    test('what the agent types reaches it', async () => {
      await scene.focusByAgent('mail');
      await scene.typeFile('typed-by-agent');
    });

    test('clicks beside it reach nothing and change nothing', async () => {
      await scene.focusByAgent('mail');
      const [before, heard] = [await scene.state(), scene.heard('ledger')];
      const ledger = await scene.frameOf('ledger');
      for (const area of [ledger, { ...ledger, height: 18 }, { x: 900, y: 720, width: 40, height: 40 }]) {
        await scene.clickIn(area);
        await scene.page.getByText('That part is hidden').waitFor();
      }
      await scene.typeFile('after-clicks');
      assert.deepEqual([await scene.state(), scene.heard('ledger')], [before, heard]);
      await scene.handIn('ledger');
      await eventually('the click by hand', () => scene.heard('ledger') !== heard);
    });

    test('keys go nowhere while another program has the keyboard', async () => {
      await scene.focusByAgent('mail');
      await scene.handIn('ledger');
      const notice = scene.page.getByText('You may not act there.');
      await eventually('the refusal', async () => {
        await scene.page.keyboard.press('KeyX');
        return notice.isVisible();
      });
      const heard = scene.heard('ledger');
      await scene.page.keyboard.type('secret', { delay: 15 });
      await scene.focusByAgent('mail');
      await scene.typeFile('after-keys');
      assert.equal(scene.heard('ledger'), heard);
      assert.ok(!scene.heard('ledger').includes('x'), 'a key reached it');
      await scene.handIn('ledger');
      await scene.desktop.hand('key', 'x');
      await eventually('the key by hand', () => scene.heard('ledger').includes('x'));
    });

    for (const keys of SHORTCUTS) {
      test(`${keys} does not operate the desktop`, async () => {
        await scene.focusByAgent('mail');
        const before = await scene.state();
        await scene.page.keyboard.press(keys);
        // A menu or a list of windows would take these keys.
        await scene.typeFile(`after-${keys}`.toLowerCase().replaceAll('+', '-'));
        assert.equal(await scene.state(), before);
      });
    }
  });
});
