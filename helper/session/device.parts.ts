/** What a session on the device is given: its way to the relay, the window, the desktop around it. */
import type { EndReason } from '../../protocol/lifecycle.ts';
import type { DeviceToRelay, RelayToDevice } from '../../protocol/relay.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { ConsentCard } from '../consent/consent.views.ts';
import type { ConsentWindow } from '../consent/consent.window.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import type { ElevationState, LockReason } from '../platform/platform.ts';
import type { AgentJoin } from './agent.join.ts';
import type { Choices, ConsentAbout, DevicePhase } from './device.phases.ts';
import type { SessionHandover } from './handover.ts';
import type { LiveStream, LiveStreamOptions } from './live.stream.ts';
import type { Moment } from './session.clock.ts';
import type { SharerMasks } from './sharer.masks.ts';

export type DeviceEndReason = Extract<DeviceToRelay, { type: 'end' }>['reason'];
export type DevicePauseReason = Extract<DeviceToRelay, { type: 'pause' }>['reason'];

export interface SignalPath extends Transport {
  /** Of the present connection. */
  readonly nonce: string;
  signal(message: DeviceToRelay): void;
  onSignal(listener: (signal: RelayToDevice) => void): void;
  /** Lost, and being dialled again. */
  onDown(listener: () => void): void;
  closeGently(): Promise<void>;
}

/** The device around the session. */
export interface Surroundings {
  hotkeyLabel: string;
  hideHotkeyLabel: string;
  /** Whether the platform reports password fields. */
  canFindPasswords: () => boolean;
  /** When the local person last moved or typed, by the monotonic clock; 0 for never. */
  lastLocalInputAt: () => number;
  /** What has taken the desktop away. */
  lock: () => LockReason | undefined;
  elevation: () => ElevationState;
  /** What is hidden now, by rule. */
  masks: () => readonly { rule: string; count: number }[];
  /** Windows and screens, with thumbnails when wanted: those take a grab. */
  choices: (withThumbnails: boolean) => Promise<Choices>;
}

export interface StreamStart {
  join: AgentJoin;
  screenId: string;
  epoch: number;
  masks: SharerMasks;
  events: Pick<LiveStreamOptions, 'onAsk' | 'onAskWithdrawn'>;
}

/** How a session is over for this process. */
export type SessionEnd =
  | { reason: EndReason }
  /** It goes on in another one. */
  | { handover: SessionHandover };

export interface DeviceSessionOptions {
  enrolment: Enrolment;
  sessionKey: CryptoKey;
  connection: SignalPath;
  consent: ConsentWindow;
  surroundings: Surroundings;
  /** Starts picture, cursor and input for an agent the sharer agreed to. */
  startStream: (start: StreamStart) => Promise<LiveStream>;
  consentText: (about: ConsentAbout, card: ConsentCard) => string;
  /** Tells banner and others what is going on. */
  onPhase: (phase: DevicePhase) => void;
  /** Starts this program again with administrator rights; whether it is there, ready to go on with the session. */
  restartElevated: () => Promise<boolean>;
  /** Of the process that began the session. */
  resumed?: SessionHandover;
  clock: () => Moment;
  log: (event: string, detail?: Record<string, unknown>) => void;
}
