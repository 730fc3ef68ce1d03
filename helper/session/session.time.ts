/** The time of one session by both clocks: since when it goes on, for how long it may, and what a second that has passed means. */
import { furthest, judgeTime, remainingMs, type Moment, type TimeRules, type TimeVerdict } from './session.clock.ts';
import type { SessionHandover } from './handover.ts';

type Handed = Pick<SessionHandover, 'startedAt' | 'elapsedMs'>;

export interface SessionTimeOptions {
  clock: () => Moment;
  rules: TimeRules;
  /** When the local person last moved or typed, by the monotonic clock; 0 for never. */
  lastLocalInputAt: () => number;
  /** By the process that began the session. */
  handed?: Handed | undefined;
}

export class SessionTime {
  readonly #options: SessionTimeOptions;
  /** When Start was first given. */
  #startedAt: Moment | undefined;
  #lastTick: Moment;
  /** Since when the stream has been running this time, by the monotonic clock. */
  #sharedSince = 0;

  constructor(options: SessionTimeOptions) {
    this.#options = options;
    const now = options.clock();
    this.#lastTick = now;
    const { handed } = options;
    if (handed !== undefined) this.#startedAt = { wall: handed.startedAt, mono: now.mono - handed.elapsedMs };
  }

  /** Milliseconds since 1970; undefined before Start. */
  get startedAt(): number | undefined {
    return this.#startedAt?.wall;
  }

  /** The stream runs from here on; since when the session does. */
  share(): number {
    const now = this.#options.clock();
    this.#startedAt ??= now;
    this.#sharedSince = now.mono;
    return this.#startedAt.wall;
  }

  now(): number {
    const now = this.#options.clock();
    return this.#startedAt === undefined ? now.wall : furthest(this.#startedAt, now);
  }

  endsAt(): number {
    return (this.startedAt ?? this.now()) + this.#options.rules.sessionLimitS * 1000;
  }

  leftMs(): number {
    const { clock, rules } = this.#options;
    return this.#startedAt === undefined ? rules.sessionLimitS * 1000 : remainingMs(this.#startedAt, clock(), rules);
  }

  /** Once a second. */
  tick(isLive: boolean): TimeVerdict {
    const { clock, rules, lastLocalInputAt } = this.#options;
    const now = clock();
    const lastTick = this.#lastTick;
    this.#lastTick = now;
    if (this.#startedAt === undefined) return undefined;
    const lastHandAt = Math.max(lastLocalInputAt(), this.#sharedSince);
    return judgeTime({ startedAt: this.#startedAt, lastTick, lastLocalInputAt: lastHandAt, isLive }, now, rules);
  }

  /** For the process that goes on with the session; undefined before Start. */
  handOver(): Handed | undefined {
    const { startedAt } = this;
    return startedAt === undefined ? undefined : { startedAt, elapsedMs: this.now() - startedAt };
  }
}
