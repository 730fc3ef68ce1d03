import assert from 'node:assert/strict';
import { CAPABILITY_NAMES, allowedReaches } from '../../protocol/capabilities.ts';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import { descendantsOf } from '../cleanup/programs.ts';
import { openProcessTable } from '../platform/host.ts';
import { browserArguments } from './consent.browser.ts';
import { ConsentWindowError, openConsentWindow, type ConsentWindow } from './consent.window.ts';
import type { ConsentAction, ConsentView } from './consent.views.ts';

const DISPLAY = ':86';
const CARD = {
  name: 'Li Wei',
  employeeNumber: 'E1024',
  department: 'IT',
  photo: null,
  isVerified: true,
  organisation: 'Northport',
} as const;
const SCREEN = { id: 's0', name: 'Screen 1', width: 1280, height: 800, thumbnail: null };
const ALL = { reach: 'all', windows: [], applications: [], rectangles: 0 } as const;
const ASK: ConsentView = {
  step: 'ask',
  card: CARD,
  reason: 'Mail does not open',
  requestedMode: 'control',
  modes: ['view', 'limited', 'control'],
  allowed: allowedReaches({ capabilities: CAPABILITY_NAMES, limitedOnly: [] }),
  codes: ['111 1111', '222 2222', '333 3333'],
  screens: [SCREEN],
  windows: [],
  canFindPasswords: true,
  hideHotkeyLabel: 'Ctrl+Alt+Shift+H',
  recordingNote: 'not-recorded',
};
const WORDS = {
  en: { ask: /really Li Wei/, what: /What may/, live: /can see your screen/ },
  'zh-CN': { ask: /真的是/, what: /做什么/, live: /可以看到/ },
} as const;

describe('the consent window on a desktop', { timeout: 120_000 }, () => {
  const profileRoot = mkdtempSync(join(tmpdir(), 'consent-test-'));
  const desktop: ChildProcess[] = [];
  let opened: ConsentWindow | undefined;

  before(async () => {
    const server = spawn('Xvfb', [DISPLAY, '-screen', '0', '1280x800x24', '-displayfd', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    desktop.push(server);
    await once(server.stdout, 'data');
    process.env['DISPLAY'] = DISPLAY;
    desktop.push(spawn('openbox', [], { stdio: 'ignore' }));
    // A window that comes before the window manager gets no keyboard focus.
    while (!run('xprop', '-root', '_NET_SUPPORTING_WM_CHECK').includes('window id')) await setTimeout(50);
  });
  after(async () => {
    for (const process of desktop.reverse()) {
      process.kill();
      await once(process, 'exit');
    }
    rmSync(profileRoot, { recursive: true, force: true });
  });

  const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' }).trim();
  const windowId = (): string =>
    run('xdotool', 'search', '--sync', '--onlyvisible', '--class', 'handrail-consent').split('\n').at(-1) ?? '';
  const press = (...keys: string[]): string => run('xdotool', 'key', '--delay', '40', ...keys);

  /** Waits until the window's title, which is its heading, matches. */
  async function headingBecomes(id: string, wanted: RegExp): Promise<void> {
    const spy = spawn('xprop', ['-spy', '-id', id, '_NET_WM_NAME'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let seen = '';
    for await (const part of spy.stdout) {
      seen += String(part);
      if (wanted.test(seen)) break;
    }
    spy.kill();
    assert.match(seen, wanted);
  }

  async function open(language: 'en' | 'zh-CN' = 'en'): Promise<ConsentWindow> {
    const onError = (error: unknown): never => assert.fail(String(error));
    opened = await openConsentWindow({ language, profileRoot, onError });
    return opened;
  }
  afterEach(() => opened?.close());

  for (const language of ['en', 'zh-CN'] as const)
    test(`a person answers everything by keyboard alone (${language})`, async () => {
      const window = await open(language);
      const actions: ConsentAction[] = [];
      const answered = Promise.withResolvers<undefined>();
      const stopped = Promise.withResolvers<undefined>();
      window.onAction((action) => {
        actions.push(action);
        (action.type === 'start' ? answered : stopped).resolve(undefined);
      });
      const id = windowId();
      run('xdotool', 'windowfocus', '--sync', id);
      window.show(ASK);
      await headingBecomes(id, WORDS[language].ask);
      press('Tab', 'Down', 'Tab', 'Return');
      await headingBecomes(id, WORDS[language].what);
      press('Tab', 'Down', 'Down', 'Tab', 'Tab', 'Return');
      await answered.promise;
      window.show({
        step: 'live',
        card: CARD,
        mode: 'view',
        modes: ['view'],
        rights: [{ capability: 'view', scope: ALL, purpose: 'session', notAfter: Date.now() + 7_200_000 }],
        givenBack: [],
        allowed: [],
        elevation: 'impossible',
        startedAt: Date.now(),
        endsAt: Date.now() + 7_200_000,
        warning: null,
        isAgentConnected: true,
        isHidden: false,
        masks: [],
        ownMasks: [],
        screen: SCREEN,
        windows: [],
        hotkeyLabel: 'Ctrl+Alt+Shift+Q',
        hideHotkeyLabel: 'Ctrl+Alt+Shift+H',
        recordingNote: 'not-recorded',
      });
      await headingBecomes(id, WORDS[language].live);
      // Past what takes back, hides and pauses.
      press('Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Return');
      await stopped.promise;
      assert.deepEqual(actions, [
        {
          type: 'start',
          code: '222 2222',
          mode: 'control',
          screenId: 's0',
          see: 'all',
          operate: 'all',
          hide: [],
          hideAreas: [],
        },
        { type: 'stop' },
      ]);
      await window.close();
    });

  test('the window is known by its process, is about 420 by 640, and leaves no process and no file', async () => {
    let closed = 0;
    const window = await open();
    window.onClosed(() => closed++);
    const id = windowId();
    const pids = [...window.pids()];
    assert.ok(pids.includes(Number(run('xdotool', 'getwindowpid', id))));
    assert.match(run('xdotool', 'getwindowgeometry', id), /Geometry: 420x640/);
    const [profile = ''] = readdirSync(profileRoot);
    assert.equal(statSync(join(profileRoot, profile)).mode & 0o777, 0o700);
    await window.close();
    assert.deepEqual(readdirSync(profileRoot), []);
    assert.deepEqual(
      pids.filter((pid) => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))),
      [],
    );
    assert.equal(closed, 0, 'closing it ourselves is not a no');
  });

  test('closing the window is told once', async () => {
    const window = await open();
    let told = 0;
    const closed = new Promise<void>((resolve) =>
      window.onClosed(() => {
        told++;
        resolve();
      }),
    );
    windowId();
    press('alt+F4');
    await closed;
    await window.close();
    assert.equal(told, 1);
    assert.deepEqual(readdirSync(profileRoot), []);
  });

  test('a crash of the browser is a no as well', async () => {
    const window = await open();
    const closed = new Promise<void>((resolve) => window.onClosed(resolve));
    process.kill(Math.min(...window.pids()), 'SIGKILL');
    await closed;
    await window.close();
    assert.deepEqual(readdirSync(profileRoot), []);
  });

  test('without a browser, or with one that does not come up, there is no window and nothing is left', async () => {
    const onError = (error: unknown): never => assert.fail(String(error));
    const refuses = (findBrowser: () => string | undefined, code: string, openTimeoutMs = 30_000): Promise<void> =>
      assert.rejects(
        openConsentWindow({ language: 'en', profileRoot, onError, findBrowser, openTimeoutMs }),
        (error: unknown) => error instanceof ConsentWindowError && error.code === code,
      );
    await refuses(() => undefined, 'no-browser');
    await refuses(() => '/bin/false', 'browser-failed');
    await refuses(() => '/does/not/exist', 'browser-failed');
    const silent = join(profileRoot, 'silent.sh');
    writeFileSync(silent, '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 });
    await refuses(() => silent, 'browser-timeout', 300);
    rmSync(silent);
    assert.deepEqual(readdirSync(profileRoot), []);
  });
});

describe('the browser of the consent window', () => {
  test('has no debugging port, no extensions, and gives up its sandbox only as root', () => {
    const args = (uid: number): string[] =>
      browserArguments('/p', { address: 'http://127.0.0.1:1/#c', language: 'en' }, uid);
    assert.ok(!args(1000).some((arg) => /remote-debugging|no-sandbox|load-extension|test-type/.test(arg)));
    assert.ok(args(0).includes('--no-sandbox'));
    for (const wanted of [
      '--disable-extensions',
      '--disable-sync',
      '--no-first-run',
      '--disable-background-networking',
    ])
      assert.ok(args(1000).includes(wanted), wanted);
  });

  test('a process and what it started are its family', async () => {
    const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const family = descendantsOf(shell.pid ?? 0, await openProcessTable());
    assert.deepEqual([...family].sort(), [shell.pid, Number(line)].sort());
    for (const pid of family) process.kill(pid);
  });
});
