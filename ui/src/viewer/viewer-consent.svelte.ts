/** What the sharer lets the agent do now, as their device says it, and what the agent asks for. */
import type { Capability } from '../../../protocol/capabilities.ts';
import type { ControlFromAgent, FrozenBy } from '../../../protocol/stream.ts';
import { Task } from '../resource.svelte.ts';
import type { ConsentMessage } from './live-view.ts';
import { answered, askMessage, isOpen, newQuestion, type Question } from './question.ts';
import { heldMode, NO_RIGHTS, readRights, type AgentRights, type Choice } from './rights.ts';
import { PLAIN_SCENE, type Scene } from './scene.ts';

/** How long good news stays; what needs a thought stays until it is put away. */
const GRANTED_MS = 6000;

interface ConsentWays {
  /** To the device. */
  send: (message: ControlFromAgent) => void;
  /** To the server, which knows whose doing it is; device and sharer hear it from there. */
  giveBack: (capability: Capability) => Promise<object>;
}

export class ViewerConsent {
  rights = $state.raw<AgentRights>(NO_RIGHTS);
  /** The last one that was asked, until it is put away. */
  question = $state.raw<Question>();
  frozenBy = $state<FrozenBy>(null);
  scene = $state.raw<Scene>(PLAIN_SCENE);

  readonly mode = $derived(heldMode(this.rights));
  readonly hasInput = $derived(this.rights.held.has('input'));
  readonly isAsking = $derived(isOpen(this.question));

  readonly givingBack = new Task();
  /** Whose doing it is when mouse and keyboard end. */
  inputEnd: 'given-back' | 'taken-back' = 'taken-back';

  readonly #ways: ConsentWays;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ways: ConsentWays) {
    this.#ways = ways;
  }

  take(message: ConsentMessage): void {
    switch (message.type) {
      case 'grants':
        if (!this.hasInput) this.inputEnd = 'taken-back';
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
    this.#ways.send(askMessage(question));
    return true;
  }

  /** Takes an open question back, or puts an answered one away. */
  dismiss(): void {
    if (isOpen(this.question)) this.#ways.send({ type: 'ask-withdrawn', id: this.question.id });
    clearTimeout(this.#timer);
    this.question = undefined;
  }

  async giveBack(capability: Capability): Promise<void> {
    if (capability === 'input') this.inputEnd = 'given-back';
    const done = await this.givingBack.run(() => this.#ways.giveBack(capability));
    if (done === undefined) this.inputEnd = 'taken-back';
  }

  /** The link is gone, and with it everything that was allowed and asked on it. */
  reset(): void {
    clearTimeout(this.#timer);
    this.rights = NO_RIGHTS;
    this.inputEnd = 'taken-back';
    this.question = undefined;
    this.frozenBy = null;
    this.scene = PLAIN_SCENE;
  }

  #putAwayLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.question = undefined), GRANTED_MS);
  }
}
