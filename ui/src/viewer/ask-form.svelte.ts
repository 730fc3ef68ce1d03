/** The question that the agent is about to ask: for what, and why. */
import type { Capability } from '../../../protocol/capabilities.ts';
import { isSameChoice, type Choice } from './rights.ts';
import type { ViewerConsent } from './viewer-consent.svelte.ts';

export class AskForm {
  isOpen = $state(false);
  reason = $state('');
  isReasonMissing = $state(false);
  #chosen = $state.raw<Choice>();

  readonly #consent: ViewerConsent;
  /** One question at a time, and only for what the policy has room for. */
  readonly canOpen = $derived.by(() => !this.#consent.isAsking && this.#consent.rights.askable.length > 0);
  /** What may be asked for can change while somebody writes. */
  readonly choice = $derived.by(() => {
    const { askable } = this.#consent.rights;
    return askable.find((choice) => this.#chosen && isSameChoice(choice, this.#chosen)) ?? askable[0];
  });

  constructor(consent: ViewerConsent) {
    this.#consent = consent;
  }

  canOpenFor(capability: Capability): boolean {
    return this.canOpen && this.#consent.rights.askable.some((choice) => choice.capability === capability);
  }

  /** With the narrowest choice of this capability, or of any. */
  open(capability?: Capability): void {
    if (!this.canOpen) return;
    const { askable } = this.#consent.rights;
    this.#chosen = askable.find((choice) => choice.capability === capability) ?? askable[0];
    this.isReasonMissing = false;
    this.isOpen = true;
  }

  choose(choice: Choice): void {
    this.#chosen = choice;
  }

  close(): void {
    this.isOpen = false;
  }

  send(): void {
    this.isReasonMissing = this.reason.trim() === '';
    if (this.isReasonMissing || this.choice === undefined || !this.#consent.ask(this.choice, this.reason)) return;
    this.reason = '';
    this.close();
  }
}
