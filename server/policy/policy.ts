import type { Policy } from '../../protocol/capabilities.ts';

/** What a session may be about; templates will be chosen by it. */
export interface PolicySubject {
  categoryId: string;
  /** Of the sharer. */
  departmentId: string;
}

const CAPABILITIES_ALLOWED: Policy['capabilities'] = ['view', 'input'];

/**
 * The most that a sharer can grant in a session about this. The one place where permission templates will be looked up;
 * the answer is written into the session, so that a later change of a template does not reach into a running one.
 */
export function policyFor(_subject: PolicySubject, { sessionLimitS }: Pick<Policy, 'sessionLimitS'>): Policy {
  return { capabilities: [...CAPABILITIES_ALLOWED], sessionLimitS };
}
