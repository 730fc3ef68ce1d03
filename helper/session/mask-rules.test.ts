import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DesktopWindow, SensitiveField } from '../platform/platform.ts';
import { DEFAULT_RULES, FILE_MANAGER, isFileDialog, ruleFor } from './mask-rules.ts';
import type { MaskRule } from './mask-rules.ts';

const BOUNDS = { x: 100, y: 100, width: 400, height: 300 };

function windowOf(executable: string | undefined, more: Partial<DesktopWindow> = {}): DesktopWindow {
  const nothing = { isFocused: false, opaque: [BOUNDS], isPopup: false, transientFor: undefined, role: '', title: '' };
  return { id: '0x1', pid: 7, executable, bounds: BOUNDS, ...nothing, ...more };
}

describe('programs whose windows are hidden', () => {
  const KNOWN: [string, string | undefined][] = [
    ['/usr/bin/keepassxc', 'password-manager'],
    ['/opt/1Password/1password', 'password-manager'],
    ['/usr/bin/seahorse', 'password-manager'],
    ['/usr/bin/nautilus', 'file-manager'],
    ['/usr/bin/pcmanfm-qt', 'file-manager'],
    ['/usr/libexec/xdg-desktop-portal-gtk', 'file-manager'],
    ['/usr/lib/policykit-1-gnome/polkit-gnome-authentication-agent-1', 'elevation'],
    ['/usr/lib/x86_64-linux-gnu/libexec/polkit-kde-authentication-agent-1', 'elevation'],
    ['/usr/bin/pinentry-gtk-2', 'elevation'],
    ['/usr/bin/xterm', undefined],
    ['/usr/bin/keepassxc-proxy', undefined],
    ['/home/li/nautilus/editor', undefined],
  ];
  for (const [executable, rule] of KNOWN) {
    test(`${executable} is hidden by ${rule ?? 'no rule'}`, () => {
      assert.equal(ruleFor(windowOf(executable), DEFAULT_RULES), rule);
    });
  }

  test('the program of a window that is not known is hidden by no rule', () => {
    assert.equal(ruleFor(windowOf(undefined), DEFAULT_RULES), undefined);
  });

  test('a program that was updated while it runs is hidden still', () => {
    assert.equal(ruleFor(windowOf('/usr/bin/keepassxc (deleted)'), DEFAULT_RULES), 'password-manager');
  });

  test('a title alone neither hides a program nor keeps it from being hidden', () => {
    assert.equal(ruleFor(windowOf('/usr/bin/xterm', { title: 'KeePass' }), DEFAULT_RULES), undefined);
    assert.equal(ruleFor(windowOf('/usr/bin/keepassxc', { title: 'xterm' }), DEFAULT_RULES), 'password-manager');
  });

  test('a password manager that an interpreter runs is hidden by interpreter and title together', () => {
    const mono = (title: string): DesktopWindow => windowOf('/usr/bin/mono-sgen', { title });
    assert.equal(ruleFor(mono('work.kdbx - KeePass'), DEFAULT_RULES), 'password-manager');
    assert.equal(ruleFor(mono('Paint'), DEFAULT_RULES), undefined);
  });
});

describe('rules of policy', () => {
  const BANKING: MaskRule = { id: 'banking', label: 'Banking', executables: ['/opt/bank/client', 'hbci.client'] };

  test('a whole path hides that file alone, a name hides it wherever it is', () => {
    const hidden = (executable: string): boolean => ruleFor(windowOf(executable), [BANKING]) === 'banking';
    assert.ok(hidden('/opt/bank/client') && hidden('/usr/bin/hbci.client'));
    assert.ok(!hidden('/usr/bin/client') && !hidden('/opt/bank/client/other'));
  });

  test('an entry is no pattern, and upper and lower case differ', () => {
    for (const executable of [
      '/usr/bin/hbciXclient',
      '/opt/bank/Client',
      '/usr/bin/HBCI.client',
      '/usr/bin/x-hbci.client',
    ])
      assert.equal(ruleFor(windowOf(executable), [BANKING]), undefined);
    const patterns = [{ id: 'all', executables: ['.*', '*', '', '/', '/usr/bin/'] }];
    assert.equal(ruleFor(windowOf('/usr/bin/xterm'), patterns), undefined);
  });

  test('without the rule for file managers, one of policy for the same program still hides it', () => {
    const personal: MaskRule = { id: 'personal-files', executables: ['nautilus'] };
    const all = [...DEFAULT_RULES, personal];
    assert.equal(ruleFor(windowOf('/usr/bin/nautilus'), all), 'file-manager');
    const granted = all.filter((rule) => rule !== FILE_MANAGER);
    assert.equal(ruleFor(windowOf('/usr/bin/nautilus'), granted), 'personal-files');
    assert.equal(ruleFor(windowOf('/usr/bin/nemo'), granted), undefined);
  });
});

describe('dialogs to open and save files', () => {
  const chooser: SensitiveField = { kind: 'file-chooser', bounds: { ...BOUNDS, x: 120 }, pid: 7, isFocused: false };
  const window = windowOf('/usr/bin/gedit');

  test('one is known by what its program says it is', () => {
    assert.ok(isFileDialog(windowOf('/usr/bin/gedit', { role: 'GtkFileChooserDialog' }), []));
  });

  test('one is known by a field of its process that lies in it', () => {
    assert.ok(isFileDialog(window, [chooser]));
  });

  test('other windows, other processes and password fields are none', () => {
    const elsewhere = { x: 500, y: 100, width: 50, height: 50 };
    assert.ok(!isFileDialog(window, []));
    assert.ok(!isFileDialog(window, [{ ...chooser, pid: 8 }]));
    assert.ok(!isFileDialog(window, [{ ...chooser, bounds: elsewhere }]));
    assert.ok(!isFileDialog(window, [{ ...chooser, kind: 'password' }]));
    assert.ok(!isFileDialog({ ...window, pid: undefined }, [{ ...chooser, pid: undefined }]));
  });
});
