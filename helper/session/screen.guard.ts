/**
 * Stands between the desktop and the agent: what may be seen is asked before each grab and checked after it, what may be
 * applied is asked at the moment of applying. Everything it knows is a survey of one moment of the display.
 */
import type { MaskRule } from '../../protocol/capabilities.ts';
import type { Scope } from '../../protocol/scope.ts';
import {
  MAX_SCENE_RECTS,
  type ControlFromDevice,
  type InputMessage,
  type InputRefusal,
} from '../../protocol/stream.ts';
import { areaOf, containsPoint, intersect, subtract } from '../pipeline/rects.ts';
import type { Rect, SensitiveFields, SessionLock, TerminalEcho } from '../platform/platform.ts';
import type { DesktopWatch } from './desktop.watch.ts';
import type { HeldRights } from './held.rights.ts';
import { judgeFocus, judgeInput, type Desktop } from './input.gate.ts';
import { ruleFor } from './mask-rules.ts';
import type { PictureShield } from './picture.stream.ts';
import { OWN_RULE, surveyScreen, type Survey, type SurveyFacts } from './screen.survey.ts';
import { Arrivals, Settling } from './settling.ts';
import type { SharerMasks } from './sharer.masks.ts';
import { isMember } from './visibility.ts';

export interface ScreenGuardOptions {
  watch: DesktopWatch;
  /** The shared screen, in desktop coordinates. */
  screen: () => Rect;
  rights: HeldRights;
  rules: readonly MaskRule[];
  own: SharerMasks;
  fields: Pick<SensitiveFields, 'fields' | 'onChange'>;
  terminals: Pick<TerminalEcho, 'readsPassword' | 'onChange'>;
  lock: Pick<SessionLock, 'reason'>;
  now: () => number;
  /** Something is hidden that was not, by rule. */
  onMasked: (rule: string) => void;
}

type Scene = Omit<Extract<ControlFromDevice, { type: 'scene' }>, 'type'>;

const NOTHING: Survey = { notShared: [], unsettled: [], covered: [], operable: [], hiddenWindows: new Set() };

export class ScreenGuard implements PictureShield {
  readonly #options: ScreenGuardOptions;
  #survey: Survey = NOTHING;
  /** Of the display and of everything else that a survey rests on; undefined when nothing is known. */
  #basis: { serial: number; version: number } | undefined;
  /** Counts what changes beside windows: rights, fields, terminals, the sharer's own masks. */
  #version = 0;
  #raised: { serial: number; version: number; rects: string } | undefined;
  readonly #settling = new Settling();
  readonly #arrivals = new Arrivals();
  #settles: NodeJS.Timeout | undefined;
  #hasSurveyed = false;
  #isFrozen = false;
  #isClosed = false;
  #wasKeyTarget = true;
  #rules: ReadonlySet<string> = new Set();
  #onChange: () => void = () => undefined;
  #onKeysElsewhere: () => void = () => undefined;

  constructor(options: ScreenGuardOptions) {
    this.#options = options;
    const note = (): void => this.changed();
    options.watch.onChange(() => this.#look());
    options.fields.onChange(note);
    options.terminals.onChange(note);
  }

  /** What is covered or may be used may be another now. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Keys from afar would no longer go where they went. */
  onKeysElsewhere(listener: () => void): void {
    this.#onKeysElsewhere = listener;
  }

  onLocalInput(listener: () => void): void {
    this.#options.watch.onLocalInput(() => {
      if (!this.#isClosed) listener();
    });
  }

  /** Rights or masks are others now. */
  changed(): void {
    this.#version += 1;
    this.#look();
  }

  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#settles);
  }

  async raise(): Promise<readonly Rect[]> {
    const serial = await this.#options.watch.current();
    // Windows that never rest: nothing can be said of any place.
    const survey = serial === undefined ? this.#everythingHidden() : this.#surveyAt(serial);
    const rects = hiddenRects(survey, this.#options.screen());
    const version = this.#version;
    this.#raised = serial === undefined ? undefined : { serial, version, rects: JSON.stringify(rects) };
    return rects;
  }

  async stood(): Promise<boolean> {
    const { watch, screen } = this.#options;
    const raised = this.#raised;
    if (raised === undefined) return true;
    const isStill = await watch.isStill(raised.serial);
    if (isStill && raised.version === this.#version) return true;
    // Of a part that is shared, what was there in between cannot be known.
    if (!isStill && this.#isParted()) return false;
    const serial = await watch.current();
    if (serial === undefined) return false;
    return JSON.stringify(hiddenRects(this.#surveyAt(serial), screen())) === raised.rects;
  }

  /** Before input is judged: what is known has to be true now. */
  async look(message: InputMessage): Promise<void> {
    const { watch } = this.#options;
    const isTyped = message.type === 'key' || message.type === 'text';
    const serial = await (isTyped ? watch.currentFocus() : watch.current());
    if (serial === undefined) this.#everythingHidden();
    else this.#surveyAt(serial);
  }

  judge(message: InputMessage, held: ReadonlySet<string>): InputRefusal | undefined {
    const refusal = judgeInput(message, this.#desktop(held));
    return refusal ?? (this.#isIntoNewWindow(message) ? 'hidden' : undefined);
  }

  /** Whether it asks for a password is not known yet, nor has the agent seen it. */
  #isIntoNewWindow(message: InputMessage): boolean {
    const { watch, now } = this.#options;
    const isTyped = message.type === 'text' || (message.type === 'key' && message.isDown);
    return isTyped && watch.view().windows.some(({ id, isFocused }) => isFocused && this.#arrivals.isNew(id, now()));
  }

  /** Whether a point of the picture is under a cover. */
  isCovered(x: number, y: number): boolean {
    const { notShared, covered } = this.#survey;
    const screen = this.#options.screen();
    const isIn = (rect: Rect): boolean => containsPoint(rect, x + screen.x, y + screen.y);
    return notShared.some(isIn) || covered.some(({ rect }) => isIn(rect));
  }

  /** For words on the picture; in its pixels, the largest first. */
  scene(): Scene {
    const screen = this.#options.screen();
    const { notShared, covered, operable } = this.#survey;
    const hidden = [...notShared.map((rect) => ({ rect, why: 'not-shared' as const })), ...covered].map(
      ({ rect, why }) => ({ ...inPicture(rect, screen), why }),
    );
    const isWhole = this.#options.rights.rights().get('input')?.reach !== 'limited';
    return {
      hidden: largest(hidden),
      operable: isWhole ? null : largest(operable.map((rect) => inPicture(rect, screen))),
    };
  }

  /** What is hidden, by rule, for the sharer's eyes. */
  masks(): { rule: string; count: number }[] {
    const counts = new Map<string, number>();
    for (const { rule } of this.#survey.covered) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    counts.delete(OWN_RULE);
    return [...counts].map(([rule, count]) => ({ rule, count }));
  }

  /** Rectangles that are hidden other than by not being shared, in desktop coordinates. */
  covered(): Survey['covered'] {
    return this.#survey.covered;
  }

  #surveyAt(serial: number): Survey {
    if (this.#basis?.serial === serial && this.#basis.version === this.#version) return this.#survey;
    this.#basis = { serial, version: this.#version };
    this.#survey = surveyScreen(this.#facts());
    this.#noteRules();
    return this.#survey;
  }

  #facts(): SurveyFacts {
    const { watch, screen, rights, rules, own, fields, terminals, lock } = this.#options;
    const view = watch.view();
    const pids = new Set(view.windows.flatMap(({ pid }) => pid ?? []));
    const known = fields.fields();
    return {
      ...view,
      screen: screen(),
      see: rights.scopeOf('view') ?? [],
      operate: rights.scopeOf('input'),
      mayUseFiles: rights.holds('files'),
      fields: known,
      passwordPids: new Set([...pids].filter((pid) => terminals.readsPassword(pid))),
      ruleFor: (window) => ruleFor(window, { rules, fields: known }),
      settle: (shown) => this.#settle(shown),
      isSecureDesktop: lock.reason() === 'secure-desktop',
      own,
    };
  }

  /** What was uncovered or opened a moment ago stays hidden until programs have painted it and told of its passwords. */
  #settle(shown: readonly Rect[]): Rect[] {
    const now = this.#options.now();
    // With the first picture nothing was uncovered: it was there.
    const appeared = this.#arrivals.note(this.#options.watch.view().windows, now);
    const settled = this.#settling.show(shown, this.#hasSurveyed ? now : -Infinity, appeared);
    this.#hasSurveyed = true;
    clearTimeout(this.#settles);
    const nextAt = this.#settling.nextAt();
    if (nextAt !== undefined) this.#settles = setTimeout(() => this.changed(), Math.max(1, nextAt - now));
    return shown.flatMap((part) => subtract(part, settled));
  }

  #everythingHidden(): Survey {
    const screen = this.#options.screen();
    this.#basis = undefined;
    this.#survey = { ...NOTHING, notShared: [screen] };
    return this.#survey;
  }

  #desktop(held: ReadonlySet<string>): Desktop {
    const { watch, screen, now } = this.#options;
    const granted = this.#granted();
    const view = watch.view();
    return {
      ...view,
      // Windows that never rest could be anywhere, and anything could have the keyboard.
      windows: this.#basis === undefined && granted.granted === 'limited' ? [] : view.windows,
      ...granted,
      isFrozen: this.#isFrozen,
      screen: screen(),
      survey: this.#survey,
      ...this.#keyTarget(),
      held,
      now: now(),
    };
  }

  /** As it is at this moment. */
  #granted(): Pick<Desktop, 'granted' | 'mayElevate' | 'reachesElevated'> {
    const { watch } = this.#options;
    const rights = this.#options.rights.rights();
    return {
      granted: rights.get('input')?.reach,
      mayElevate: rights.has('elevated'),
      reachesElevated: (place) => watch.reachesElevated(place),
    };
  }

  #keyTarget(): Pick<Desktop, 'isMember' | 'isPasswordFocused'> {
    const { watch, rights, fields, terminals } = this.#options;
    const { windows } = watch.view();
    const operate: Scope = rights.scopeOf('input') ?? [];
    const focusedPid = windows.find((window) => window.isFocused)?.pid;
    const isTypedInto = fields.fields().some(({ kind, isFocused }) => kind === 'password' && isFocused);
    return {
      isMember: (window) => isMember(window, operate, windows),
      isPasswordFocused: isTypedInto || (focusedPid !== undefined && terminals.readsPassword(focusedPid)),
    };
  }

  /** Whether anything depends on where windows are. */
  #isParted(): boolean {
    const { rights } = this.#options;
    return rights.rights().get('view')?.reach !== 'all' || this.#survey.hiddenWindows.size > 0;
  }

  #look(): void {
    if (this.#isClosed) return;
    const target = this.#keyTarget();
    const desktop = { ...this.#options.watch.view(), survey: this.#survey, ...this.#granted(), ...target };
    const isKeyTarget = judgeFocus(desktop) === undefined;
    if (this.#wasKeyTarget && !isKeyTarget) this.#onKeysElsewhere();
    this.#wasKeyTarget = isKeyTarget;
    this.#onChange();
  }

  #noteRules(): void {
    const rules = new Set(this.#survey.covered.map(({ rule }) => rule));
    for (const rule of rules) {
      if (!this.#rules.has(rule) && rule !== OWN_RULE) this.#options.onMasked(rule);
    }
    this.#rules = rules;
  }
}

function hiddenRects({ notShared, unsettled, covered }: Survey, screen: Rect): Rect[] {
  return [...notShared, ...unsettled, ...covered.map(({ rect }) => rect)].map((rect) => inPicture(rect, screen));
}

/** Whole pixels of the picture, within it. */
function inPicture(rect: Rect, screen: Rect): Rect {
  const { x, y, width, height } = intersect(rect, screen) ?? { ...screen, width: 0, height: 0 };
  return { x: x - screen.x, y: y - screen.y, width, height };
}

function largest<R extends Rect>(rects: readonly R[]): R[] {
  return rects.toSorted((a, b) => areaOf(b) - areaOf(a)).slice(0, MAX_SCENE_RECTS);
}
