import { CAPABILITY_NAMES, type Policy } from '../../protocol/capabilities.ts';

/** What a session may be about; templates will be chosen by it. */
export interface PolicySubject {
  categoryId: string;
  /** Of the sharer. */
  departmentId: string;
}

/**
 * The most that a sharer can grant in a session about this. The one place where permission templates will be looked up;
 * the answer is written into the session, so that a later change of a template does not reach into a running one.
 */
export function policyFor(_subject: PolicySubject, limits: Pick<Policy, 'sessionLimitS' | 'idleLimitS'>): Policy {
  return { capabilities: CAPABILITY_NAMES, limitedOnly: [], masks: [], ...limits };
}
