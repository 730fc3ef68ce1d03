import type { ApiError } from '../api-error.ts';
import { t } from '../i18n/i18n.svelte.ts';
import type { Tone } from './tone.ts';

export interface Toast {
  id: number;
  tone: Tone;
  text: string;
}

const SHOWN_MS = 6000;

/** Short notes that something was done. What needs an answer is never a toast. */
class Toasts {
  shown = $state<Toast[]>([]);
  #next = 1;

  say(text: string, tone: Tone = 'good'): void {
    const toast = { id: this.#next++, tone, text };
    this.shown.push(toast);
    setTimeout(() => this.dismiss(toast.id), SHOWN_MS);
  }

  fail(error: ApiError): void {
    this.say(t(`error.${error.code}`), 'attention');
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
