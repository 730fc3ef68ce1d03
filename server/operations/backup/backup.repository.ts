import { readHead } from '../../audit/audit.ts';
import type { Database } from '../../platform/database.ts';
import { readSchemaName } from '../../platform/migrations.ts';

/** What a backup says of the database in it. */
export interface SnapshotFacts {
  schema: string;
  auditHead: { seq: number; hash: string };
  /** Names that the attachments have on the disk. */
  attachments: string[];
}

/** Columns that every version has: the database may be of an older one. */
export function readSnapshotFacts({ db, raw }: Database): SnapshotFacts {
  const attachments = raw.prepare<[], { name: string }>('SELECT stored_as AS name FROM attachments').all();
  return {
    schema: readSchemaName(raw) ?? '',
    auditHead: readHead(db),
    attachments: attachments.map(({ name }) => name),
  };
}
