/**
 * Limited mode in the built product: what was not chosen is painted in a colour that must never reach the agent's canvas,
 * and every paint is looked at.
 */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { subtract } from '../helper/pipeline/rects.ts';
import type { InputMessage } from '../protocol/stream.ts';
import { FORBIDDEN, assertNeverSeen, seenSoFar } from './forbidden.ts';
import { AgentPeer } from './hostile/agent.peer.ts';
import { XtestRecorder } from './hostile/xtest.recorder.ts';
import { GREY, LimitedScene, MAIL_COLOUR, chooseArea, chooseProgram, chooseWindow, letThem } from './limited-scene.ts';
import { AGENT } from './people.ts';
import { eventually } from './processes.ts';
import { Product, openBrowser } from './product.ts';
import { dismiss, invite, openOffice, startHelper, type Office } from './session.ts';
import { pageOf, remotePixel } from './viewer.ts';

/** Paints all the time, so that there is a paint at every moment. */
const BUSY = 'while :; do date; sleep 0.03; done';
const DOUBLE_CLICK = ['click', '1', 'click', '1'];
const SHORTCUTS = ['Alt+Tab', 'Alt+F4', 'Meta+D', 'Control+Alt+ArrowRight', 'Alt+Space', 'Alt+Escape'];
/** Two windows of one process, one of which may be seen; it opens a dialog when it is asked to. */
const LETTERS = `
wm title . letters
wm geometry . 300x200+480+90
. configure -background ${MAIL_COLOUR}
pack [entry .line]
focus .line
bind .line <Return> {
  set said [.line get]
  .line delete 0 end
  if {$said ne "ask"} { close [open $said w]; return }
  toplevel .question -background ${MAIL_COLOUR}
  wm title .question question
  wm geometry .question 200x120+520+380
  wm transient .question .
}
toplevel .drafts -background ${FORBIDDEN.name}
wm title .drafts drafts
wm geometry .drafts 300x200+860+420
foreach event {<Button> <Key>} {
  bind .drafts $event { set log [open drafts.log a]; puts $log %T; close $log }
}
`;
/** A picture like a photograph, nowhere near the forbidden colour, that never rests. */
const FILM = `
wm title . film
wm geometry . 360x280+480+90
for {set y 0} {$y < 360} {incr y} {
  set row {}
  for {set x 0} {$x < 480} {incr x} {
    set light [expr {int(100 + 60 * sin($x / 17.0 + $y / 23.0) + 60 * rand())}]
    lappend row [format #%02x%02x%02x [expr {$light / 2}] $light [expr {220 - $light}]]
  }
  lappend rows $row
}
[image create photo still] put $rows
pack [canvas .film -width 360 -height 280 -highlightthickness 0]
.film create image 0 0 -image still -anchor nw -tags still
proc step {at} {
  .film coords still [expr {int(60 * sin($at / 7.0)) - 60}] [expr {int(40 * cos($at / 5.0)) - 40}]
  after 40 step [incr at]
}
step 0
`;

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
        ['made larger', () => ask('windowsize', id, '380', '300')],
        ['made smaller', () => ask('windowsize', id, '200', '120')],
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

    test('a menu of it is seen where it reaches out of its window', async () => {
      await scene.focusByAgent('mail');
      const { x, y, width } = await scene.frameOf('mail');
      const at = await pageOf(scene.page, x + width - 20, y + 80);
      const beside = (): Promise<number[]> => remotePixel(scene.page, x + width + 15, y + 120);
      assert.deepEqual(await beside(), GREY);
      await scene.page.mouse.move(at.x, at.y);
      await scene.page.keyboard.down('Control');
      await scene.page.mouse.down();
      await eventually('the menu', async () => String(await beside()) !== String(GREY));
      await scene.page.mouse.up();
      await scene.page.keyboard.up('Control');
      await scene.assertShownOnly([await scene.frameOf('mail')]);
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

  describe('of one window', () => {
    let scene: LimitedScene;

    before(async () => {
      scene = await LimitedScene.open(browser);
      writeFileSync(join(scene.desktop.home, 'letters.tcl'), LETTERS);
      await scene.startProgram('drafts', 'wish', ['letters.tcl']);
      await scene.share(office, { mode: 'limited', choose: (page) => chooseWindow(page, 'letters') });
    });
    afterEach(() => assertNeverSeen(scene.page, 1));
    after(() => scene.close());

    test('another window of the same process is not seen', async () => {
      await scene.assertShownOnly([await scene.frameOf('letters')]);
      await scene.dragByHand('drafts', { x: -250, y: -250 });
      await scene.assertShownOnly(subtract(await scene.frameOf('letters'), [await scene.frameOf('drafts')]));
      await scene.dragByHand('drafts', { x: 250, y: 250 });
      await scene.assertShownOnly([await scene.frameOf('letters')]);
    });

    test('clicks and keys do not reach another window of the same process', async () => {
      await scene.focusByAgent('letters');
      await scene.clickIn(await scene.frameOf('drafts'));
      await scene.page.getByText('That part is hidden').waitFor();
      assert.equal(await scene.active(), 'letters');
      await scene.handIn('drafts');
      const heard = await eventually('the click by hand', () => scene.heard('drafts'));
      await eventually('the refusal', async () => {
        await scene.page.keyboard.press('KeyX');
        return scene.page.getByText('You may not act there.').isVisible();
      });
      await scene.focusByAgent('letters');
      await scene.page.keyboard.type('kept', { delay: 15 });
      await scene.page.keyboard.press('Enter');
      await eventually('the file', () => existsSync(join(scene.desktop.home, 'kept')));
      assert.equal(scene.heard('drafts'), heard);
    });

    test('a dialog of the window is seen and can be used', async () => {
      await scene.focusByAgent('letters');
      await scene.page.keyboard.type('ask', { delay: 15 });
      await scene.page.keyboard.press('Enter');
      const dialog = await eventually('the dialog', () => scene.frameOf('question'));
      await scene.assertShownOnly([await scene.frameOf('letters'), dialog]);
      await scene.focusByAgent('question');
    });
  });

  test('a film is covered in every paint while a window of another program is dragged over it', async () => {
    const scene = await LimitedScene.open(browser);
    try {
      writeFileSync(join(scene.desktop.home, 'film.tcl'), FILM);
      await scene.startTerminal({ title: 'ledger', x: 900, y: 420, isForeign: true });
      await scene.startProgram('film', 'wish', ['film.tcl']);
      await scene.share(office, { mode: 'limited', choose: (page) => chooseWindow(page, 'film') });
      await eventually('video', async () => (await seenSoFar(scene.page)).videos > 10);
      const before = await seenSoFar(scene.page);
      for (const by of [-1, 1, -1, 1]) await scene.dragByHand('ledger', { x: 360 * by, y: 260 * by });
      const { videos } = await seenSoFar(scene.page);
      assert.ok(videos - before.videos > 10, `${videos - before.videos} paints of video in all of the dragging`);
      await assertNeverSeen(scene.page, 10);
    } finally {
      await scene.close();
    }
  });

  describe('of a drawn area', () => {
    const area = { x: 470, y: 80, width: 420, height: 260 };
    let scene: LimitedScene;

    before(async () => {
      scene = await LimitedScene.open(browser);
      await scene.startListening({ title: 'ledger', x: 900, y: 420 });
      await scene.startTerminal({ title: 'mail', x: 480, y: 90 });
      await scene.share(office, { mode: 'limited', choose: (page) => chooseArea(page, area) });
    });
    afterEach(() => assertNeverSeen(scene.page, 1));
    after(() => scene.close());

    test('it is seen, and of a window that reaches out of it only what is inside', async () => {
      await scene.assertShownOnly([area]);
      await scene.dragByHand('mail', { x: 250, y: 0 });
      await scene.assertShownOnly([area]);
    });

    test('a click inside reaches the window there, a click on the same window outside does not', async () => {
      const mail = await scene.frameOf('mail');
      const [inside, outside] = [
        { ...mail, width: area.x + area.width - mail.x },
        { ...mail, x: area.x + area.width, width: mail.x + mail.width - area.x - area.width },
      ];
      await scene.handIn('ledger');
      await scene.clickIn(outside);
      await scene.page.getByText('That part is hidden').waitFor();
      assert.equal(await scene.active(), 'ledger');
      await eventually('the focus in mail', async () => {
        await scene.clickIn(inside);
        return (await scene.active()) === 'mail';
      });
    });

    test('keys reach no window, since windows reach beyond it', async () => {
      await scene.page.keyboard.type('touch typed-in-area', { delay: 15 });
      await scene.page.keyboard.press('Enter');
      await scene.page.getByText('You may not act there.').waitFor();
      assert.equal(existsSync(join(scene.desktop.home, 'typed-in-area')), false);
    });
  });

  test('the same scene, shared as a whole, is caught by the watch, and clicks, keys and shortcuts take effect', async () => {
    const scene = await LimitedScene.open(browser);
    try {
      await scene.startListening({ title: 'ledger', x: 900, y: 420 });
      await scene.startTerminal({ title: 'mail', x: 480, y: 90 });
      await scene.share(office, { mode: 'control' });
      await eventually('the forbidden colour', async () => (await seenSoFar(scene.page)).pixels > 10_000);
      await assert.rejects(assertNeverSeen(scene.page, 1), /what must not be seen was painted/);
      await scene.focusByAgent('ledger');
      await scene.page.keyboard.press('KeyX');
      await eventually('click and key', () => scene.heard('ledger').includes('x'));
      for (const keys of ['Alt+Tab', 'Meta+D']) {
        await scene.focusByAgent('ledger');
        const before = await scene.state();
        await scene.page.keyboard.press(keys);
        await eventually(keys, async () => (await scene.state()) !== before);
      }
    } finally {
      await scene.close();
    }
  });

  test('an agent whose page blocks nothing operates no more than what was chosen', async () => {
    const scene = await LimitedScene.open(browser);
    const agent = await AgentPeer.signIn(product, AGENT);
    try {
      await scene.startTerminal({ title: 'mail', x: 480, y: 90 });
      await scene.startListening({ title: 'ledger', x: 900, y: 420 });
      const xtest = await XtestRecorder.start(scene.desktop);
      const { id, token, requestId } = await invite(office, agent.http);
      const stream = await agent.join(id);
      const helper = startHelper(office, scene.desktop, token);
      const isThere = async (): Promise<boolean> =>
        (await office.employee.get<{ state: string }>(`/api/sessions/${id}`)).state === 'connecting';
      await eventually('the helper', isThere, 30_000);
      const code = await stream.agree();
      const consentPage = await scene.desktop.consentPage();
      await letThem(consentPage, code, { mode: 'limited', choose: (page) => chooseProgram(page, 'xterm') });
      await stream.takeKeys();
      const tag = await eventually('the right to act', async () => {
        const told = (await stream.told()).findLast((message) => message.type === 'grants');
        return told?.rights.find(({ capability }) => capability === 'input')?.tag;
      });
      const send = async (...messages: InputMessage[]): Promise<void> => {
        for (const message of messages) stream.control.send(await stream.seal('input', message, BigInt(`0x${tag}`)));
      };
      const middleOf = async (title: string): Promise<{ x: number; y: number }> => {
        const { x, y, width, height } = await scene.frameOf(title);
        return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
      };
      const [inside, outside] = [await middleOf('mail'), await middleOf('ledger')];
      await scene.handIn('ledger');
      xtest.forget();
      // Once the person's hand has rested, this one is let through, and so all before it were judged by what was chosen.
      await eventually('the pointer', async () => {
        await send(
          { type: 'pointer/move', ...outside },
          { type: 'pointer/button', ...outside, button: 0, isDown: true },
          { type: 'pointer/wheel', ...outside, deltaX: 0, deltaY: 3 },
          { type: 'key', code: 'KeyX', isDown: true },
          { type: 'text', text: 'x' },
          { type: 'pointer/move', ...inside },
        );
        return xtest.events().length > 0;
      });
      await send({ type: 'pointer/move', x: inside.x + 1, y: inside.y });
      await eventually('the last movement', async () => {
        const place = await scene.desktop.query('xdotool', ['getmouselocation']);
        return place.startsWith(`x:${inside.x + 1} y:${inside.y} `);
      });
      assert.deepEqual(
        xtest.events().filter((event) => /Button|Key/.test(event)),
        [],
      );
      assert.doesNotMatch(scene.heard('ledger'), /x/);
      await agent.http.post(`/api/sessions/${id}/end`);
      await agent.http.post(`/api/requests/${requestId}/solve`);
      await dismiss(helper, consentPage);
    } finally {
      await agent.http.close();
      await scene.close();
    }
  });
});
