/** One line of a command palette. */
export interface PaletteItem {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly detail?: string;
  /** Found by these as well. */
  readonly keywords?: readonly string[];
  readonly run: () => void;
}

/** The items in which every word of the query occurs, in any order and case. */
export function filterItems<I extends Pick<PaletteItem, 'label' | 'detail' | 'keywords'>>(
  items: readonly I[],
  query: string,
): I[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    const text = [item.label, item.detail ?? '', ...(item.keywords ?? [])].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The items under their headings, in the order in which the headings first occur. */
export function groupItems<I extends Pick<PaletteItem, 'group'>>(items: readonly I[]): { name: string; items: I[] }[] {
  const groups: { name: string; items: I[] }[] = [];
  for (const item of items) {
    const group = groups.find((one) => one.name === item.group);
    if (group) group.items.push(item);
    else groups.push({ name: item.group, items: [item] });
  }
  return groups;
}
