import { ROLES } from '../../../protocol/api/access.ts';
import type { AuditEvent } from '../../../protocol/api/audit.ts';
import { PRIORITIES } from '../../../protocol/api/desk.ts';
import { AUDIT_ACTIONS, type AuditAction } from '../../../protocol/audit.ts';
import { SWITCH_KINDS } from '../../../protocol/api/edition.ts';
import { CAPABILITY_NAMES, MODES } from '../../../protocol/capabilities.ts';
import { ERROR_STATUS, type ErrorCode } from '../../../protocol/errors.ts';
import { PURPOSES, REVOKE_CAUSES } from '../../../protocol/grant.ts';
import { END_REASONS, PAUSE_REASONS } from '../../../protocol/lifecycle.ts';
import { REACHES } from '../../../protocol/scope.ts';
import { formatExact, formatList, t } from '../i18n/i18n.svelte.ts';
import type { Tone } from '../design/tone.ts';

export const AUDIT_ACTION_NAMES = Object.keys(AUDIT_ACTIONS) as AuditAction[]; // keys of a closed table

/** The action, if this page knows it; a newer server may write others. */
export function knownAction(action: string): AuditAction | undefined {
  return AUDIT_ACTION_NAMES.find((known) => known === action);
}

type FieldOf<A> = A extends AuditAction ? keyof (typeof AUDIT_ACTIONS)[A] : never;
export type AuditField = FieldOf<AuditAction>;

const FIELDS = new Set<string>(Object.values(AUDIT_ACTIONS).flatMap((fields) => Object.keys(fields)));

export function knownField(field: string): field is AuditField {
  return FIELDS.has(field);
}

export const OUTCOME_TONES: Record<AuditEvent['outcome'], Tone> = {
  success: 'good',
  refused: 'attention',
  failure: 'danger',
};

/** Who it was: the appliance itself and people without an account have an id and no name of their own. */
export function partyName(party: AuditEvent['actor']): string {
  if (party.id === 'system') return t('common.product');
  if (party.id === 'stranger') return t('audit.stranger');
  if (party.id === 'operator') return t('audit.operator', { name: party.label });
  if (party.id === 'guest') return t('menu.guest');
  return party.label === '' ? t('common.none') : party.label;
}

const CHANNELS = ['portal', 'link', 'code'] as const;
const ERROR_CODES = Object.keys(ERROR_STATUS) as ErrorCode[]; // keys of a closed table

/** A value that is a code, in words; null when it says by itself what it is. */
export function valueInWords(field: string, value: string | number | boolean): string | null {
  if ((field === 'notAfter' || field === 'backupMadeAt') && typeof value === 'number') return formatExact(value);
  const codes = String(value).split(/, ?/);
  const word = WORDS[field];
  const words = word === undefined ? [] : codes.map(word);
  const known = words.filter((one) => one !== undefined);
  return known.length === 0 || known.length < words.length ? null : formatList(known);
}

function worded<C extends string>(codes: readonly C[], words: (code: C) => string) {
  return (value: string): string | undefined => {
    const code = codes.find((known) => known === value);
    return code === undefined ? undefined : words(code);
  };
}

const role = worded(ROLES, (code) => t(`role.${code}`));
const endReason = worded(END_REASONS, (code) => t(`end-reason.${code}`));
const pauseReason = worded(PAUSE_REASONS, (code) => t(`pause-reason.${code}`));
const refusal = worded(ERROR_CODES, (code) => t(`error.${code}`));
const priority = worded(PRIORITIES, (code) => t(`priority.${code}`));
const switched = worded(['on', 'off'], (code) => t(`switch.${code}`));
const WORDS: Readonly<Record<string, (value: string) => string | undefined>> = {
  role,
  roles: role,
  mode: worded(MODES, (code) => t(`invite.${code}`)),
  priority,
  from: (value) => priority(value) ?? switched(value),
  to: switched,
  which: worded(SWITCH_KINDS, (code) => t(`edition-kind.${code}`)),
  channel: worded(CHANNELS, (code) => t(`channel.${code}`)),
  capability: worded(CAPABILITY_NAMES, (code) => t(`right.${code}`)),
  reach: worded(REACHES, (code) => t(`reach.${code}`)),
  cause: worded(REVOKE_CAUSES, (code) => t(`revoke-cause.${code}`)),
  purpose: worded(PURPOSES, (code) => t(`purpose.${code}`)),
  reason: (value) => endReason(value) ?? pauseReason(value) ?? refusal(value) ?? refusal(`auth.${value}`),
};
