/** What the banner says in each phase, in the sharer's language; it never vanishes while an agent can see anything. */
import type { Mode } from '../../protocol/capabilities.ts';
import type { EndReason, PauseReason } from '../../protocol/lifecycle.ts';
import type { BannerText, Overlay } from '../platform/platform.ts';
import type { ConsentCard, Language } from '../consent/consent.views.ts';
import { CODE_WORDS } from '../consent/page/words.codes.ts';

type Card = Pick<ConsentCard, 'name' | 'employeeNumber'>;

/** What the banner has to know of a session; `attention` is the one thing that matters most now. */
export type BannerPhase =
  | { name: 'waiting' }
  | { name: 'asking' }
  | {
      name: 'live';
      mode: Mode;
      card: Card;
      /** Milliseconds since 1970. */
      startedAt: number;
      endsAt: number;
      attention: null | 'question' | 'hidden' | 'password' | 'time';
    }
  | { name: 'paused'; card: Card; reason: PauseReason }
  | { name: 'ended'; reason: EndReason };

/** From here on the time that is left matters more than the time that has passed. */
const LAST_MINUTES_MS = 10 * 60_000;

/** Short: what is longer than the pill is cut. */
const WORDS = {
  en: {
    view: 'can look',
    limited: 'can look and use a part',
    control: 'can look and act',
    question: 'asks you: waiting for your answer',
    hidden: 'everything is hidden',
    password: 'you type a password: hidden',
    minutes: '{minutes} min left',
    paused: 'paused',
    stop: 'Stop',
    ended: 'Sharing has ended',
    close: 'Close',
  },
  'zh-CN': {
    view: '可以查看',
    limited: '可以查看并操作一部分',
    control: '可以查看并操作',
    question: '有问题请您答复',
    hidden: '已全部遮挡',
    password: '您正在输入密码：已遮挡',
    minutes: '还剩 {minutes} 分钟',
    paused: '已暂停',
    stop: '停止共享',
    ended: '共享已结束',
    close: '关闭',
  },
} as const satisfies Record<Language, Record<string, string>>;

const PAUSED = {
  en: {
    'agent-away': 'paused: other side away',
    sharer: 'paused by you',
    agent: 'paused by the other side',
    network: 'paused: no network',
    'screen-lock': 'paused: screen locked',
    'screen-disconnected': 'paused: screen disconnected',
    'sharer-away': 'paused: nobody here',
    restarting: 'paused: administrator rights',
    sleep: 'paused: computer slept',
  },
  'zh-CN': {
    'agent-away': '已暂停：对方不在线',
    sharer: '您已暂停',
    agent: '对方已暂停',
    network: '已暂停：网络断开',
    'screen-lock': '已暂停：屏幕已锁定',
    'screen-disconnected': '已暂停：屏幕已断开',
    'sharer-away': '已暂停：无人使用',
    restarting: '已暂停：管理员权限',
    sleep: '已暂停：电脑曾睡眠',
  },
} as const satisfies Record<Language, Record<PauseReason, string>>;

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

  show(phase: BannerPhase): void {
    clearInterval(this.#timer);
    if (phase.name === 'waiting' || phase.name === 'asking') return this.#overlay.hideBanner();
    if (phase.name !== 'ended') this.#hasShared = true;
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
  phase: Extract<BannerPhase, { name: 'live' | 'paused' | 'ended' }>,
  at: { language: Language; now: number },
): BannerText {
  const words = WORDS[at.language];
  if (phase.name === 'ended') {
    const why = CODE_WORDS[at.language].ended[phase.reason];
    return { who: words.ended, mode: why, time: '', stop: words.close, tone: 'ended' };
  }
  const who = `${phase.card.name} · ${phase.card.employeeNumber}`;
  if (phase.name === 'paused')
    return { who, mode: PAUSED[at.language][phase.reason], time: '', stop: words.stop, tone: 'paused' };
  const { attention, mode } = phase;
  const state = words[attention === null || attention === 'time' ? mode : attention];
  return { who, mode: state, time: timeOf(phase, at), stop: words.stop, tone: 'live' };
}

/** How long it has been, or how long it will be once that is short. */
function timeOf(
  { startedAt, endsAt, attention }: Extract<BannerPhase, { name: 'live' }>,
  { language, now }: { language: Language; now: number },
): string {
  const leftMs = endsAt - now;
  if (leftMs > LAST_MINUTES_MS && attention !== 'time') return elapsed(now - startedAt);
  const minutes = Math.max(0, Math.ceil(leftMs / 60_000));
  return WORDS[language].minutes.replace('{minutes}', String(minutes));
}

/** `m:ss`, or `h:mm:ss` from an hour on. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
