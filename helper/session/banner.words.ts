/** What the banner says in each phase, in the sharer's language; it never vanishes while an agent can see anything. */
import type { BannerText, Overlay } from '../platform/platform.ts';
import type { DevicePhase } from './device.session.ts';
import type { Language } from '../consent/consent.views.ts';

const WORDS = {
  en: { view: 'can look', control: 'can look and act', paused: 'paused', stop: 'Stop' },
  'zh-CN': { view: '可以查看', control: '可以查看并操作', paused: '已暂停', stop: '停止共享' },
} as const satisfies Record<Language, Record<string, string>>;

export class BannerWords {
  readonly #overlay: Overlay;
  readonly #language: Language;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(overlay: Overlay, options: { language: Language; now: () => number }) {
    this.#overlay = overlay;
    this.#language = options.language;
    this.#now = options.now;
  }

  show(phase: DevicePhase): void {
    clearInterval(this.#timer);
    if (phase.name !== 'live' && phase.name !== 'paused') return this.#overlay.hideBanner();
    const draw = (): void =>
      this.#overlay.showBanner(bannerText(phase, { language: this.#language, now: this.#now() }));
    draw();
    if (phase.name === 'live') this.#timer = setInterval(draw, 1000);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#overlay.hideBanner();
  }
}

/** Pure, for tests: what the banner says at a moment. */
export function bannerText(
  phase: Extract<DevicePhase, { name: 'live' | 'paused' }>,
  at: { language: Language; now: number },
): BannerText {
  const words = WORDS[at.language];
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
