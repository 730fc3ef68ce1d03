/** Which fields are to be hidden, by what macOS and its programs tell. Pure. */
import type { Rect, SensitiveField } from '../platform.ts';
import type { FocusedField } from './accessibility.ts';
import type { DisplayMap } from './displays.ts';
import { nameOf } from './window.facts.ts';
import type { ListedWindow } from './window.facts.ts';

/** Shows the panels to open and to save for other programs, in a process of its own. */
const PANEL_SERVICE = 'com.apple.appkit.xpc.openAndSavePanelService';

export interface SensitiveFacts {
  displays: DisplayMap;
  /** Front-most first, those that are seen. */
  windows: readonly ListedWindow[];
  executableOf: (pid: number) => string | undefined;
  focused: FocusedField | undefined;
  /** Panels to open and to save, as their programs tell, in points. */
  panels: readonly { pid: number; place: Rect }[];
}

export function sensitiveFields(facts: SensitiveFacts): SensitiveField[] {
  return [...passwordField(facts), ...filePanels(facts)];
}

function passwordField({ focused, windows, displays }: SensitiveFacts): SensitiveField[] {
  if (focused?.isPassword !== true) return [];
  const { pid, place } = focused;
  // Without a place it may be anywhere in its program's windows.
  const places = place === undefined ? windows.filter((each) => each.pid === pid).map(({ points }) => points) : [place];
  return places.map((each) => ({ kind: 'password', bounds: displays.toPixels(each), pid, isFocused: true }));
}

function filePanels({ windows, panels, executableOf, displays }: SensitiveFacts): SensitiveField[] {
  const ofService = windows.filter(({ pid }) => nameOf(executableOf(pid) ?? '') === PANEL_SERVICE);
  const places = [...panels, ...ofService.map(({ pid, points }) => ({ pid, place: points }))];
  return places.map(({ pid, place }) => ({
    kind: 'file-chooser',
    bounds: displays.toPixels(place),
    pid,
    isFocused: false,
  }));
}

/**
 * Whether keys for that program would go into a password: secure input is on, and it has the keyboard or nobody knows who
 * has. A terminal with "Secure Keyboard Entry" counts for as long as it is in front.
 */
export function typesPassword(pid: number, facts: { isSecure: boolean; focusedPid: number | undefined }): boolean {
  return facts.isSecure && (facts.focusedPid === undefined || facts.focusedPid === pid);
}
