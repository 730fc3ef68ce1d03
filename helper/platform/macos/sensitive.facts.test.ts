import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DisplayMap } from './displays.ts';
import { sensitiveFields, typesPassword } from './sensitive.facts.ts';
import type { SensitiveFacts } from './sensitive.facts.ts';

const displays = new DisplayMap([
  { id: 1, points: { x: 0, y: 0, width: 1440, height: 900 }, pixels: { width: 2880, height: 1800 } },
]);
const WINDOW = { number: 1, pid: 7, layer: 0, alpha: 1, points: { x: 0, y: 0, width: 400, height: 300 }, title: '' };
const SERVICE =
  '/System/Library/Frameworks/AppKit.framework/Versions/C/XPCServices/com.apple.appkit.xpc.openAndSavePanelService.xpc/Contents/MacOS/com.apple.appkit.xpc.openAndSavePanelService';
const NOTHING: SensitiveFacts = {
  displays,
  windows: [WINDOW, { ...WINDOW, number: 2, pid: 8, points: { x: 500, y: 0, width: 100, height: 100 } }],
  executableOf: () => undefined,
  focused: undefined,
  panels: [],
};

describe('what is to be hidden on macOS', () => {
  test('the password field that has the keyboard, where its program says, and no other field', () => {
    const place = { x: 10, y: 20, width: 100, height: 22 };
    assert.deepEqual(sensitiveFields({ ...NOTHING, focused: { pid: 7, isPassword: true, place } }), [
      { kind: 'password', bounds: { x: 20, y: 40, width: 200, height: 44 }, pid: 7, isFocused: true },
    ]);
    assert.deepEqual(sensitiveFields({ ...NOTHING, focused: { pid: 7, isPassword: false, place } }), []);
  });

  test('every window of its program, when the program does not say where', () => {
    const fields = sensitiveFields({ ...NOTHING, focused: { pid: 7, isPassword: true, place: undefined } });
    assert.deepEqual(
      fields.map(({ bounds }) => bounds),
      [{ x: 0, y: 0, width: 800, height: 600 }],
    );
  });

  test('panels to open and to save, told by their program or shown by the service of macOS', () => {
    const place = { x: 50, y: 60, width: 300, height: 200 };
    const executableOf = (pid: number): string | undefined => (pid === 8 ? SERVICE : undefined);
    assert.deepEqual(sensitiveFields({ ...NOTHING, executableOf, panels: [{ pid: 7, place }] }), [
      { kind: 'file-chooser', bounds: { x: 100, y: 120, width: 600, height: 400 }, pid: 7, isFocused: false },
      { kind: 'file-chooser', bounds: { x: 1000, y: 0, width: 200, height: 200 }, pid: 8, isFocused: false },
    ]);
  });

  test('while keys are secured nobody types from afar into the program that has the keyboard, or any when that is unknown', () => {
    assert.equal(typesPassword(7, { isSecure: true, focusedPid: 7 }), true);
    assert.equal(typesPassword(8, { isSecure: true, focusedPid: 7 }), false);
    assert.equal(typesPassword(8, { isSecure: true, focusedPid: undefined }), true);
    assert.equal(typesPassword(7, { isSecure: false, focusedPid: 7 }), false);
  });
});
