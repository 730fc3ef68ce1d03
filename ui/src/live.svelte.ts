import { liveFromServer, type LiveFromServer } from '../../protocol/api/live.ts';
import { backoffMs } from './live-backoff.ts';

export type LiveStatus = 'off' | 'connecting' | 'open' | 'reconnecting';

export interface LiveListener {
  onMessage?: (message: LiveFromServer) => void;
  /** The connection is back after a gap: hints may have been missed, fetch again. */
  onResync?: () => void;
  /** Trying again did not help so far; perhaps the sign-in has ended meanwhile. */
  onFailedAttempt?: () => void;
}

/** A short gap is not worth a banner. */
const BANNER_AFTER_MS = 1200;

/** The live socket: hints to fetch again and chat messages, reconnecting for as long as somebody is signed in. */
class Live {
  status = $state<LiveStatus>('off');
  isBannerDue = $state(false);
  #token = '';
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #banner: ReturnType<typeof setTimeout> | undefined;
  #wasOpen = false;
  #listeners = new Set<LiveListener>();

  constructor() {
    addEventListener('online', () => this.#retryNow());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#retryNow();
    });
  }

  start(token: string): void {
    if (this.#token === token && this.status !== 'off') return;
    this.stop();
    this.#token = token;
    this.#connect('connecting');
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#token = '';
    this.#attempt = 0;
    this.#wasOpen = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#become('off');
  }

  /** Listens until the returned function is called; made for `$effect`. */
  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  sendTyping(requestId: string): void {
    if (this.status === 'open') this.#socket?.send(JSON.stringify({ type: 'typing', requestId }));
  }

  retry = (): void => this.#retryNow();

  #connect(status: 'connecting' | 'reconnecting'): void {
    clearTimeout(this.#retry);
    this.#become(status);
    const socket = new WebSocket(`wss://${location.host}/live`);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token: this.#token }));
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = () => this.#lost(socket);
  }

  #receive(socket: WebSocket, text: unknown): void {
    if (socket !== this.#socket || typeof text !== 'string') return;
    const parsed = liveFromServer.safeParse(parseJson(text));
    // A newer server may say more than this page knows; its hints are then not for us.
    if (!parsed.success) return;
    if (parsed.data.type === 'welcome') this.#opened();
    for (const listener of this.#listeners) listener.onMessage?.(parsed.data);
  }

  #opened(): void {
    const isBack = this.#wasOpen;
    this.#attempt = 0;
    this.#wasOpen = true;
    this.#become('open');
    if (isBack) for (const listener of this.#listeners) listener.onResync?.();
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#become('reconnecting');
    this.#retry = setTimeout(() => this.#connect('reconnecting'), backoffMs(this.#attempt, Math.random));
    this.#attempt += 1;
    if (this.#attempt > 1) for (const listener of this.#listeners) listener.onFailedAttempt?.();
  }

  #retryNow(): void {
    if (this.status !== 'reconnecting' || this.#socket) return;
    this.#attempt = 0;
    this.#connect('reconnecting');
  }

  #become(status: LiveStatus): void {
    if (status === this.status) return;
    this.status = status;
    clearTimeout(this.#banner);
    this.isBannerDue = false;
    if (status === 'reconnecting') this.#banner = setTimeout(() => (this.isBannerDue = true), BANNER_AFTER_MS);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so no message of ours: the schema refuses null.
    return null;
  }
}

export const live = new Live();
