/** Builds elements without ever parsing text as markup. */

type Child = Node | string | null | undefined | false;
export interface Attributes {
  class?: string;
  id?: string | undefined;
  onclick?: () => void;
  onchange?: () => void;
  [attribute: string]: string | number | boolean | (() => void) | undefined;
}

/** Attributes that are `true` are set empty, those that are `false` or undefined are left out. */
export function el(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/** Paths on a 24-pixel grid, drawn with the colour of the text around them. */
const ICONS = {
  eye: ['M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z', 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z'],
  pointer: ['M5 3.5 19 11l-6.2 1.9L9.9 19 5 3.5Z', 'm13.5 13.5 5 6'],
  verified: ['M12 2.8 19.5 6v5.6c0 4.6-3.1 8-7.5 9.6-4.4-1.6-7.5-5-7.5-9.6V6L12 2.8Z', 'm8.6 12 2.4 2.4 4.6-5'],
  warning: ['M12 3.5 22 20.5H2L12 3.5Z', 'M12 10v5', 'M12 17.6v.4'],
  paused: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z', 'M10 9v6', 'M14 9v6'],
  ended: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z', 'm8.2 12.2 2.6 2.6 5-5.4'],
  stop: ['M6 6h12v12H6Z'],
  record: ['M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z', 'M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z'],
  screen: ['M3 4.5h18v12H3Z', 'M8.5 20h7', 'M12 16.5V20'],
} as const;
export type IconName = keyof typeof ICONS;

const SVG = 'http://www.w3.org/2000/svg';

/** Decoration: the word beside it says the same, so it is hidden from screen readers. */
export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const path of ICONS[name]) {
    const line = document.createElementNS(SVG, 'path');
    line.setAttribute('d', path);
    svg.append(line);
  }
  return svg;
}
