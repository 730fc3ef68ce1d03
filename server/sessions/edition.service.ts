import type { EditionChange, EditionPreview, EditionView } from '../../protocol/api/edition.ts';
import { ROLES } from '../../protocol/api/access.ts';
import { actorOf } from '../access/access.ts';
import { listDepartments } from '../access/organisation.repository.ts';
import type { SignedInPerson } from '../access/sign-ins.ts';
import type { Audit } from '../audit/audit.ts';
import { listCategories } from '../desk/categories.repository.ts';
import type { AfterCommit } from '../desk/request-sessions.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Tx } from '../platform/database.ts';
import { AppError } from '../platform/errors.ts';
import type { LiveHub } from '../platform/live.ts';
import { isAvailableToAnybody, withChanges, type Edition } from '../policy/edition.ts';
import {
  insertEditionVersion,
  listSwitchSubjects,
  readEdition,
  readEditionVersion,
  writeSwitch,
} from '../policy/edition.repository.ts';
import { sessionAvailabilityIn } from './session-availability.ts';
import { promisedRef } from './session-view.ts';
import type { SessionsCore } from './sessions.core.ts';
import { listOpenSessions } from './sessions.repository.ts';
import type { SessionRow } from './sessions.tables.ts';

/** Where remote assistance is available: the page where it is switched, and the end of sessions where it no longer is. */
export interface EditionService {
  read(): EditionView;
  preview(changes: readonly EditionChange[]): EditionPreview;
  change(person: SignedInPerson, order: { version: number; changes: readonly EditionChange[] }): EditionView;
  /** For when people have moved to where it is off: once a second. */
  endUnavailable(): void;
}

export interface EditionDeps {
  database: Database;
  clock: Clock;
  audit: Audit;
  hub: LiveHub;
  core: SessionsCore;
}

export function createEditionService(deps: EditionDeps): EditionService {
  const { database, hub, core } = deps;
  return {
    read: () => viewEdition(database.db),
    preview: (changes) => {
      const after = withChanges(
        readEdition(database.db),
        named(database.db, changes).map(({ change }) => change),
      );
      return {
        ending: listUnavailable(database.db, after).length,
        isAvailable: isAvailableToAnybody(after, listSwitchSubjects(database.db)),
      };
    },
    change: (person, order) => {
      const { isChanged, after, view } = database.transaction((tx) => ({
        isChanged: writeChanges(tx, deps, { person, ...order }),
        after: endUnavailableIn(tx, core),
        view: viewEdition(tx),
      }));
      for (const run of after) run();
      if (isChanged) hub.notifyEverybody({ type: 'edition/changed' });
      return view;
    },
    endUnavailable: () => {
      if (listUnavailable(database.db).length === 0) return;
      for (const run of database.transaction((tx) => endUnavailableIn(tx, core))) run();
    },
  };
}

function listUnavailable(tx: Tx, edition?: Edition): SessionRow[] {
  const isAvailable = sessionAvailabilityIn(tx, edition);
  return listOpenSessions(tx).filter((row) => !isAvailable(row));
}

function endUnavailableIn(tx: Tx, core: SessionsCore): AfterCommit[] {
  return listUnavailable(tx).flatMap(
    ({ id }) => core.applyIn(tx, id, { type: 'ended', by: 'server', reason: 'switched-off' }).after,
  );
}

interface Ordered {
  person: SignedInPerson;
  version: number;
  changes: readonly EditionChange[];
}

/** False: all of it is so already. */
function writeChanges(tx: Tx, { audit, clock }: EditionDeps, { person, version, changes }: Ordered): boolean {
  if (version !== versionOf(tx)) throw new AppError('edition.changed');
  const edition = readEdition(tx);
  const real = named(tx, changes).filter(
    ({ change: { which, isOn } }) => isOn === edition[which.kind].has(which.subject),
  );
  if (real.length === 0) return false;
  insertEditionVersion(tx, { version: version + 1, changedAt: clock.now(), changedBy: person.personId });
  for (const { change, name } of real) {
    writeSwitch(tx, change);
    const { kind, subject } = change.which;
    const [from, to] = change.isOn ? ['off', 'on'] : ['on', 'off'];
    audit.append(tx, {
      actor: actorOf(person),
      action: 'edition/changed',
      target: { id: subject, label: name },
      detail: { which: kind, name, from, to, version: version + 1 },
    });
  }
  return true;
}

const versionOf = (tx: Tx): number => readEditionVersion(tx)?.version ?? 0;

/** With the name by which people know what a switch is about. Refuses what does not exist, and what is said twice. */
function named(tx: Tx, changes: readonly EditionChange[]): { change: EditionChange; name: string }[] {
  const departments = new Map(listDepartments(tx).map(({ id, name }) => [id, name]));
  const categories = new Map(listCategories(tx).map(({ id, name }) => [id, name.en]));
  const seen = new Set<string>();
  return changes.map((change, index) => {
    const { kind, subject } = change.which;
    const names = { department: departments, category: categories };
    const name = kind === 'department' || kind === 'category' ? names[kind].get(subject) : subject;
    if (name === undefined || seen.has(`${kind} ${subject}`))
      throw new AppError('request.invalid', { fields: [`changes.${index}.which`] });
    seen.add(`${kind} ${subject}`);
    return { change, name };
  });
}

function viewEdition(tx: Tx): EditionView {
  const edition = readEdition(tx);
  const last = readEditionVersion(tx);
  return {
    version: last?.version ?? 0,
    changed: last === undefined ? null : { at: last.changedAt, by: promisedRef(tx, last.changedBy) },
    isOn: edition.everybody.size === 0,
    isAvailable: isAvailableToAnybody(edition, listSwitchSubjects(tx)),
    departments: listDepartments(tx).map((department) => {
      return { ...department, isOn: !edition.department.has(department.id) };
    }),
    categories: listCategories(tx).map(({ id, name, isActive }) => {
      return { id, name, isActive, isOn: !edition.category.has(id) };
    }),
    roles: ROLES.map((role) => ({
      role,
      mayBeHelped: !edition['sharer-role'].has(role),
      mayHelp: !edition['agent-role'].has(role),
    })),
  };
}
