/** What the banner says in each phase, in the sharer's language; it never vanishes while an agent can see anything. */
import type { BannerText, Overlay } from '../platform/platform.ts';
import type { DevicePhase } from './device.session.ts';
import type { Language } from '../consent/consent.views.ts';
import { CODE_WORDS } from '../consent/page/words.ts';

const WORDS = {
  en: {
    view: 'can look',
    control: 'can look and act',
    paused: 'paused',
    stop: 'Stop',
    ended: 'Sharing has ended',
    close: 'Close',
  },
  'zh-CN': {
    view: '可以查看',
    control: '可以查看并操作',
    paused: '已暂停',
    stop: '停止共享',
    ended: '共享已结束',
    close: '关闭',
  },
} as const satisfies Record<Language, Record<string, string>>;

export class BannerWords {
  readonly #overlay: Overlay;
  readonly #language: Language;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** Whether there was anything to end: a question that was declined needs no banner. */
  #hasShared = false;

  constructor(overlay: Overlay, options: { language: Language; now: () => number }) {
    this.#overlay = overlay;
    this.#language = options.language;
    this.#now = options.now;
  }

  show(phase: DevicePhase): void {
    clearInterval(this.#timer);
    if (phase.name === 'waiting' || phase.name === 'asking') return this.#overlay.hideBanner();
    if (phase.name === 'live') this.#hasShared = true;
    if (!this.#hasShared) return this.#overlay.hideBanner();
    const draw = (): void =>
      this.#overlay.showBanner(bannerText(phase, { language: this.#language, now: this.#now() }));
    draw();
    if (phase.name === 'live') this.#timer = setInterval(draw, 1000);
  }

  /** What it says last stays. */
  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Pure, for tests: what the banner says at a moment. */
export function bannerText(
  phase: Extract<DevicePhase, { name: 'live' | 'paused' | 'ended' }>,
  at: { language: Language; now: number },
): BannerText {
  const words = WORDS[at.language];
  if (phase.name === 'ended') {
    const why = CODE_WORDS[at.language].ended[phase.reason];
    return { who: words.ended, mode: why, time: '', stop: words.close, tone: 'ended' };
  }
  const who = `${phase.card.name} · ${phase.card.employeeNumber}`;
  if (phase.name === 'paused') return { who, mode: words.paused, time: '', stop: words.stop, tone: 'paused' };
  return { who, mode: words[phase.mode], time: elapsed(at.now - phase.startedAt), stop: words.stop, tone: 'live' };
}

/** `m:ss`, or `h:mm:ss` from an hour on. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
