/** Where a session happens: opens a stream with its guard when the sharer lets it, and shows what that guard hides. */
import { BUILT_IN_RULES, ruleFor } from './mask-rules.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import { PictureEncoder } from '../pipeline/picture.encoder.ts';
import { codecsOf } from '../pipeline/video.codecs.ts';
import { EncoderSearch } from '../pipeline/video.trial.ts';
import type { ConsentScreen, ConsentWindowChoice } from '../consent/consent.views.ts';
import type { DesktopWindow, Platform, Screen } from '../platform/platform.ts';
import type { DeviceLine } from '../transport/device.line.ts';
import type { StreamStart, Surroundings } from './device.parts.ts';
import type { Choices, DevicePhase } from './device.phases.ts';
import type { DesktopWatch } from './desktop.watch.ts';
import { LiveStream } from './live.stream.ts';
import { askableReaches } from './question.desk.ts';
import { ScreenGuard } from './screen.guard.ts';
import { outlinesOf } from './outline.words.ts';
import { monotonic } from './session.clock.ts';
import { thumbnailOf } from './thumbnail.ts';
import { windowChoices } from './window-choice.ts';

export interface StageOptions {
  enrolment: Enrolment;
  platform: Platform;
  watch: DesktopWatch;
  connection: DeviceLine;
  log: (event: string, detail?: Record<string, unknown>) => void;
  onError: (cause: unknown) => void;
}

/** While windows rest, what was read is good for this long where no fresh pictures are wanted: each takes a grab. */
const CHOICES_LAST_MS = 10_000;

/** The same rule is written down once in this time, however often it hides something. */
const MASK_NOTICE_MS = 60_000;

export class Stage {
  readonly surroundings: Surroundings;
  readonly #options: StageOptions;
  #guard: ScreenGuard | undefined;
  readonly #noted = new Map<string, number>();
  readonly #search: EncoderSearch;
  #read: { serial: number | undefined; at: number; choices: Choices } | undefined;
  #onChange: () => void = () => undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    const { platform, watch, log } = options;
    this.#search = new EncoderSearch({
      codecs: codecsOf(platform.graphicsVendors),
      onRefused: (encoder, cause) => log('encoder.refused', { encoder, cause: String(cause) }),
    });
    this.surroundings = {
      hotkeyLabel: platform.hotkey.label,
      hideHotkeyLabel: platform.hideHotkey.label,
      canFindPasswords: () => platform.fields.isAvailable,
      lastLocalInputAt: () => watch.view().lastLocalInputAt,
      lock: () => platform.lock.reason(),
      elevation: () => platform.elevation?.state() ?? 'impossible',
      masks: () => this.#guard?.masks() ?? [],
      choices: (withThumbnails) => this.#readChoices(withThumbnails),
    };
  }

  /** What is hidden has changed. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  async startStream({ join, screenId, epoch, masks, events }: StreamStart): Promise<LiveStream> {
    const { connection, platform, watch, enrolment, log, onError } = this.#options;
    const { link, message } = await join.openLink(epoch, connection, (reason) => log('frame.refused', { reason }));
    const capture = await platform.capture.open(screenId);
    connection.signal({ type: 'peer', sender: join.sender, body: message });
    const guard = new ScreenGuard({
      watch,
      screen: () => capture.screen.bounds,
      rights: join.rights,
      rules: [...BUILT_IN_RULES, ...enrolment.policy.masks],
      own: masks,
      fields: platform.fields,
      terminals: platform.terminals,
      lock: platform.lock,
      now: monotonic,
      onMasked: (rule) => this.#onMasked(rule),
    });
    this.#guard = guard;
    return new LiveStream({
      input: platform.input,
      guard,
      rights: join.rights,
      askable: askableReaches(enrolment.policy, this.surroundings.elevation()),
      link,
      capture,
      encoder: new PictureEncoder({ search: this.#search }),
      waitingBytes: () => connection.waitingBytes('bulk'),
      now: monotonic,
      onError,
      onScene: () => this.#outline(),
      onSource: ({ capture: { name, why }, video }) => log('picture.source', { capture: name, why, video }),
      ...events,
    });
  }

  /** Without a stream nothing is hidden from anybody. */
  onPhase({ name }: DevicePhase): void {
    if (name === 'live' || this.#guard === undefined) return;
    this.#guard = undefined;
    this.#options.platform.outlines.show([]);
  }

  #outline(): void {
    const { platform, enrolment } = this.#options;
    platform.outlines.show(outlinesOf(this.#guard?.covered() ?? [], enrolment.language));
    this.#onChange();
  }

  #onMasked(rule: string): void {
    const now = monotonic();
    if (now - (this.#noted.get(rule) ?? -Infinity) < MASK_NOTICE_MS) return;
    this.#noted.set(rule, now);
    this.#options.connection.signal({ type: 'masked', rule });
  }

  async #readChoices(withThumbnails: boolean): Promise<Choices> {
    const { platform, watch, onError } = this.#options;
    const serial = await watch.current();
    const former = this.#read;
    const isRecent = former?.serial === serial && monotonic() - (former?.at ?? 0) < CHOICES_LAST_MS;
    if (!withThumbnails && former !== undefined && isRecent) return former.choices;
    const { windows, consentPids } = watch.view();
    const rules = new Map(windows.map((window) => [window.id, this.#ruleOf(window)]));
    const screens = await platform.capture.screens();
    const listed = await Promise.all(
      screens.map(async (screen) => {
        const choices = await windowChoices({ platform, screen, consentPids });
        return choices.map(({ isShowable: _, thumbnail, ...choice }): ConsentWindowChoice => {
          const rule = rules.get(choice.id) ?? null;
          return { ...choice, screenId: screen.id, rule, thumbnail: withThumbnails ? thumbnail : null };
        });
      }),
    );
    const choices = { screens: await pictured(platform, { screens, onError }), windows: listed.flat() };
    this.#read = { serial, at: monotonic(), choices };
    return choices;
  }

  #ruleOf(window: DesktopWindow): string | null {
    const { enrolment, platform } = this.#options;
    const rules = [...BUILT_IN_RULES, ...enrolment.policy.masks];
    return ruleFor(window, { rules, fields: platform.fields.fields() }) ?? null;
  }
}

async function pictured(
  { capture }: Platform,
  { screens, onError }: { screens: readonly Screen[]; onError: (cause: unknown) => void },
): Promise<ConsentScreen[]> {
  return Promise.all(
    screens.map(async ({ id, name, bounds: { width, height } }) => {
      const thumbnail = await thumbnailOf(capture, id).catch((cause: unknown) => {
        // The question can be asked without.
        onError(cause);
        return null;
      });
      return { id, name, width, height, thumbnail };
    }),
  );
}
