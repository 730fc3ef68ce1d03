/**
 * What the helper needs from an operating system. Everything above this file is the same on X11, Windows and macOS;
 * nothing above it knows which one it runs on.
 *
 * Coordinates are physical pixels of the virtual desktop, origin top left, unless a comment says otherwise.
 */

import type { CAPTURE_METHODS } from '../../protocol/stream.ts';

/** Pixels, half-open: covers x … x+width-1. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One pixel. */
export type Place = Pick<Rect, 'x' | 'y'>;

/** One monitor as the platform numbers it. `id` is stable while the helper runs. */
export interface Screen {
  id: string;
  name: string;
  bounds: Rect;
  isPrimary: boolean;
}

/**
 * The pixels of one screen at one instant, BGRX, 4 bytes a pixel, rows of `stride` bytes.
 * `pixels` is memory that the next `grab` overwrites: copy what must outlive it.
 */
export interface Picture {
  width: number;
  height: number;
  stride: number;
  pixels: Uint8Array;
  /** Where this picture may differ from the one grabbed before, in picture coordinates. */
  damage: Rect[];
}

/** The shape of the mouse pointer: RGBA, straight alpha; the hotspot is the pixel that points. */
export interface CursorShape {
  serial: number;
  width: number;
  height: number;
  hotspotX: number;
  hotspotY: number;
  rgba: Uint8Array;
}

/** Screen capture driven by change: no work while nothing changes. */
export interface ScreenCapture {
  screens(): Promise<Screen[]>;
  /** Starts watching one screen; the whole screen counts as damaged at first. */
  open(screenId: string): Promise<CaptureSession>;
}

/** How pictures of a screen are taken, and why not in a better way that the system has. */
export interface CaptureMethod {
  name: (typeof CAPTURE_METHODS)[number];
  why: string | undefined;
}

export interface CaptureSession {
  readonly screen: Screen;
  /** As of now; it may turn out later that another one is needed. */
  readonly method: CaptureMethod;
  /** Called once when damage arrives after a `grab`; not again until the next `grab`. */
  onDamage(listener: () => void): void;
  /** Called after the screen changed size or went away; `screen` is already the new one (or unchanged when gone). */
  onScreenChange(listener: (change: 'resized' | 'gone') => void): void;
  onCursorShape(listener: (shape: CursorShape) => void): void;
  /** Position in picture coordinates (outside of the picture when on another screen); `isLocal` false when injected movement caused it. */
  onCursorMove(listener: (x: number, y: number, isLocal: boolean) => void): void;
  /** Takes the damage gathered so far and copies those pixels. Resolves to undefined when nothing is damaged. */
  grab(): Promise<Picture | undefined>;
  /** Marks these rectangles of the picture as damaged, or the whole of it, so that the next grab takes them. */
  invalidate(rects?: readonly Rect[]): void;
  close(): void;
}

/** Mouse buttons as the DOM numbers them (`MouseEvent.button`): 0 left, 1 middle, 2 right, 3 back, 4 forward. */
export type PointerButton = 0 | 1 | 2 | 3 | 4;

/** Operates pointer and keyboard. Every press that is not released is remembered and released by `releaseAll`. */
export interface InputInjector {
  /** Absolute position in virtual-desktop pixels. */
  movePointer(x: number, y: number): void;
  pressButton(button: PointerButton, isDown: boolean): void;
  /** Wheel clicks, positive is down or right; fractions are gathered until they make a whole click. */
  scroll(deltaX: number, deltaY: number): void;
  /** A physical key by its DOM code (`KeyboardEvent.code`, W3C UI Events KeyboardEvent code Values). Unknown codes are ignored and return false. */
  pressKey(code: string, isDown: boolean): boolean;
  /** Types text, whatever the layout, dead keys and scripts included. */
  typeText(text: string): Promise<void>;
  releaseAll(): void;
  close(): void;
}

/** Tells the hand at the device from ours. */
export interface LocalInputWatch {
  /** Called for every movement, button or key of the local person (never for what `InputInjector` did). */
  onLocalInput(listener: (kind: 'pointer' | 'key') => void): void;
  close(): void;
}

/** A top-level window, front-most first in the list. */
export interface DesktopWindow {
  id: string;
  /** Process behind the window as the display server or kernel vouches for it; undefined when unknown. */
  pid: number | undefined;
  /** Absolute path of the executable, undefined when unknown. */
  executable: string | undefined;
  title: string;
  bounds: Rect;
  /** Has the keyboard, as the display server sees it. */
  isFocused: boolean;
  /** Where the window shows nothing but itself: without shadows, cut-out corners and holes. Within `bounds`. */
  opaque: readonly Rect[];
  /** A menu, a tooltip: not managed as a window of its own. */
  isPopup: boolean;
  /** Id of the window that this one belongs to, as its own program states it. */
  transientFor: string | undefined;
  /** What its program says it is (`GtkFileChooserDialog`); good for hiding more, never for showing more. */
  role: string;
  /** The background of the desktop, a panel, a dock: by what its program says, and only to leave it out of lists. */
  isShell?: boolean;
  /** Of a program with more rights than ordinary ones: the system keeps from it what those send, not what the person does. */
  isElevated?: boolean;
}

export interface WindowList {
  list(): Promise<DesktopWindow[]>;
  onChange(listener: () => void): void;
  /**
   * Counts changes of place, size, shape, order, coming and going of windows. Answers once everything is heard that the
   * display did before this call, so that two equal answers around a grab prove that nothing moved in between.
   */
  geometrySerial(): Promise<number>;
  /** Id of the window that has the keyboard at this moment, as the display server sees it. */
  focusedWindow(): Promise<string | undefined>;
  /**
   * Whether the system would give a click there, or keys where no place is named, to a program with more rights than
   * ordinary ones: asked of the system itself, whether the window is on the list or not. Synchronous, since it is asked
   * at the moment of the input. Absent where the system knows no such programs.
   */
  reachesElevated?(place?: Place): boolean;
  close(): void;
}

/** Something that must not be seen while it is there. Coordinates of the desktop. */
export interface SensitiveField {
  kind: 'password' | 'file-chooser';
  bounds: Rect;
  /** Process whose field it is, undefined when unknown. */
  pid: number | undefined;
  /** Is typed into now: remote keys would go there. */
  isFocused: boolean;
}

/** What the platform's accessibility interface reports, as far as it does. */
export interface SensitiveFields {
  /** False when there is no such interface here: the sharer is told. */
  readonly isAvailable: boolean;
  /** As last heard; cheap. */
  fields(): readonly SensitiveField[];
  onChange(listener: () => void): void;
  close(): void;
}

/** Programs that show terminals, and whether one of theirs reads a password (echo off). */
export interface TerminalEcho {
  /** Looks now; synchronous, since it is asked before each remote key. */
  readsPassword(pid: number): boolean;
  /** Called when any terminal on the desktop begins or ends reading a password, within about 50 ms. */
  onChange(listener: () => void): void;
  close(): void;
}

/** What has taken the desktop away from us. */
export type LockReason =
  | 'locked'
  /** A desktop of the system's own, which is for the person at the computer alone: a question for an administrator. */
  | 'secure-desktop'
  /** It is on no screen: its remote connection ended, or somebody else is at the computer. */
  | 'disconnected';

/** Whether the desktop is there to be seen. */
export interface SessionLock {
  /** Undefined while it is. */
  reason(): LockReason | undefined;
  onChange(listener: (reason: LockReason | undefined) => void): void;
  close(): void;
}

/** Frames around what is hidden, on the sharer's own screen; drawn inside the rectangles, taking no input. */
export interface Outlines {
  show(outlines: readonly { rect: Rect; label: string }[]): void;
  close(): void;
}

/** What the banner says; texts are already translated. */
export interface BannerText {
  /** For example "Li Wei · E1024". */
  who: string;
  /** For example "can look" or "can look and act". */
  mode: string;
  /** For example "01:12" or "paused". */
  time: string;
  stop: string;
  tone: 'live' | 'paused' | 'ended';
}

/** What stands above all other windows: the banner with Stop. */
export interface Overlay {
  showBanner(text: BannerText): void;
  hideBanner(): void;
  /** Bounds of the banner in desktop coordinates while it is shown: masked in the picture, closed to remote input. */
  bannerBounds(): Rect | undefined;
  /** Window ids owned by the overlay, for `WindowList`. */
  onStop(listener: () => void): void;
  close(): void;
}

/** A system-wide key combination that works whatever has the focus. */
export interface StopHotkey {
  /** What to press, in words for people: "Ctrl+Alt+Shift+Q". */
  readonly label: string;
  onPress(listener: () => void): void;
  close(): void;
}

/** The combination that hides the whole screen from the agent at once, heard from the local person alone. */
export interface HideHotkey {
  /** "Ctrl+Alt+Shift+H". */
  readonly label: string;
  onPress(listener: () => void): void;
  close(): void;
}

/** A process that has not ended. */
export interface RunningProcess {
  pid: number;
  /** The process that started it, 0 when that one has ended. */
  parent: number;
}

/** This very process: its number is given to another one when it has ended. */
export interface ProcessIdentity {
  pid: number;
  /** When it began, as its system writes it; empty where nobody can tell. */
  start: string;
}

/** Where a program lies, and which file it is there. */
export interface ProgramFile {
  path: string;
  device: number;
  inode: number;
}

/** A program that was started and is nobody's child. */
export interface StartedProgram {
  /** Its end. */
  exited: Promise<void>;
}

/** What the kernel tells of processes. */
export interface ProcessTable {
  list(): RunningProcess[];
  /** When the process that has the number now began: as in `ProcessIdentity`, undefined when there is none. */
  startOf(pid: number): string | undefined;
  /** With its arguments, as the platform writes them; undefined when it has ended or is another user's. */
  commandLine(pid: number): string | undefined;
}

/**
 * What the guardian process holds: a connection to the display of its own, the banner, the hotkey, and a way to let go of
 * keys for a process that died.
 */
export interface DisplayGuard {
  overlay: Overlay;
  hotkey: StopHotkey;
  /** Releases every key and button that was pressed from afar, by whichever process. */
  releaseInjectedInput(): Promise<void>;
  /** The display server went away. */
  onLost(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

/** What a person may have to allow in the system's settings before a program can do it. */
export const PERMISSIONS = ['see-screen', 'operate', 'hear-input'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** For systems that want to be told by the person what a program may do. */
export interface Permissions {
  /** As the system says at this moment. */
  missing(): Promise<readonly Permission[]>;
  /** Opens the place in the system's settings where it is given. */
  openSettings(permission: Permission): void;
}

/** Whether this program has administrator rights, or may start again with them. */
export type ElevationState = 'impossible' | 'possible' | 'elevated';

/** Everything one operating system provides for a session; `overlay` and `hotkey` may be another process's. */
export interface Platform {
  readonly name: 'linux-x11' | 'windows' | 'macos';
  capture: ScreenCapture;
  input: InputInjector;
  localInput: LocalInputWatch;
  windows: WindowList;
  fields: SensitiveFields;
  terminals: TerminalEcho;
  lock: SessionLock;
  outlines: Outlines;
  hideHotkey: HideHotkey;
  overlay: Overlay;
  hotkey: StopHotkey;
  /** Absent where there is no such thing. */
  elevation?: { state(): ElevationState };
  /** Makers of the graphics cards by their PCI numbers (hex), where encoders of theirs may be tried. */
  graphicsVendors?: readonly string[];
  /** The display server went away: nothing of the above works any more. */
  onLost(listener: (reason: string) => void): void;
  close(): Promise<void>;
}
