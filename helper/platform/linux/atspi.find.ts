/**
 * Finds the password fields and file dialogs of one window. A program that can search by itself does so a hundred times
 * faster than it can be walked through, but does nothing else meanwhile: a browser with a very large page would stand still
 * for seconds. Such windows are walked through as far as that takes a moment.
 */
import { ROLE } from './atspi.objects.ts';
import type { AccessibleObjects, ObjectRef, ObjectState } from './atspi.objects.ts';

const WANTED: readonly number[] = [ROLE.passwordText, ROLE.fileChooser];
/** None of their children, which may be a million, is a password field. */
const NOT_ENTERED: readonly number[] = [ROLE.table, ROLE.tree, ROLE.treeTable];

/** Objects looked at to guess the size of a page, and what makes it a large one. */
const GUESSED_BY = 64;
const LARGE = { siblings: 800, objects: 4_000 };

const WALK = { objects: 2_000, together: 32, firstChildren: 64 };
const WALK_MS = 1_000;
/** Of what has just been added to a window: a form, not a page. */
const WALK_PART_MS = 50;

/** Including `toplevel` itself. What is not on the screen may be among them. */
export async function findByRole(
  objects: AccessibleObjects,
  toplevel: ObjectRef,
  canSearch: boolean,
): Promise<ObjectRef[]> {
  if (!canSearch || (await hasLargePage(objects, toplevel))) return walk(objects, toplevel, WALK_MS);
  // A search does not tell of the object that it begins with.
  return [toplevel, ...(await objects.search(toplevel, WANTED))];
}

/** The same in a part that is new, as far as that takes a moment. */
export async function findInPart(objects: AccessibleObjects, part: ObjectRef): Promise<ObjectRef[]> {
  return walk(objects, part, WALK_PART_MS);
}

async function hasLargePage(objects: AccessibleObjects, toplevel: ObjectRef): Promise<boolean> {
  const waiting = await objects.pages(toplevel);
  let known = 0;
  for (let i = 0; i < GUESSED_BY; i++) {
    const next = waiting.shift();
    if (next === undefined) break;
    const count = await objects.childCount(next);
    known += count;
    if (count > LARGE.siblings || known > LARGE.objects) return true;
    if (count > 0) waiting.push(...(await objects.children(next)));
  }
  return false;
}

async function walk(objects: AccessibleObjects, from: ObjectRef, limitMs: number): Promise<ObjectRef[]> {
  const giveUpAt = performance.now() + limitMs;
  const found: ObjectRef[] = [];
  const waiting = [from];
  for (let walked = 0; waiting.length > 0 && walked < WALK.objects && performance.now() < giveUpAt;) {
    const next = waiting.splice(0, WALK.together);
    walked += next.length;
    const below = await Promise.all(
      next.map(async (ref) => {
        const state = await objects.state(ref);
        if (state !== undefined && WANTED.includes(state.role)) found.push(ref);
        return isEntered(state) ? childrenOf(objects, ref) : [];
      }),
    );
    waiting.push(...below.flat());
  }
  return found;
}

/** Of very many the first ones: to name all of them takes its program seconds. */
async function childrenOf(objects: AccessibleObjects, ref: ObjectRef): Promise<ObjectRef[]> {
  const count = await objects.childCount(ref);
  return count > LARGE.siblings ? objects.firstChildren(ref, WALK.firstChildren) : objects.children(ref);
}

function isEntered(state: ObjectState | undefined): boolean {
  return state !== undefined && (state.isShowing || state.isVisible) && !NOT_ENTERED.includes(state.role);
}
