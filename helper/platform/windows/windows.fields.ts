/**
 * Password fields and file dialogs that are made of Windows' own controls: dialogs of Windows and most programs that are
 * not a browser. The controls of another program can be looked at without asking it. What draws its fields itself
 * (browsers, store apps, WPF) is told by UI Automation, see windows.automation.ts.
 */
import type { Rect, SensitiveField, SensitiveFields } from '../platform.ts';
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

export class WindowsFields implements SensitiveFields {
  readonly isAvailable = true;
  readonly #listeners = new Set<() => void>();
  readonly #stopNews: () => void;
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #fields: readonly SensitiveField[] = [];

  constructor(thread: WindowThread) {
    this.#stopNews = thread.onNews(({ type }) => {
      if (type === 'windows') this.#lookSoon();
    });
    this.#timer = setInterval(() => this.#look(), LOOK_MS.without);
    this.#timer.unref();
    this.#look();
  }

  fields(): readonly SensitiveField[] {
    return this.#fields;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#stopNews();
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#listeners.clear();
  }

  #lookSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#look();
    }, LOOK_MS.afterNews);
  }

  #look(): void {
    const focus = focusedControl();
    const fields = topLevelWindows()
      .filter(isShown)
      .flatMap((hwnd) => fieldsOf(hwnd, focus));
    if (JSON.stringify(fields) === JSON.stringify(this.#fields)) return;
    this.#fields = fields;
    for (const listener of this.#listeners) listener();
  }
}

function fieldsOf(top: number, focus: number): SensitiveField[] {
  const isDialog = classOf(top) === DIALOG_CLASS;
  const fields: SensitiveField[] = [];
  let isFileDialog = false;
  user32.EnumChildWindows(
    top,
    (hwnd) => {
      // Cheap first: there may be thousands.
      const mayBePassword = (stylesOf(hwnd).style & ES_PASSWORD) !== 0;
      if (!mayBePassword && !isDialog) return 1;
      const className = classOf(hwnd);
      if (isDialog && FILE_LIST_CLASSES.has(className)) isFileDialog = true;
      if (mayBePassword && EDIT_CLASS.test(className) && user32.IsWindowVisible(hwnd) !== 0)
        fields.push(field('password', hwnd, hwnd === focus));
      return 1;
    },
    0,
  );
  return isFileDialog ? [...fields, field('file-chooser', top, false)] : fields;
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
