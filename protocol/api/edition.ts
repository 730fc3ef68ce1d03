import { z } from '../zod.ts';
import { timeMs } from './shared.ts';
import { categoryId, departmentId, role } from './access.ts';
import { inBothLanguages, personRef } from './desk.ts';

/**
 * Where remote assistance is available. All switches begin as on, those of what is added later too; one that is off is
 * enough. Departments and roles are those of whoever is helped, `agent-role` those of whoever helps.
 */
export const SWITCH_KINDS = ['everybody', 'department', 'category', 'sharer-role', 'agent-role'] as const;
export type SwitchKind = (typeof SWITCH_KINDS)[number];

export const editionSwitch = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everybody'), subject: z.literal('all') }),
  z.strictObject({ kind: z.literal('department'), subject: departmentId }),
  z.strictObject({ kind: z.literal('category'), subject: categoryId }),
  z.strictObject({ kind: z.literal('sharer-role'), subject: role }),
  z.strictObject({ kind: z.literal('agent-role'), subject: role }),
]);
export type EditionSwitch = z.infer<typeof editionSwitch>;

/** GET /api/edition → edition. Roles security and admin, as all below. */
export const edition = z.object({
  /** Counts the changes. */
  version: z.number(),
  /** Null as long as nobody has changed anything. */
  changed: z.object({ at: timeMs, by: personRef }).nullable(),
  isOn: z.boolean(),
  /** False: it is off for everybody, by the main switch or because the others leave nobody. */
  isAvailable: z.boolean(),
  departments: z.array(z.object({ id: departmentId, name: z.string(), peopleCount: z.number(), isOn: z.boolean() })),
  categories: z.array(z.object({ id: categoryId, name: inBothLanguages, isActive: z.boolean(), isOn: z.boolean() })),
  roles: z.array(z.object({ role, mayBeHelped: z.boolean(), mayHelp: z.boolean() })),
});
export type EditionView = z.infer<typeof edition>;

const changes = z
  .array(z.strictObject({ which: editionSwitch, isOn: z.boolean() }))
  .min(1)
  .max(1000);
export type EditionChange = z.infer<typeof changes>[number];

/** POST /api/edition/preview → editionPreview: what would follow. Changes nothing. */
export const previewEdition = z.strictObject({ changes });
export const editionPreview = z.object({
  /** Open sessions that would end at once. */
  ending: z.number(),
  isAvailable: z.boolean(),
});
export type EditionPreview = z.infer<typeof editionPreview>;

/** PATCH /api/edition → edition. 409 edition.changed when it is no longer the version that was looked at. */
export const changeEdition = z.strictObject({ version: z.number().int().nonnegative(), changes });
