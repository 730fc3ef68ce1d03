/** What the person is shown, step by step: makes the views of the consent window and the banner's phase from the facts. */
import { basename } from 'node:path';
import { CAPABILITY_NAMES, allowedModes, modeOf, type Capability } from '../../protocol/capabilities.ts';
import type { EndReason, PauseReason } from '../../protocol/lifecycle.ts';
import type { Scope } from '../../protocol/scope.ts';
import type { ConsentCard, ConsentRight, ConsentView, RestartNote, ScopeWords } from '../consent/consent.views.ts';
import type { ConsentWindow } from '../consent/consent.window.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import { provenPhoto, type AgentIdentity } from '../enrol/identity.ts';
import type { Attention, Choice, Choices, DevicePhase } from './device.phases.ts';
import type { Surroundings } from './device.parts.ts';
import type { SessionHandover } from './handover.ts';
import type { HeldRights } from './held.rights.ts';
import { askableReaches, type OpenQuestion } from './question.desk.ts';
import { warningAt } from './session.clock.ts';
import type { SharerMasks } from './sharer.masks.ts';

export interface ConsentScriptOptions {
  enrolment: Enrolment;
  consent: Pick<ConsentWindow, 'show'>;
  surroundings: Surroundings;
  onPhase: (phase: DevicePhase) => void;
  ownMasks: () => SharerMasks;
  now: () => number;
  log: (event: string, detail?: Record<string, unknown>) => void;
}

/** Thumbnails follow the screen this often while there is something to choose. */
const CHOICES_EVERY_MS = 2000;
/** Where windows are listed. */
const CHOOSING: ReadonlySet<ConsentView['step']> = new Set(['ask', 'question', 'live']);

export class ConsentScript {
  /** Who is helping, once proven. */
  card: ConsentCard | undefined;
  /** What was allowed last: all that may be offered again. */
  before: Choice | undefined;
  /** When the present state ends by itself, as the relay says. */
  deadlineAt: number | null = null;
  readonly #options: ConsentScriptOptions;
  #choices: Choices = { screens: [], windows: [] };
  #screenId = '';
  #startedAt = 0;
  #endsAt: number | null = null;
  #pauseReason: PauseReason = 'network';
  #restart: RestartNote | null = null;
  #pausedBy: { keyId: string } | null = null;
  #choosing: NodeJS.Timeout | undefined;
  #chosen: { show: () => void; withThumbnails: boolean } = { show: () => undefined, withThumbnails: true };
  #shown = '';
  #step: ConsentView['step'] | undefined;
  /** By the agent, who has not got them again since. */
  readonly #givenBack = new Set<Capability>();

  constructor(options: ConsentScriptOptions) {
    this.#options = options;
  }

  waiting(): void {
    if (this.card === undefined) return;
    this.#options.onPhase({ name: 'waiting' });
    this.#show({ step: 'waiting', card: this.card, reason: this.#options.enrolment.reason });
  }

  ask({ codes, choices }: { codes: readonly string[]; choices: Choices }): void {
    const { enrolment, surroundings, onPhase } = this.#options;
    const { card } = this;
    if (card === undefined) return;
    this.#choices = choices;
    onPhase({ name: 'asking' });
    const show = (): void =>
      this.#show({
        step: 'ask',
        card,
        reason: enrolment.reason,
        requestedMode: enrolment.requestedMode,
        modes: allowedModes(enrolment.policy),
        allowed: askableReaches(enrolment.policy, surroundings.elevation()),
        codes,
        ...this.#choices,
        canFindPasswords: surroundings.canFindPasswords(),
        hideHotkeyLabel: surroundings.hideHotkeyLabel,
        recordingNote: 'not-recorded',
      });
    this.#stopChoosing();
    show();
    this.#keepChoosing(show, true);
  }

  /** The stream runs from here on. */
  begin(choice: Choice, startedAt: number, endsAt: number): void {
    this.before = choice;
    this.#screenId = choice.screenId;
    this.#startedAt = startedAt;
    this.#endsAt = endsAt;
    this.#givenBack.clear();
    this.#restart = null;
  }

  /** From the process that began the session. */
  takeOver({ before, startedAt }: SessionHandover, endsAt: number): void {
    this.begin(before, startedAt, endsAt);
  }

  live({ rights, question, leftMs }: { rights: HeldRights; question: OpenQuestion | undefined; leftMs: number }): void {
    const { card } = this;
    const mode = modeOf(rights.rights());
    const screen = this.#choices.screens.find(({ id }) => id === this.#screenId) ?? this.#choices.screens[0];
    if (card === undefined || mode === null || screen === undefined) return;
    for (const capability of this.#givenBack) if (rights.holds(capability)) this.#givenBack.delete(capability);
    const { surroundings, onPhase, enrolment, ownMasks } = this.#options;
    const masks = surroundings.masks();
    const warning = warningAt(leftMs);
    const isHidden = ownMasks().isAllHidden;
    const [startedAt, endsAt] = [this.#startedAt, this.#options.now() + leftMs];
    const attention = attentionOf({ question, isHidden, warning, isPassword: masks.some(isPasswordMask) });
    onPhase({ name: 'live', mode, card, startedAt, endsAt, attention });
    const { windows } = this.#choices;
    // The session shows it again every second; what was opened meanwhile can be chosen, or hidden.
    this.#keepChoosing(() => undefined, question !== undefined);
    const elevation = surroundings.elevation();
    if (question !== undefined) return this.#show({ step: 'question', card, question, screen, windows, elevation });
    this.#show({
      step: 'live',
      card,
      mode,
      modes: allowedModes(enrolment.policy),
      allowed: askableReaches(enrolment.policy, elevation),
      elevation,
      rights: this.#rightsOf(rights),
      givenBack: [...this.#givenBack],
      startedAt,
      endsAt: this.#endsAt ?? endsAt,
      warning,
      isAgentConnected: true,
      isHidden,
      masks,
      ownMasks: ownMasks().list(),
      screen,
      windows,
      hotkeyLabel: surroundings.hotkeyLabel,
      hideHotkeyLabel: surroundings.hideHotkeyLabel,
      recordingNote: 'not-recorded',
    });
  }

  /** `agreed`: whoever is there, proven, and could go on; null when nobody is. */
  paused(reason: PauseReason | undefined, agreed: { keyId: string } | null): void {
    this.#pauseReason = reason ?? this.#pauseReason;
    this.#pausedBy = agreed;
    this.#showPaused();
  }

  /** Said yes to: Windows asks now, and what it answers is part of what may be offered again. */
  restarting(): void {
    this.#restart = 'asked';
  }

  get isRestarting(): boolean {
    return this.#restart === 'asked';
  }

  /** It goes on without. */
  restartRefused(): void {
    this.#restart = 'refused';
    if (this.before !== undefined) this.before = { ...this.before, elevated: false };
    this.refreshPaused();
  }

  /** Something around it has changed: a screen that is open again lets the session go on. */
  refreshPaused(): void {
    if (this.#step === 'paused') this.#showPaused();
  }

  #showPaused(): void {
    const { card, before } = this;
    if (card === undefined) return;
    const [reason, deadlineAt, endsAt] = [this.#pauseReason, this.deadlineAt, this.#endsAt];
    const isFree = this.#options.surroundings.lock() === undefined && !this.isRestarting;
    const isOffered = before !== undefined && this.#pausedBy !== null && isFree;
    const words = before && {
      see: this.#wordsOf(before.see),
      operate: before.operate === null ? null : this.#wordsOf(before.operate),
    };
    const resume =
      isOffered && words !== undefined ? { mode: before.mode, scope: words, isElevated: before.elevated } : null;
    this.#options.onPhase({ name: 'paused', card, reason });
    this.#show({ step: 'paused', reason, card, deadlineAt, endsAt, restart: this.#restart, resume });
  }

  ended(reason: EndReason): void {
    this.#options.onPhase({ name: 'ended', reason });
    this.#show({ step: 'ended', reason });
  }

  /** Told to the person, who did not take it back. `rights` as they were before. */
  noteGivenBack(rights: HeldRights, grantIds: readonly string[]): void {
    for (const capability of CAPABILITY_NAMES)
      if (rights.grantsOf(capability).some(({ id }) => grantIds.includes(id))) this.#givenBack.add(capability);
  }

  /** What is in force now is what may be offered again; a right for one task is over with the task. */
  remember(rights: HeldRights): void {
    const inForce = (capability: Capability): Scope | undefined => {
      const grants = rights.grantsOf(capability).filter(({ purpose }) => purpose === 'session');
      return grants.at(-1)?.scope;
    };
    const see = inForce('view');
    const mode = modeOf(rights.rights());
    if (see === undefined || mode === null) return;
    const operate = inForce('input') ?? null;
    // Nobody has that without all of these.
    const isWhole = see === 'all' && operate === 'all';
    this.before = {
      mode: operate === null ? 'view' : mode,
      screenId: this.#screenId,
      see,
      operate,
      files: inForce('files') !== undefined,
      elevated: isWhole && (this.isRestarting || inForce('elevated') !== undefined),
    };
  }

  labelOf(windowId: string): string {
    const window = this.#choices.windows.find(({ id }) => id === windowId);
    if (window === undefined) return windowId;
    return window.title === '' ? window.application : `${window.application}: ${window.title}`;
  }

  async refreshChoices(withThumbnails: boolean): Promise<void> {
    this.#choices = await this.#options.surroundings.choices(withThumbnails);
  }

  #keepChoosing(show: () => void, withThumbnails: boolean): void {
    // The step may have become another one while the same timer runs.
    this.#chosen = { show, withThumbnails };
    this.#choosing ??= setInterval(() => {
      this.refreshChoices(this.#chosen.withThumbnails)
        .then(() => this.#chosen.show())
        // The list of a moment ago is as good until the next.
        .catch((cause: unknown) => this.#options.log('choices.failed', { cause: String(cause) }));
    }, CHOICES_EVERY_MS);
  }

  #stopChoosing(): void {
    clearInterval(this.#choosing);
    this.#choosing = undefined;
  }

  #rightsOf(rights: HeldRights): ConsentRight[] {
    return [...rights.rights().keys()].flatMap((capability) => {
      const scope = rights.scopeOf(capability);
      const newest = rights.grantsOf(capability).at(-1);
      if (scope === undefined || newest === undefined) return [];
      const { purpose, notAfter } = newest;
      return [{ capability, scope: this.#wordsOf(scope), purpose, notAfter }];
    });
  }

  #wordsOf(scope: Scope): ScopeWords {
    if (scope === 'all') return { reach: 'all', windows: [], applications: [], rectangles: 0 };
    return {
      reach: 'limited',
      windows: scope.flatMap((area) => (area.kind === 'window' ? [this.labelOf(area.windowId)] : [])),
      applications: scope.flatMap((area) => (area.kind === 'application' ? [basename(area.executable)] : [])),
      rectangles: scope.filter((area) => area.kind === 'rectangle').length,
    };
  }

  #show(view: ConsentView): void {
    if (!CHOOSING.has(view.step)) this.#stopChoosing();
    this.#step = view.step;
    const words = JSON.stringify(view);
    if (words === this.#shown) return;
    this.#shown = words;
    this.#options.consent.show(view);
  }
}

function isPasswordMask({ rule }: { rule: string }): boolean {
  return rule === 'password-field' || rule === 'terminal-password';
}

function attentionOf(facts: {
  question: OpenQuestion | undefined;
  isHidden: boolean;
  isPassword: boolean;
  warning: number | null;
}): Attention | null {
  if (facts.question !== undefined) return 'question';
  if (facts.isHidden) return 'hidden';
  if (facts.isPassword) return 'password';
  return facts.warning === null ? null : 'time';
}

/** Who it is, from the certificate alone. */
export function cardOf(identity: AgentIdentity, { agentPhoto, organisation }: Enrolment): ConsentCard {
  const { name, employeeNumber, department } = identity;
  return {
    name,
    employeeNumber,
    department,
    photo: provenPhoto(agentPhoto, identity),
    organisation,
    isVerified: true,
  };
}
