/** Gives rights, asks about them and takes them back: what the sharer's answers mean, signed and told to the relay. */
import {
  CAPABILITIES,
  hasNeeds,
  isReachAllowed,
  type Capability,
  type EffectiveRights,
  type RightsPolicy,
} from '../../protocol/capabilities.ts';
import { TASK_LIMIT_S, type RevokeCause } from '../../protocol/grant.ts';
import type { DeviceToRelay } from '../../protocol/relay.ts';
import type { Reach, Scope } from '../../protocol/scope.ts';
import type { ConsentAction, ConsentCard } from '../consent/consent.views.ts';
import type { ElevationState } from '../platform/platform.ts';
import type { AgentJoin } from './agent.join.ts';
import type { Choice, ConsentAbout } from './device.phases.ts';
import { uniteScopes, type HeldGrant } from './held.rights.ts';
import { QuestionDesk, askableReaches, type Ask, type OpenQuestion } from './question.desk.ts';

/** Why the relay hears of a right that is gone: the sharer took it back, or a cause; nobody: it knows. */
export type RevokeTelling = 'nobody' | 'sharer' | RevokeCause;

/** What a yes of the sharer's came to. `restart`: given once this program has administrator rights. */
export type Outcome = 'given' | 'not-given' | 'restart';

export interface LiveRightsOptions {
  policy: RightsPolicy;
  /** Questions that were shown before, in the same session. */
  questionCount: number;
  connection: { signal(message: DeviceToRelay): void };
  consentText: (about: ConsentAbout, card: ConsentCard) => string;
  card: () => ConsentCard | undefined;
  elevation: () => ElevationState;
  now: () => number;
  /** When the session's time is over. */
  endsAt: () => number;
  /** Whether this agent is still the one who is here, and nobody has said Stop. */
  isCurrent: (join: AgentJoin) => boolean;
}

export class LiveRights {
  readonly #options: LiveRightsOptions;
  readonly #questions: QuestionDesk;

  constructor(options: LiveRightsOptions) {
    this.#options = options;
    this.#questions = new QuestionDesk(
      () => askableReaches(options.policy, options.elevation()),
      options.questionCount,
    );
  }

  /** The one that is open. */
  get question(): OpenQuestion | undefined {
    return this.#questions.open;
  }

  get questionCount(): number {
    return this.#questions.count;
  }

  /** All that was chosen at Start, or is let go on. */
  async begin(join: AgentJoin, { mode, see, operate, files, elevated }: Choice): Promise<void> {
    const operates = operate === null ? null : reachOf(operate);
    const about: ConsentAbout = { kind: 'mode', mode, see: reachOf(see), operate: operates };
    await this.#give(join, 'view', { scope: see, about });
    if (operate !== null) await this.#give(join, 'input', { scope: operate, about });
    if (files) await this.#give(join, 'files', { scope: 'all', about });
    if (!elevated || this.#meaningOf(join, 'elevated') !== 'give') return;
    const right = { kind: 'right', capability: 'elevated', reach: 'all', purpose: 'session' } as const;
    await this.#give(join, 'elevated', { scope: 'all', about: right });
  }

  /** The sharer's own idea, beside what was given before for the whole session. */
  async allow(join: AgentJoin, action: Extract<ConsentAction, { type: 'allow' }>): Promise<Outcome> {
    const { capability } = action;
    const meaning = this.#meaningOf(join, capability);
    if (meaning !== 'give') return meaning;
    const before = join.rights.grantsOf(capability).filter(({ purpose }) => purpose === 'session');
    const scope = before.reduce<Scope>((united, grant) => uniteScopes(united, grant.scope), action.scope);
    const about = { kind: 'right', capability, reach: reachOf(scope), purpose: 'session' } as const;
    const id = await this.#give(join, capability, { scope, about });
    if (id === undefined) return 'not-given';
    const isReplaced = (grant: HeldGrant): boolean =>
      grant.capability === capability && grant.id !== id && grant.purpose === 'session';
    this.revoke(join, { which: isReplaced, tell: 'replaced' });
    return 'given';
  }

  /** Whether the question is shown. */
  ask(join: AgentJoin, ask: Ask): boolean {
    const rights = this.#rightsBelow(join, ask.capability);
    return this.#questions.ask(ask, { rights, now: this.#options.now() }) !== undefined;
  }

  /** Undefined when no such question is open. */
  async answer(join: AgentJoin, action: Extract<ConsentAction, { type: 'answer' }>): Promise<Outcome | undefined> {
    const question = this.#questions.close(action.id, this.#options.now());
    if (question === undefined || action.answer === 'decline') return undefined;
    const { capability } = question;
    const meaning = this.#meaningOf(join, capability);
    if (meaning !== 'give') return meaning;
    const scope = CAPABILITIES[capability].canBeLimited ? action.scope : 'all';
    const about = { kind: 'right', capability, reach: reachOf(scope), purpose: action.answer } as const;
    return (await this.#give(join, capability, { scope, about })) === undefined ? 'not-given' : 'given';
  }

  /** Whether it was open. */
  close(id: string, state: 'declined' | 'withdrawn'): boolean {
    const question = this.#questions.close(id, this.#options.now());
    if (question === undefined) return false;
    const { capability, reach } = question;
    if (state === 'declined') this.#options.connection.signal({ type: 'declined', capability, reach });
    return true;
  }

  closeAny(): void {
    const { open } = this.#questions;
    if (open !== undefined) this.#questions.close(open.id, this.#options.now());
  }

  /** Whether there was any such right. */
  revoke(join: AgentJoin, { which, tell }: { which: (grant: HeldGrant) => boolean; tell: RevokeTelling }): boolean {
    const ids = join.rights.revoke(which);
    if (ids.length === 0) return false;
    const left = join.rights.rights();
    // What needs what is gone goes with it: it is not to come back with it unasked.
    const lost = join.rights.revoke(({ capability }) => !left.has(capability));
    const cause = tell === 'sharer' || tell === 'nobody' ? {} : { cause: tell };
    for (const grantId of tell === 'nobody' ? lost : [...ids, ...lost])
      this.#options.connection.signal({ type: 'revoke', grantId, ...cause });
    return true;
  }

  /** What a yes to a right means here and now. */
  #meaningOf(join: AgentJoin, capability: Capability): 'give' | 'not-given' | 'restart' {
    if (!hasNeeds(this.#rightsBelow(join, capability), capability)) return 'not-given';
    return capability === 'elevated' ? ELEVATED_MEANS[this.#options.elevation()] : 'give';
  }

  /** What a right may rest on: what is for one task would not outlive the pause that a restart begins with. */
  #rightsBelow({ rights }: AgentJoin, capability: Capability): EffectiveRights {
    const isRestart = capability === 'elevated' && this.#options.elevation() === 'possible';
    return isRestart ? rights.lasting() : rights.rights();
  }

  /** Id of the grant; undefined when it was taken back before it was signed. */
  async #give(
    join: AgentJoin,
    capability: Capability,
    { scope, about }: { scope: Scope; about: ConsentAbout },
  ): Promise<string | undefined> {
    const { card, connection, consentText, endsAt, isCurrent, now, policy } = this.#options;
    const who = card();
    if (who === undefined || !isCurrent(join) || !isReachAllowed(policy, capability, reachOf(scope))) return undefined;
    const purpose = about.kind === 'right' ? about.purpose : 'session';
    const notAfter = purpose === 'task' ? Math.min(endsAt(), now() + TASK_LIMIT_S * 1000) : endsAt();
    const right = { capability, scope, purpose, notAfter, consentText: consentText(about, who) };
    const { id, grant } = await join.rights.give(right);
    if (!isCurrent(join) || !join.rights.has(id)) return undefined;
    connection.signal({ type: 'grant', grant });
    return id;
  }
}

const ELEVATED_MEANS = {
  impossible: 'not-given',
  possible: 'restart',
  elevated: 'give',
} as const satisfies Record<ElevationState, string>;

function reachOf(scope: Scope): Reach {
  return scope === 'all' ? 'all' : 'limited';
}
