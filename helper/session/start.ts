/** Puts the parts of one session together: display, consent window, connection, encoder, banner. */
import type { LaunchBrowser } from '../consent/consent.browser.ts';
import { openConsentWindow, untilClosed, type ConsentWindow } from '../consent/consent.window.ts';
import { consentText, rightText } from '../consent/consent.text.ts';
import type { ConsentCard, Language } from '../consent/consent.views.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import type { Platform } from '../platform/platform.ts';
import { DeviceLine } from '../transport/device.line.ts';
import { RelayConnection, RelayRefusal, type DeviceEndpoint } from '../transport/relay.connection.ts';
import { importSessionKey } from './agent.join.ts';
import { BannerWords } from './banner.words.ts';
import { DesktopWatch } from './desktop.watch.ts';
import type { SessionEnd } from './device.parts.ts';
import type { ConsentAbout } from './device.phases.ts';
import { DeviceSession } from './device.session.ts';
import type { SessionHandover } from './handover.ts';
import { monotonic } from './session.clock.ts';
import { Stage } from './stage.ts';

export interface SessionPartsOptions {
  endpoint: DeviceEndpoint;
  enrolment: Enrolment;
  platform: Platform;
  profileRoot: string;
  /** Starts the consent window's browser where another process keeps it. */
  launch: LaunchBrowser | undefined;
  /** Aborted when nobody owns Stop any more. */
  signal: AbortSignal;
  /** Starts a helper with administrator rights: whether one waits to take over. */
  elevate: () => Promise<boolean>;
  /** The helper that this one took over from is gone, and with it the consent window. */
  onPredecessorGone: (listener: () => void) => void;
  /** From a helper that this one took over from. */
  resumed: SessionHandover | undefined;
  log: (event: string, detail?: Record<string, unknown>) => void;
}

/** How long a window that says why nothing was shared stays before everything is removed. */
const FAREWELL_MS = 8000;

/** Runs one session to its end, or until another helper goes on with it. Rejects when the consent window or the relay cannot be had. */
export async function runSession(options: SessionPartsOptions): Promise<SessionEnd> {
  const { enrolment, log, launch } = options;
  const onError = (cause: unknown): void => log('device.error', { cause: String(cause) });
  const { profileRoot } = options;
  const consent = await openConsentWindow({ language: enrolment.language, profileRoot, launch, onError });
  try {
    consent.show({ step: 'connecting', message: 'connecting' });
    const { end, hasShared } = await runWith(options, consent, onError);
    // Once something was shared the banner says how it ended; before that only the window can.
    if (!hasShared) await untilClosed(consent, FAREWELL_MS);
    return end;
  } finally {
    await consent.close();
  }
}

async function runWith(
  options: SessionPartsOptions,
  consent: ConsentWindow,
  onError: (cause: unknown) => void,
): Promise<{ end: SessionEnd; hasShared: boolean }> {
  const { endpoint, enrolment, platform, log } = options;
  const connection = new DeviceLine({
    connect: () => new RelayConnection(endpoint),
    backoffMs: (attempt) => backoffMs(attempt, Math.random),
    isFinal: isRefused,
    onError: (cause) => log('relay.not-reached', { cause: String(cause) }),
  });
  const watch = new DesktopWatch(platform, { consentPids: () => consent.pids(), now: monotonic, onError });
  await watch.refresh();
  const stage = new Stage({ ...options, watch, connection, onError });
  const banner = new BannerWords(platform.overlay, { language: enrolment.language, now: Date.now });
  const session = new DeviceSession({
    enrolment,
    sessionKey: await importSessionKey(enrolment.key.privateKeyPem),
    connection,
    consent,
    surroundings: stage.surroundings,
    startStream: (start) => stage.startStream(start),
    consentText: (about, card) => consentTextId(enrolment.language, about, card),
    onPhase: (phase) => {
      banner.show(phase);
      stage.onPhase(phase);
    },
    clock: () => ({ wall: Date.now(), mono: monotonic() }),
    restartElevated: options.elevate,
    ...(options.resumed === undefined ? {} : { resumed: options.resumed }),
    log,
  });
  stage.onChange(() => session.refresh());
  platform.overlay.onStop(() => session.stop());
  platform.hotkey.onPress(() => session.stop());
  platform.hideHotkey.onPress(() => session.toggleHidden());
  platform.lock.onChange((reason) => session.onLock(reason));
  platform.onLost(() => session.stop('device-failed'));
  options.onPredecessorGone(() => session.stop('device-failed'));
  options.signal.addEventListener('abort', () => session.stop('device-failed'));
  if (options.signal.aborted) session.stop('device-failed');
  process.once('SIGTERM', () => session.stop());
  process.once('SIGINT', () => session.stop());
  const over = session.run();
  try {
    await connection.open();
    const end = await over;
    return { end, hasShared: session.hasShared };
  } finally {
    banner.stop();
    await connection.closeGently();
  }
}

/** Names the text that was agreed to, so that the audit chain can prove it. */
function consentTextId(language: Language, about: ConsentAbout, card: ConsentCard): string {
  const { id, version, sha256 } =
    about.kind === 'mode' ? consentText(language, about, card) : rightText(language, about, card);
  return `${id} v${version} sha256:${sha256}`;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;

/** How long to wait before try number `attempt` (0 = first): doubled each time, spread so that devices do not come at once. */
function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random() * 0.5));
}

/** The relay is there and does not know this device any more: the session has ended. */
function isRefused(cause: unknown): boolean {
  return cause instanceof RelayRefusal;
}
