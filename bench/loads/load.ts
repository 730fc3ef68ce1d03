/** What a load is: something that brings all that it needs, such as many clients at once. Measured of Handrail alone. */
import type { Series } from '../rows.ts';
import { fullEffort, quickEffort, type Effort } from '../scenes/scene.ts';

/** How much is measured. */
export interface LoadEffort {
  requests: number;
  /** Before anything counts: code compiled, caches filled, the heap at its size. */
  warmUpRequests: number;
  /** Requests under way at any moment. */
  concurrency: number;
  livePages: number;
  /** Rights taken back, and questions asked, in the midst of input. */
  revocations: number;
  questions: number;
  /** Of each kind; each is measured several times. */
  maskedFrames: number;
  /** Starts of the packaged helper. */
  helperStarts: number;
  /** Of what a viewer shows. */
  viewed: Effort;
  /** Between the last request and the last look at the memory, milliseconds. */
  restMs: number;
}

export const fullLoad: LoadEffort = {
  requests: 10_000,
  warmUpRequests: 2000,
  concurrency: 10,
  livePages: 200,
  revocations: 40,
  questions: 25,
  maskedFrames: 100,
  helperStarts: 10,
  viewed: fullEffort,
  restMs: 5000,
};

export const quickLoad: LoadEffort = {
  requests: 1000,
  warmUpRequests: 300,
  concurrency: 10,
  livePages: 40,
  revocations: 5,
  questions: 3,
  maskedFrames: 20,
  helperStarts: 2,
  viewed: quickEffort,
  restMs: 1000,
};

export interface Load {
  readonly name: string;
  /** Why it cannot be measured on this machine, or false. */
  whyNot?(): string | false;
  measure(effort: LoadEffort): Promise<Series[]>;
}
