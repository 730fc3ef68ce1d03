/**
 * Makes what is on display equal to what was drawn anew, touching only what differs: elements stay who they are, so focus,
 * scrolling, a drag and a half-typed number survive when fresh thumbnails arrive.
 */
import { HANDLERS } from './dom.ts';

/** A child with an id is the same child as before when the id is the same; others are matched in their order. */
export function patchChildren(parent: Element, wanted: readonly Node[]): void {
  const byId = new Map([...parent.children].filter((child) => child.id !== '').map((child) => [child.id, child]));
  let at: ChildNode | null = parent.firstChild;
  for (const next of wanted) {
    const known = idOf(next) === '' ? anonymous(at, next) : byId.get(idOf(next));
    if (known === undefined || !isSameKind(known, next)) {
      parent.insertBefore(next, at);
      continue;
    }
    if (known === at) at = at.nextSibling;
    else parent.insertBefore(known, at);
    patch(known, next);
  }
  while (at !== null) {
    const after: ChildNode | null = at.nextSibling;
    at.remove();
    at = after;
  }
}

/** The next child without an id, if it is of the same kind. */
function anonymous(at: ChildNode | null, next: Node): ChildNode | undefined {
  return at !== null && idOf(at) === '' && isSameKind(at, next) ? at : undefined;
}

function idOf(node: Node): string {
  return node instanceof Element ? node.id : '';
}

function isSameKind(a: Node, b: Node): boolean {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

function patch(known: Node, next: Node): void {
  if (!(known instanceof Element) || !(next instanceof Element)) {
    if (known.nodeValue !== next.nodeValue) known.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...known.attributes]) if (!next.hasAttribute(name)) known.removeAttribute(name);
  for (const { name, value } of [...next.attributes])
    if (known.getAttribute(name) !== value) known.setAttribute(name, value);
  for (const handler of HANDLERS) Reflect.set(known, handler, Reflect.get(next, handler));
  if (known instanceof HTMLInputElement && next instanceof HTMLInputElement) {
    known.checked = next.checked;
    // What is being typed is the person's until they leave the field.
    if (document.activeElement !== known) known.value = next.value;
  }
  patchChildren(known, [...next.childNodes]);
}
