/**
 * The events of the audit chain. Every field has a class: `public` may be shown and exported, `personal` may be deleted
 * later (the chain keeps its salted hash), anything not named here is refused.
 */
export type FieldClass = 'public' | 'personal';

export const AUDIT_ACTIONS = {
  'appliance/started': { version: 'public' },
  'appliance/set-up': { organisation: 'public' },
  'appliance/backed-up': { bytes: 'public', files: 'public', sha256: 'public', isEncrypted: 'public' },
  'appliance/restored': {
    backupMadeAt: 'public',
    backupVersion: 'public',
    headSeq: 'public',
    headHash: 'public',
    isAuditIntact: 'public',
  },
  'appliance/upgraded': { from: 'public', to: 'public', backup: 'public' },
  'secret/rotated': { kind: 'public', former: 'public', present: 'public' },
  'checkpoint/signed': {},
  'auth/signed-in': { role: 'public' },
  'auth/refused': { employeeNumber: 'personal', reason: 'public' },
  'auth/signed-out': {},
  'person/added': { employeeNumber: 'personal', name: 'personal', department: 'public', roles: 'public' },
  'person/changed': { changed: 'public', roles: 'public' },
  'person/deactivated': {},
  'person/activated': {},
  'person/password-link-issued': {},
  'person/password-set': {},
  'department/added': { name: 'public' },
  'department/changed': { name: 'public' },
  'category/added': { name: 'public' },
  'category/changed': { name: 'public' },
  'request/created': { category: 'public' },
  'request/taken': {},
  'request/released': {},
  'request/solved': {},
  'request/cancelled': {},
  'request/attachment-added': { name: 'personal', bytes: 'public', sha256: 'public' },
  'identity/issued': { serialNumber: 'public', notAfter: 'public' },
  'identity/revoked': { serialNumber: 'public' },
  'invitation/sent': { reason: 'personal', mode: 'public', channel: 'public' },
  'invitation/redeemed': { channel: 'public' },
  'invitation/refused': { reason: 'public' },
  'session/accepted': {},
  'session/enrolled': { serialNumber: 'public', platform: 'public', helperVersion: 'public' },
  'session/enrolment-refused': { reason: 'public' },
  'session/joined': { serialNumber: 'public' },
  'session/granted': { capability: 'public', grant: 'public', notAfter: 'public', consentText: 'public' },
  'session/revoked': { capability: 'public', grant: 'public' },
  'session/paused': { reason: 'public' },
  'session/resumed': {},
  'session/ended': { reason: 'public', durationS: 'public' },
  'certificate/revoked': { serialNumber: 'public' },
  'relay/refused': { reason: 'public', count: 'public' },
} as const satisfies Record<string, Record<string, FieldClass>>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export type AuditDetail<A extends AuditAction> = Partial<
  Record<keyof (typeof AUDIT_ACTIONS)[A], string | number | boolean>
>;
export type AuditOutcome = 'success' | 'refused' | 'failure';
