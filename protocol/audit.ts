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
  'person/added': {
    employeeNumber: 'personal',
    name: 'personal',
    department: 'public',
    roles: 'public',
    import: 'public',
  },
  'person/changed': { changed: 'public', roles: 'public', import: 'public' },
  'person/deactivated': {},
  'person/activated': {},
  'person/password-link-issued': {},
  'person/password-set': {},
  /** `sha256` of the file; each person and department of it has an event of their own with the same `import`. */
  'people/imported': {
    import: 'public',
    sha256: 'public',
    bytes: 'public',
    rows: 'public',
    added: 'public',
    changed: 'public',
    departments: 'public',
  },
  'people/exported': { count: 'public' },
  'department/added': { name: 'public', import: 'public' },
  'department/changed': { name: 'public' },
  'department/removed': { name: 'public' },
  'category/added': { name: 'public' },
  'category/changed': { name: 'public' },
  /** One switch of the edition; several that are changed together have the same version. */
  'edition/changed': { which: 'public', name: 'public', from: 'public', to: 'public', version: 'public' },
  'queue/added': { name: 'public' },
  'queue/changed': { name: 'public', changed: 'public' },
  'reply/added': { name: 'personal', shared: 'public' },
  'reply/changed': { name: 'personal', shared: 'public' },
  'reply/removed': { name: 'personal', shared: 'public' },
  'request/created': { category: 'public' },
  'request/taken': {},
  'request/released': {},
  /** `to` is the id of the person or queue; the words in which people knew it are in `name`. */
  'request/handed-over': { to: 'public', name: 'personal' },
  'request/priority-set': { from: 'public', priority: 'public' },
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
  /** `areas` is a hash: what was chosen stays on the device. */
  'session/granted': {
    capability: 'public',
    grant: 'public',
    reach: 'public',
    windows: 'public',
    applications: 'public',
    rectangles: 'public',
    areas: 'public',
    purpose: 'public',
    notAfter: 'public',
    consentText: 'public',
  },
  'session/declined': { capability: 'public', reach: 'public' },
  /** By rule, never by content. */
  'session/masked': { rule: 'public' },
  'session/revoked': { capability: 'public', grant: 'public', cause: 'public' },
  'session/paused': { reason: 'public' },
  'session/resumed': {},
  'session/ended': { reason: 'public', durationS: 'public' },
  'certificate/revoked': { serialNumber: 'public' },
  'certificate/renewed': { fingerprint: 'public', notAfter: 'public' },
  'relay/refused': { reason: 'public', count: 'public' },
} as const satisfies Record<string, Record<string, FieldClass>>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export type AuditDetail<A extends AuditAction> = Partial<
  Record<keyof (typeof AUDIT_ACTIONS)[A], string | number | boolean>
>;
export type AuditOutcome = 'success' | 'refused' | 'failure';
