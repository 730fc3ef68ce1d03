import type { Message } from '../../../protocol/api/desk.ts';
import { asApiError } from '../api-error.ts';
import { api } from '../api.ts';
import { live } from '../live.svelte.ts';
import { Resource } from '../resource.svelte.ts';
import { readOutbox, writeOutbox } from './outbox.ts';
import { slashQuery } from './suggestions.ts';
import { mergeMessages, pendingOf, type Outgoing } from './timeline.ts';

const TYPING_SHOWN_MS = 5000;
const TYPING_SENT_EVERY_MS = 2500;

/** The chat of one request. What is typed and not yet sent stays in this tab, over reloads too. */
export class Conversation {
  readonly requestId: string;
  readonly messages = new Resource<Message[]>(() => this.#load());
  draft = $state('');
  outbox = $state<Outgoing[]>([]);
  typingName = $state('');
  readonly pending = $derived(pendingOf(this.outbox, this.messages.value ?? []));
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #typingSentAt = 0;

  constructor(requestId: string) {
    this.requestId = requestId;
    const kept = readOutbox(requestId);
    this.draft = kept.draft;
    this.outbox = kept.outbox;
  }

  /** Loads, listens and sends what a reload interrupted; for `$effect`. */
  start = (): (() => void) => {
    void this.messages.reload();
    this.#resendAll();
    const stop = live.listen({
      onMessage: (hint) => {
        if (hint.type === 'message/added') this.#add([hint.message]);
        else if (hint.type === 'typing' && hint.requestId === this.requestId) this.#showTyping(hint.name);
      },
      onResync: () => {
        void this.messages.reload();
        this.#resendAll();
      },
    });
    return () => {
      clearTimeout(this.#typingTimer);
      stop();
    };
  };

  /** Keeps the draft and tells the other side that somebody is typing. */
  typed = (): void => {
    this.#keep();
    const now = Date.now();
    if (this.draft === '' || now - this.#typingSentAt < TYPING_SENT_EVERY_MS) return;
    this.#typingSentAt = now;
    live.sendTyping(this.requestId);
  };

  /** Puts a text into what is being written, to be read and changed before it is sent. */
  insert = (text: string): void => {
    const isSlash = slashQuery(this.draft) !== null;
    this.draft = isSlash || this.draft.trim() === '' ? text : `${this.draft.trimEnd()}\n${text}`;
    this.typed();
  };

  send = (): void => {
    const text = this.draft.trim();
    if (text === '') return;
    const outgoing: Outgoing = { clientId: crypto.randomUUID(), text, writtenAt: Date.now(), state: 'sending' };
    this.outbox.push(outgoing);
    this.draft = '';
    this.#keep();
    void this.#deliver(outgoing.clientId);
  };

  retry = (clientId: string): void => void this.#deliver(clientId);

  discard = (clientId: string): void => {
    this.outbox = this.outbox.filter((outgoing) => outgoing.clientId !== clientId);
    this.#keep();
  };

  async #load(): Promise<Message[]> {
    const { messages } = await api.messages(this.requestId);
    return mergeMessages(this.messages.value ?? [], messages);
  }

  #add(added: readonly Message[]): void {
    const ours = added.filter((message) => message.requestId === this.requestId);
    if (ours.length === 0) return;
    this.messages.set(mergeMessages(this.messages.value ?? [], ours));
    this.typingName = '';
  }

  async #deliver(clientId: string): Promise<void> {
    const outgoing = this.outbox.find((one) => one.clientId === clientId);
    if (!outgoing) return;
    outgoing.state = 'sending';
    try {
      // The same client id again is the same message: a lost answer does no harm.
      this.#add([await api.sendMessage(this.requestId, { text: outgoing.text, clientId })]);
      this.discard(clientId);
    } catch (thrown) {
      asApiError(thrown);
      outgoing.state = 'failed';
    }
  }

  #resendAll(): void {
    for (const { clientId } of this.outbox) void this.#deliver(clientId);
  }

  #keep(): void {
    writeOutbox(this.requestId, { draft: this.draft, outbox: this.outbox });
  }

  #showTyping(name: string): void {
    clearTimeout(this.#typingTimer);
    this.typingName = name;
    this.#typingTimer = setTimeout(() => (this.typingName = ''), TYPING_SHOWN_MS);
  }
}
