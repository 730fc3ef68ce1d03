/** Puts the parts of one session together: display, consent window, connection, encoder, banner. */
import type { Mode } from '../../protocol/capabilities.ts';
import type { EndReason } from '../../protocol/lifecycle.ts';
import { openConsentWindow, untilClosed, type ConsentWindow } from '../consent/consent.window.ts';
import { consentText } from '../consent/consent.text.ts';
import type { Language } from '../consent/consent.views.ts';
import type { Enrolment } from '../enrol/enrol.ts';
import { PictureEncoder } from '../pipeline/picture.encoder.ts';
import type { Platform } from '../platform/platform.ts';
import { RelayConnection, type DeviceEndpoint } from '../transport/relay.connection.ts';
import { importSessionKey, type AgentJoin } from './agent.join.ts';
import { BannerWords } from './banner.words.ts';
import { DesktopWatch } from './desktop.watch.ts';
import { DeviceSession, type ChoosableScreen, type DevicePhase } from './device.session.ts';
import { LiveStream } from './live.stream.ts';
import { thumbnailOf } from './thumbnail.ts';

export interface SessionPartsOptions {
  endpoint: DeviceEndpoint;
  enrolment: Enrolment;
  platform: Platform;
  profileRoot: string;
  /** Aborted when nobody owns Stop any more. */
  signal: AbortSignal;
  log: (event: string, detail?: Record<string, unknown>) => void;
}

/** How long a window that says why nothing was shared stays before everything is removed. */
const FAREWELL_MS = 8000;

/** Runs one session to its end. Rejects when the consent window or the relay cannot be had. */
export async function runSession(options: SessionPartsOptions): Promise<EndReason> {
  const { enrolment, log } = options;
  const onError = (cause: unknown): void => log('device.error', { cause: String(cause) });
  const { profileRoot } = options;
  const consent = await openConsentWindow({ language: enrolment.language, profileRoot, onError });
  try {
    consent.show({ step: 'connecting', message: 'connecting' });
    const { reason, hasShared } = await runWith(options, consent, onError);
    // Once something was shared the banner says how it ended; before that only the window can.
    if (!hasShared) await untilClosed(consent, FAREWELL_MS);
    return reason;
  } finally {
    await consent.close();
  }
}

async function runWith(
  options: SessionPartsOptions,
  consent: ConsentWindow,
  onError: (cause: unknown) => void,
): Promise<{ reason: EndReason; hasShared: boolean }> {
  const { endpoint, enrolment, platform, log } = options;
  const now = Date.now;
  const connection = new RelayConnection(endpoint);
  const watch = new DesktopWatch(platform, { consentPids: () => consent.pids(), now, onError });
  await watch.refresh();

  const startStream = async (join: AgentJoin, screenId: string): Promise<LiveStream> => {
    const { link, message } = await join.openLink(connection, (reason) => log('frame.refused', { reason }));
    const capture = await platform.capture.open(screenId);
    connection.signal({ type: 'peer', sender: join.sender, body: message });
    const waitingBytes = (): number => connection.waitingBytes('bulk');
    return new LiveStream({
      platform,
      watch,
      join,
      link,
      capture,
      encoder: new PictureEncoder(),
      waitingBytes,
      now,
      onError,
    });
  };
  const banner = new BannerWords(platform.overlay, { language: enrolment.language, now });
  const session = new DeviceSession({
    enrolment,
    sessionKey: await importSessionKey(enrolment.key.privateKeyPem),
    connection,
    consent,
    screens: () => screensWithThumbnails(platform, onError),
    startStream,
    consentText: (mode, card) => consentTextId(enrolment.language, mode, card),
    hotkeyLabel: platform.hotkey.label,
    onPhase: (phase: DevicePhase) => banner.show(phase),
    now,
    log,
  });
  platform.overlay.onStop(() => session.stop());
  platform.hotkey.onPress(() => session.stop());
  platform.onLost(() => session.stop('device-failed'));
  options.signal.addEventListener('abort', () => session.stop('device-failed'));
  if (options.signal.aborted) session.stop('device-failed');
  process.once('SIGTERM', () => session.stop());
  process.once('SIGINT', () => session.stop());
  const over = session.run();
  try {
    await connection.open();
    const reason = await over;
    return { reason, hasShared: session.hasShared };
  } finally {
    banner.stop();
    await connection.closeGently();
  }
}

async function screensWithThumbnails(
  { capture }: Platform,
  onError: (cause: unknown) => void,
): Promise<ChoosableScreen[]> {
  const screens = await capture.screens();
  const pictures = screens.map((screen) =>
    thumbnailOf(capture, screen.id).catch((cause: unknown) => {
      // The question can be asked without.
      onError(cause);
      return null;
    }),
  );
  return Promise.all(screens.map(async (screen, at) => ({ ...screen, thumbnail: (await pictures[at]) ?? null })));
}

/** Names the text that was agreed to, so that the audit chain can prove it. */
function consentTextId(language: Language, mode: Mode, card: Parameters<typeof consentText>[2]): string {
  const { id, version, sha256 } = consentText(language, mode, card);
  return `${id} v${version} sha256:${sha256}`;
}
