/**
 * Password fields and file dialogs that are made of Windows' own controls: dialogs of Windows and most programs that are
 * not a browser. The controls of another program can be looked at without asking it. What draws its fields itself
 * (browsers, store apps, WPF) is asked: by UI Automation (windows.drawn.ts), and for the one that has the keyboard by
 * MSAA too (windows.accessible.ts), which older programs know.
 */
import { LatestOnly } from '../latest-only.ts';
import type { Rect, SensitiveField, SensitiveFields } from '../platform.ts';
import { focusedSecret } from './windows.accessible.ts';
import { DrawnFields } from './windows.drawn.ts';
import type { WindowThread } from './windows.thread.ts';
import { winLibrary } from './win32.ts';
import { classOf, isShown, outerBounds, stylesOf, threadAndPidOf, topLevelWindows } from './win32.windows.ts';

/** Not more often than this after news, and this often without any. */
const LOOK_MS = { afterNews: 50, without: 500 } as const;
const ES_PASSWORD = 0x0020;
/** Edit, RICHEDIT50W, WindowsForms10.EDIT.app.0.…, TEdit. */
const EDIT_CLASS = /edit/i;
const DIALOG_CLASS = '#32770';
/** The list of files in dialogs to open and to save, of either style, and the tree in those that choose a folder. */
const FILE_LIST_CLASSES: ReadonlySet<string> = new Set([
  'SHELLDLL_DefView',
  'DUIViewWndClassName',
  'SHBrowseForFolder ShellNameSpace Control',
]);
/** GUITHREADINFO: its size, and where the window with the keyboard is. */
const GUI_THREAD_INFO = { bytes: 72, focus: 16 } as const;

interface User32 {
  EnumChildWindows(parent: number, each: (hwnd: number) => number, lParam: number): number;
  GetForegroundWindow(): number;
  GetGUIThreadInfo(thread: number, info: Buffer): number;
  IsWindowVisible(hwnd: number): number;
}

const user32 = winLibrary<User32>('user32', {
  EnumChildWindows: 'int EnumChildWindows(intptr_t parent, WNDENUMPROC *each, intptr_t lParam)',
  GetForegroundWindow: 'intptr_t GetForegroundWindow()',
  GetGUIThreadInfo: 'int GetGUIThreadInfo(uint32_t thread, void *info)',
  IsWindowVisible: 'int IsWindowVisible(intptr_t hwnd)',
});

/** A field of a list, with the control that it is. */
interface Found {
  hwnd: number;
  kind: SensitiveField['kind'];
}

export class WindowsFields implements SensitiveFields {
  /** Not all are found, those of browsers first of all: the sharer is told. */
  readonly isAvailable = false;
  readonly #listeners = new Set<() => void>();
  readonly #thread: WindowThread;
  readonly #onError: (error: unknown) => void;
  readonly #stopNews: () => void;
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #found: readonly Found[] = [];
  /** As told last. */
  #told = '[]';
  #lookTookMs = 0;
  /** In a control that draws its fields itself: the one that had the keyboard when it was asked last. */
  #secret: { control: number; bounds: Rect } | undefined;
  readonly #askFocused = new LatestOnly(() => this.#readSecret());
  readonly #drawn: DrawnFields;

  constructor(thread: WindowThread, onError: (error: unknown) => void) {
    this.#thread = thread;
    this.#onError = onError;
    this.#drawn = new DrawnFields({ focusedControl, onChange: () => this.#tell(), onError });
    this.#stopNews = thread.onNews(({ type }) => {
      if (type === 'windows' || type === 'controls') this.#lookSoon();
    });
    this.#timer = setInterval(() => this.#look(), LOOK_MS.without);
    this.#timer.unref();
    this.#look();
  }

  /** Which one has the focus is asked now, since remote keys go by it; so is a field that was not found yet. */
  fields(): readonly SensitiveField[] {
    const focus = focusedControl();
    const isNew = isPassword(focus) && this.#found.every(({ hwnd }) => hwnd !== focus);
    const found = isNew ? [...this.#found, { hwnd: focus, kind: 'password' } as const] : this.#found;
    const fields = found.map(({ hwnd, kind }) => field(kind, hwnd, hwnd === focus));
    const drawn = this.#drawn.fields();
    if (focus === 0 || this.#secret?.control !== focus) return eachOnce([...fields, ...drawn]);
    return eachOnce([...fields, ...drawn, { ...field('password', focus, true), bounds: this.#secret.bounds }]);
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#stopNews();
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#drawn.close();
    this.#listeners.clear();
  }

  /** Looking takes a tenth of the time at most, however many controls there are and whatever they do. */
  #lookSoon(): void {
    this.#soon ??= setTimeout(
      () => {
        this.#soon = undefined;
        this.#look();
      },
      Math.max(LOOK_MS.afterNews, 9 * this.#lookTookMs),
    );
  }

  #look(): void {
    const startedAt = performance.now();
    this.#thread.rearm('controls');
    this.#found = topLevelWindows().filter(isShown).flatMap(fieldsIn);
    this.#lookTookMs = performance.now() - startedAt;
    this.#tell();
    this.#askFocused.run().catch(this.#onError);
    this.#drawn.look();
  }

  async #readSecret(): Promise<void> {
    const control = focusedControl();
    const bounds = control === 0 || isPassword(control) ? undefined : await focusedSecret(control);
    this.#secret = bounds && { control, bounds };
    this.#tell();
  }

  #tell(): void {
    const told = JSON.stringify(this.fields());
    if (told === this.#told) return;
    this.#told = told;
    for (const listener of this.#listeners) listener();
  }
}

/** What was told in several ways is one field, and has the keyboard by whoever's word. */
function eachOnce(fields: readonly SensitiveField[]): SensitiveField[] {
  const once = new Map<string, SensitiveField>();
  for (const field of fields) {
    const key = JSON.stringify([field.kind, field.bounds]);
    const isFocused = field.isFocused || once.get(key)?.isFocused === true;
    once.set(key, { ...field, isFocused });
  }
  return [...once.values()];
}

function fieldsIn(top: number): Found[] {
  const isDialog = classOf(top) === DIALOG_CLASS;
  const found: Found[] = [];
  let isFileDialog = false;
  user32.EnumChildWindows(
    top,
    (hwnd) => {
      if (isPassword(hwnd) && user32.IsWindowVisible(hwnd) !== 0) found.push({ hwnd, kind: 'password' });
      if (isDialog && FILE_LIST_CLASSES.has(classOf(hwnd))) isFileDialog = true;
      return 1;
    },
    0,
  );
  return isFileDialog ? [...found, { hwnd: top, kind: 'file-chooser' }] : found;
}

function isPassword(hwnd: number): boolean {
  // The style first: there may be thousands of controls.
  return hwnd !== 0 && (stylesOf(hwnd).style & ES_PASSWORD) !== 0 && EDIT_CLASS.test(classOf(hwnd));
}

function field(kind: SensitiveField['kind'], hwnd: number, isFocused: boolean): SensitiveField {
  const bounds: Rect = outerBounds(hwnd);
  return { kind, bounds, pid: threadAndPidOf(hwnd).pid, isFocused };
}

/** The control that gets the keys, whosever it is; 0 for none. */
function focusedControl(): number {
  const front = user32.GetForegroundWindow();
  if (front === 0) return 0;
  const info = Buffer.alloc(GUI_THREAD_INFO.bytes);
  info.writeUInt32LE(info.length, 0);
  if (user32.GetGUIThreadInfo(threadAndPidOf(front).thread, info) === 0) return 0;
  return Number(info.readBigInt64LE(GUI_THREAD_INFO.focus));
}
