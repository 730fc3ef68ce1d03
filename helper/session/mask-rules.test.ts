import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SensitiveField } from '../platform/platform.ts';
import { BUILT_IN_RULES, ruleFor } from './mask-rules.ts';
import { windowOf } from './test-desktop.ts';

const of = (executable: string | undefined, change: Parameters<typeof windowOf>[0] = {}) =>
  ruleFor(windowOf({ executable, ...change }), { rules: BUILT_IN_RULES, fields: [] });

describe('windows that are hidden by rule', () => {
  test('are those of password managers, file managers and prompts for a higher password', () => {
    assert.equal(of('/usr/bin/keepassxc'), 'password-manager');
    assert.equal(of('/usr/bin/thunar'), 'file-manager');
    assert.equal(of('/usr/lib/policykit-1-gnome/polkit-gnome-authentication-agent-1'), 'elevation');
    assert.equal(of('/usr/bin/xterm'), undefined);
    assert.equal(of(undefined), undefined);
  });

  test('are not those that merely call themselves so', () => {
    assert.equal(of('/usr/bin/xterm', { title: 'KeePassXC', role: 'keepassxc' }), undefined);
    assert.equal(of('/opt/keepassxc-theme/viewer'), undefined);
  });

  test('stay hidden although their program was replaced while it ran', () => {
    assert.equal(of('/usr/bin/keepassxc (deleted)'), 'password-manager');
  });

  test('are those of a password manager that an interpreter runs, by interpreter and title together', () => {
    assert.equal(of('/usr/bin/mono-sgen', { title: 'work.kdbx - KeePass' }), 'password-manager');
    assert.equal(of('/usr/bin/python3.11', { title: 'Secrets' }), 'password-manager');
    assert.equal(of('/usr/bin/mono-sgen', { title: 'Pinta' }), undefined);
    assert.equal(of('/usr/bin/xterm', { title: 'work.kdbx - KeePass' }), undefined);
    assert.equal(of('/usr/bin/python3.11', { title: 'My Secrets of cooking' }), undefined);
  });

  test('are those that policy names, by path or by file name', () => {
    const rules = [{ id: 'hr', executables: ['/opt/hr/client', 'payroll'] }];
    const rule = (executable: string) => ruleFor(windowOf({ executable }), { rules, fields: [] });
    assert.equal(rule('/opt/hr/client'), 'hr');
    assert.equal(rule('/home/me/payroll'), 'hr');
    assert.equal(rule('/home/me/client'), undefined);
    assert.equal(rule('/usr/bin/Payroll'), undefined);
  });

  test('are known on Windows by any mixture of large and small letters, with or without .exe', () => {
    assert.equal(of('C:\\Program Files\\KeePassXC\\KeePassXC.exe'), 'password-manager');
    assert.equal(of('C:\\Windows\\System32\\consent.exe'), 'elevation');
    assert.equal(of(undefined, { role: 'Credential Dialog Xaml Host' }), 'elevation');
    assert.equal(of('\\\\server\\tools\\TOTALCMD64.EXE'), 'file-manager');
    assert.equal(of('C:\\Program Files\\KeePassXC\\viewer.exe'), undefined);
    const rules = [{ id: 'hr', executables: ['C:\\HR\\Client.exe', 'Payroll.exe'] }];
    const rule = (executable: string) => ruleFor(windowOf({ executable }), { rules, fields: [] });
    assert.equal(rule('c:\\hr\\client.exe'), 'hr');
    assert.equal(rule('D:\\payroll.EXE'), 'hr');
    assert.equal(rule('D:\\client.exe'), undefined);
  });

  test('are those of macOS by the name of their executable, whatever their folder is called', () => {
    assert.equal(of('/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder'), 'file-manager');
    assert.equal(of('/System/Applications/Passwords.app/Contents/MacOS/Passwords'), 'password-manager');
    assert.equal(of('/Applications/1Password.app/Contents/MacOS/1Password'), 'password-manager');
    const agent = '/System/Library/Frameworks/Security.framework/Versions/A/MachServices/SecurityAgent.bundle';
    assert.equal(of(`${agent}/Contents/MacOS/SecurityAgent`), 'elevation');
    assert.equal(of('/Applications/Finder.app/Contents/MacOS/Viewer'), undefined);
  });

  test("are Explorer's folders and desktop, and not its task bar", () => {
    const explorer = (role: string) => of('C:\\Windows\\explorer.exe', { role });
    assert.equal(explorer('CabinetWClass'), 'file-manager');
    assert.equal(explorer('Progman'), 'file-manager');
    assert.equal(explorer('Shell_TrayWnd'), undefined);
    assert.equal(of('C:\\Tools\\viewer.exe', { role: 'CabinetWClass' }), undefined);
  });

  test('are dialogs to open and save, of whichever program', () => {
    assert.equal(of('/usr/bin/gedit', { role: 'GtkFileChooserDialog' }), 'file-dialog');
    const bounds = { x: 0, y: 0, width: 400, height: 300 };
    const chooser: SensitiveField = { kind: 'file-chooser', bounds, pid: 9, isFocused: true };
    const judged = (change: Parameters<typeof windowOf>[0]) =>
      ruleFor(windowOf({ executable: '/usr/bin/kate', pid: 9, bounds, ...change }), { rules: [], fields: [chooser] });
    assert.equal(judged({}), 'file-dialog');
    assert.equal(judged({ pid: 10 }), undefined);
    // The window behind its dialog is not the dialog.
    assert.equal(judged({ bounds: { x: 0, y: 0, width: 1200, height: 900 } }), undefined);
  });
});
