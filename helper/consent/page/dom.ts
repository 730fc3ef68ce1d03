/** Builds elements without ever parsing text as markup. */

type Child = Node | string | null | undefined | false;

/** Events that elements of the page answer to; set as properties, so that `patch` can carry them over. */
export const HANDLERS = [
  'onclick',
  'onchange',
  'onkeydown',
  'onpointerdown',
  'onpointermove',
  'onpointerup',
  'onpointercancel',
] as const;

type Handlers = { [H in (typeof HANDLERS)[number]]?: GlobalEventHandlers[H] | undefined };
export interface Attributes extends Handlers {
  class?: string | undefined;
  id?: string | undefined;
  [attribute: string]: unknown;
}

/** Attributes that are `true` are set empty, those that are `false` or undefined are left out. */
export function el(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  return dressed(document.createElement(tag), attributes, children);
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

function dressed<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') Reflect.set(element, name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/** Paths on a 24-pixel grid, drawn with the colour of the text around them. */
const ICONS = {
  eye: ['M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z', 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z'],
  hidden: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z',
    'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z',
    'M4 3.5l16 17',
  ],
  pointer: ['M5 3.5 19 11l-6.2 1.9L9.9 19 5 3.5Z', 'm13.5 13.5 5 6'],
  part: ['M4 8V4h4', 'M16 4h4v4', 'M20 16v4h-4', 'M8 20H4v-4', 'M9.5 8.5l6 3.2-2.7.8-1.2 2.6-2.1-6.6Z'],
  folder: ['M3 6.5h6l2 2.5h10v9.5H3Z'],
  lock: ['M5.5 11h13v9h-13Z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3'],
  verified: ['M12 2.8 19.5 6v5.6c0 4.6-3.1 8-7.5 9.6-4.4-1.6-7.5-5-7.5-9.6V6L12 2.8Z', 'm8.6 12 2.4 2.4 4.6-5'],
  shield: ['M12 2.8 19.5 6v5.6c0 4.6-3.1 8-7.5 9.6-4.4-1.6-7.5-5-7.5-9.6V6L12 2.8Z', 'M12 3v18', 'M4.5 11.5h15'],
  warning: ['M12 3.5 22 20.5H2L12 3.5Z', 'M12 10v5', 'M12 17.6v.4'],
  question: [
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
    'M9.2 9.5a2.8 2.8 0 1 1 4 2.5c-.8.4-1.2 1-1.2 1.8v.4',
    'M12 17v.2',
  ],
  paused: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z', 'M10 9v6', 'M14 9v6'],
  ended: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z', 'm8.2 12.2 2.6 2.6 5-5.4'],
  stop: ['M6 6h12v12H6Z'],
  record: ['M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z', 'M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z'],
  screen: ['M3 4.5h18v12H3Z', 'M8.5 20h7', 'M12 16.5V20'],
} as const;
export type IconName = keyof typeof ICONS;

/** Decoration: the word beside it says the same, so it is hidden from screen readers. */
export function icon(name: IconName): SVGElement {
  const lines = ICONS[name].map((path) => svg('path', { d: path }));
  return svg('svg', { viewBox: '0 0 24 24', class: `icon icon-${name}`, 'aria-hidden': 'true' }, ...lines);
}
