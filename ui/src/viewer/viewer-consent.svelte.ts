/** What the sharer lets the agent do now, as their device says it, and what the agent asks for. */
import type { Capability } from '../../../protocol/capabilities.ts';
import type { ControlFromAgent, ControlFromDevice } from '../../../protocol/stream.ts';
import type { ConsentMessage } from './live-view.ts';
import { answered, askMessage, isOpen, newQuestion, type Question } from './question.ts';
import { heldMode, NO_RIGHTS, readRights, type AgentRights, type Choice } from './rights.ts';
import { PLAIN_SCENE, type Scene } from './scene.ts';

type FrozenBy = Extract<ControlFromDevice, { type: 'frozen' }>['by'];

/** How long good news stays; what needs a thought stays until it is put away. */
const GRANTED_MS = 6000;

export class ViewerConsent {
  rights = $state.raw<AgentRights>(NO_RIGHTS);
  /** The last one that was asked, until it is put away. */
  question = $state.raw<Question>();
  frozenBy = $state<FrozenBy>(null);
  scene = $state.raw<Scene>(PLAIN_SCENE);

  readonly mode = $derived(heldMode(this.rights));
  readonly hasInput = $derived(this.rights.held.has('input'));
  readonly isAsking = $derived(isOpen(this.question));

  readonly #send: (message: ControlFromAgent) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (message: ControlFromAgent) => void) {
    this.#send = send;
  }

  take(message: ConsentMessage): void {
    switch (message.type) {
      case 'grants':
        this.rights = readRights(message);
        return;
      case 'frozen':
        this.frozenBy = message.by;
        return;
      case 'scene':
        this.scene = message;
        return;
      case 'question':
        this.question = answered(this.question, message);
        if (this.question?.state === 'granted') this.#putAwayLater();
    }
  }

  /** False when there is nothing to ask with: no reason, or another question is open. */
  ask(choice: Choice, reason: string): boolean {
    const question = newQuestion(choice, reason);
    if (question === undefined || isOpen(this.question)) return false;
    clearTimeout(this.#timer);
    this.question = question;
    this.#send(askMessage(question));
    return true;
  }

  /** Takes an open question back, or puts an answered one away. */
  dismiss(): void {
    if (isOpen(this.question)) this.#send({ type: 'ask-withdrawn', id: this.question.id });
    clearTimeout(this.#timer);
    this.question = undefined;
  }

  giveBack(capability: Capability): void {
    this.#send({ type: 'give-back', capability });
  }

  /** The link is gone, and with it everything that was allowed and asked on it. */
  reset(): void {
    clearTimeout(this.#timer);
    this.rights = NO_RIGHTS;
    this.question = undefined;
    this.frozenBy = null;
    this.scene = PLAIN_SCENE;
  }

  #putAwayLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.question = undefined), GRANTED_MS);
  }
}
