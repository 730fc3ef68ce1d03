/**
 * What programs tell of themselves by accessibility: which has the keyboard, and what kind of field. Each question goes to
 * that program and waits for its answer, not for long. AXUIElement.h, AXValue.h, AXAttributeConstants.h, AXRoleConstants.h.
 */
import { keptString, membersOf, release, textOf } from './core.foundation.ts';
import { macLibrary } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import type { Rect } from '../platform.ts';

/** A program that hangs must not keep us for long: its fields are unknown then. */
const WAIT_S = 0.1;
/** kAXErrorSuccess. */
const OK = 0;
/** AXValueType: kAXValueTypeCGPoint, kAXValueTypeCGSize. */
const VALUE = { point: 1, size: 2 } as const;

interface ApplicationServices {
  AXUIElementCreateSystemWide(): Ref;
  AXUIElementCreateApplication(pid: number): Ref;
  AXUIElementSetMessagingTimeout(element: Ref, seconds: number): number;
  AXUIElementCopyAttributeValue(element: Ref, attribute: Ref, value: Ref[]): number;
  AXUIElementGetPid(element: Ref, pid: number[]): number;
  AXValueGetValue(value: Ref, type: number, into: Float64Array): number;
}

const services = macLibrary<ApplicationServices>('ApplicationServices', {
  AXUIElementCreateSystemWide: 'void *AXUIElementCreateSystemWide()',
  AXUIElementCreateApplication: 'void *AXUIElementCreateApplication(int32_t pid)',
  AXUIElementSetMessagingTimeout: 'int32_t AXUIElementSetMessagingTimeout(void *element, float seconds)',
  AXUIElementCopyAttributeValue:
    'int32_t AXUIElementCopyAttributeValue(void *element, void *attribute, _Out_ void **value)',
  AXUIElementGetPid: 'int32_t AXUIElementGetPid(void *element, _Out_ int32_t *pid)',
  AXValueGetValue: 'uint8_t AXValueGetValue(void *value, uint32_t type, void *into)',
});

/** The element for all programs; a time set on it counts for every question. */
let everything: Ref = null;

function systemWide(): Ref {
  if (everything !== null) return everything;
  everything = services.AXUIElementCreateSystemWide();
  services.AXUIElementSetMessagingTimeout(everything, WAIT_S);
  return everything;
}

/** Answers what `work` makes of an attribute's value, undefined when there is none. */
function withAttribute<T>(element: Ref, name: string, work: (value: Ref) => T): T | undefined {
  const value: Ref[] = [null];
  const isThere = services.AXUIElementCopyAttributeValue(element, keptString(name), value) === OK;
  const [found = null] = value;
  if (!isThere || found === null) return undefined;
  try {
    return work(found);
  } finally {
    release(found);
  }
}

export interface FocusedField {
  pid: number;
  isPassword: boolean;
  /** In points; undefined when its program does not say. */
  place: Rect | undefined;
}

/** The field that has the keyboard, whosever it is; undefined when its program does not tell. */
export function focusedField(): FocusedField | undefined {
  return withAttribute(systemWide(), 'AXFocusedUIElement', (element) => {
    const pid = pidOf(element);
    if (pid === undefined) return undefined;
    const isPassword = attributeText(element, 'AXSubrole') === 'AXSecureTextField';
    return { pid, isPassword, place: placeOf(element) };
  });
}

export interface FocusedProgram {
  pid: number;
  /** Of its window that has the keyboard, in points. */
  window: Rect | undefined;
}

/** The program that has the keyboard; undefined when macOS does not say. */
export function focusedProgram(): FocusedProgram | undefined {
  return withAttribute(systemWide(), 'AXFocusedApplication', (application) => {
    const pid = pidOf(application);
    if (pid === undefined) return undefined;
    return { pid, window: withAttribute(application, 'AXFocusedWindow', placeOf) };
  });
}

/** What AppKit calls its panels to open and to save, in the attribute AXIdentifier. */
const FILE_PANELS: ReadonlySet<string> = new Set(['open-panel', 'save-panel']);

/** Where a program shows a panel to open or to save, in points: as a window of its own or a sheet on one. */
export function filePanelsOf(pid: number): Rect[] {
  const application = services.AXUIElementCreateApplication(pid);
  if (application === null) return [];
  services.AXUIElementSetMessagingTimeout(application, WAIT_S);
  try {
    const panels = withAttribute(application, 'AXWindows', (windows) =>
      membersOf(windows).flatMap((window) => [
        ...panelPlace(window),
        ...(withAttribute(window, 'AXChildren', sheetsAmong) ?? []),
      ]),
    );
    return panels ?? [];
  } finally {
    release(application);
  }
}

/** Sheets are children of their window. */
function sheetsAmong(children: Ref): Rect[] {
  return membersOf(children)
    .filter((child) => attributeText(child, 'AXRole') === 'AXSheet')
    .flatMap(panelPlace);
}

function panelPlace(element: Ref): Rect[] {
  if (!FILE_PANELS.has(attributeText(element, 'AXIdentifier') ?? '')) return [];
  const place = placeOf(element);
  return place === undefined ? [] : [place];
}

function attributeText(element: Ref, name: string): string | undefined {
  return withAttribute(element, name, textOf);
}

function pidOf(element: Ref): number | undefined {
  const pid = [0];
  return services.AXUIElementGetPid(element, pid) === OK ? pid[0] : undefined;
}

/** In points, origin top left of the main display. */
function placeOf(element: Ref): Rect | undefined {
  const at = withAttribute(element, 'AXPosition', (value) => numbersOf(value, 'point'));
  const size = withAttribute(element, 'AXSize', (value) => numbersOf(value, 'size'));
  if (at === undefined || size === undefined) return undefined;
  return { x: at[0], y: at[1], width: size[0], height: size[1] };
}

function numbersOf(value: Ref, type: keyof typeof VALUE): [number, number] | undefined {
  const numbers = new Float64Array(2);
  if (services.AXValueGetValue(value, VALUE[type], numbers) === 0) return undefined;
  return [numbers[0] ?? 0, numbers[1] ?? 0];
}
