/** What must hold on every page, whatever it shows. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const COLOURS = ['color-contrast'];

/** Violations of WCAG 2.0 to 2.2, levels A and AA, that axe can find: rule, element, what is wrong. */
export async function accessibilityProblems(page: Page, only: 'all' | 'colours' = 'all'): Promise<string[]> {
  // Once for each page that is loaded: the source is half a megabyte.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const runOnly = only === 'all' ? STANDARD : COLOURS;
  return page.evaluate(async (wanted) => {
    const { axe: engine } = window as unknown as { axe: typeof axe }; // put there by the line above
    const { violations } = await engine.run(document, { runOnly: wanted, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, any, all, none }) => {
        const messages = [...any, ...all, ...none].map(({ message }) => message);
        return `${id}: ${target.join(' ')}: ${messages.join('; ')}`;
      }),
    );
  }, runOnly);
}

/** What makes the page, or a part of it that should not, wider than there is room for. Tables and tabs may scroll. */
export async function overflowing(page: Page): Promise<string[]> {
  await comesToRest(page);
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const name = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`;
    const mayScroll = (element: Element): boolean => element.matches('.scroll, nav, input, textarea');
    const isTooWide = (element: Element): boolean => element.scrollWidth > element.clientWidth + 1;
    const all = [...document.body.querySelectorAll('*')];
    const scrollers = all.filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX));
    const sideways = scrollers.filter((element) => isTooWide(element) && !mayScroll(element));
    const isClipped = (element: Element): boolean => {
      for (let around = element.parentElement; around !== null; around = around.parentElement)
        if (around !== document.body && getComputedStyle(around).overflowX !== 'visible') return true;
      return false;
    };
    const beyond = all.filter((element) => element.getBoundingClientRect().right > room + 1 && !isClipped(element));
    const page =
      document.documentElement.scrollWidth > room ? [`page of ${document.documentElement.scrollWidth} px`] : [];
    return [...page, ...sideways.map((element) => `${name(element)} scrolls`), ...beyond.slice(0, 5).map(name)];
  });
}

/** A drawer that is still sliding in is beyond the edge for a moment. Spinners, which never end, are not waited for. */
async function comesToRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
}

/** Everything a person can read or hear on the page: text, title, names, placeholders, tooltips. Values are not. */
export async function wordsOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const attributes = ['aria-label', 'title', 'placeholder', 'alt'];
    const isShown = (element: Element): boolean =>
      element.closest('code, .mono, [lang]:not(html), [data-not-words]') === null;
    const texts: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent !== null && isShown(parent) && !['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(parent.tagName))
        texts.push(node.nodeValue ?? '');
    }
    for (const element of document.body.querySelectorAll(attributes.map((name) => `[${name}]`).join(','))) {
      if (isShown(element)) for (const name of attributes) texts.push(element.getAttribute(name) ?? '');
    }
    return texts.map((text) => text.trim()).filter((text) => text !== '');
  });
}

/** Keys of the catalogue and placeholders that were never replaced by words. */
export function untranslated(words: readonly string[]): string[] {
  return words.filter((text) => /^[a-z][\w-]*(\.[\w/-]+)+$/.test(text) || /\{\w+\}/.test(text));
}

export function leftoverEnglish(words: readonly string[]): string[] {
  return words.filter((text) => /[A-Za-z]{3,}/.test(text));
}

/** The page's own words: without what people wrote and names that are the same in every language. */
export function without(words: readonly string[], known: readonly (string | RegExp)[]): string[] {
  const rest = words.map((text) => known.reduce<string>((left, one) => left.replaceAll(asGlobal(one), ' '), text));
  return rest.map((text) => text.trim()).filter((text) => text !== '');
}

function asGlobal(one: string | RegExp): string | RegExp {
  return typeof one === 'string' ? one : new RegExp(one.source, 'g');
}

/** Elements that can take the focus and do not show that they have it. The keyboard has been used before. */
export async function invisibleFocus(page: Page): Promise<string[]> {
  await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const scope = document.querySelector('[role=dialog]') ?? document;
    const selector = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const all = [...scope.querySelectorAll<HTMLElement>(selector)].filter(
      (element) => element.tabIndex >= 0 && element.checkVisibility() && !element.matches(':disabled'),
    );
    const look = (element: Element): string => {
      const around = [element, element.parentElement, element.parentElement?.parentElement, element.closest('label')];
      return around
        .map((one) => {
          if (!one) return '';
          const style = getComputedStyle(one);
          const outline = style.outlineStyle === 'none' ? '' : style.outlineWidth + style.outlineColor;
          return [outline, style.boxShadow, style.borderColor, style.backgroundColor, style.opacity].join();
        })
        .join('|');
    };
    // A dialog's only field takes the focus back at once: a copy of it shows how it looks without.
    const lookUnfocused = (element: HTMLElement): string => {
      if (document.activeElement !== element) return look(element);
      const twin = element.cloneNode() as HTMLElement; // a clone is of the same kind
      element.after(twin);
      const found = look(twin);
      twin.remove();
      return found;
    };
    const missing: string[] = [];
    for (const element of all) {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      const before = lookUnfocused(element);
      element.focus();
      if (document.activeElement === element && look(element) === before) {
        missing.push(
          `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.trim().slice(0, 40)}`,
        );
      }
    }
    return missing;
  });
}

/** Errors on the console of a page. What a server refuses is logged there by the browser: `expected` says which is meant. */
export function watchConsole(page: Page): { take: (expected?: RegExp) => string[] } {
  let errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return {
    take: (expected) => {
      const taken = errors.filter((error) => expected === undefined || !expected.test(error));
      errors = [];
      return taken;
    },
  };
}
