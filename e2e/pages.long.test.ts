/**
 * Every page in every state, in both languages, wide and narrow, light and dark: accessible, complete, in its place. With
 * HANDRAIL_E2E_SHOTS=folder each of them is also written there as a picture.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Language } from '../protocol/api/shared.ts';
import * as people from './organisation.ts';
import { buildWorld, SEEDED_WORDS, type Cast } from './page-world.ts';
import * as checks from './page-checks.ts';
import { eventually } from './processes.ts';
import { openBrowser, Product, type Person } from './product.ts';
import { wordsIn, type Scene, type World } from './scenes.ts';
import { SETUP_STEPS, switchLanguage } from './scenes-setup.ts';
import { shoot } from './shots.ts';
import { EMPLOYEE_SCENES, GUEST_SCENES, NEWCOMER_SCENES, STRANGER_SCENES } from './scenes-portal.ts';
import { CONSOLE_SCENES, DESK_SCENES, UNCERTIFIED_SCENES } from './scenes-work.ts';

const LANGUAGES = ['en', 'zh-CN'] as const satisfies readonly Language[];
const PORTAL_WIDTHS = [1440, 390] as const;
const DESK_WIDTHS = [1440, 1024] as const;

/** The same word in Chinese: names of systems, formats, keys and units. */
const SAME_IN_CHINESE: readonly RegExp[] = [
  // First, since an id may have any of the others in it.
  /\b(per|req|ses|dep|cat|att|que|can|imp)_[a-z0-9]{20,}|\b[0-9a-f]{16,}\b|^[a-z]+\/[a-z-]+$|^(system|stranger|guest)$/,
  /VPN|Windows|macOS|Mac\b|Linux|Firefox|Debian|Ubuntu|Red Hat|Fedora|English|Outlook/,
  /SHA-256|SQLite|Node|PNG|JPEG|zip|CSV|JSON|UTF-(8|16)|GBK|GB 18030|Esc\b|Ctrl|Alt|Shift|Enter|UTC|GMT[+-]?\d*|CST/,
  /\/usr\/\S+|\/etc\/\S+|update-ca-\w+|security\.enterprise_roots\.enabled/,
];

interface Visit {
  scene: Scene;
  language: Language;
  widths: readonly number[];
  page: Page;
  world: World;
}

describe('every page', { timeout: 2_400_000, concurrency: 3 }, () => {
  let product: Product | undefined;
  let browser: Browser | undefined;
  let cast: Cast;
  const consoles = new WeakMap<Page, ReturnType<typeof checks.watchConsole>>();

  before(async () => {
    browser = await openBrowser();
    product = await Product.start();
    cast = await buildWorld(product, browser);
  });
  after(async () => {
    await browser?.close();
    await product?.stop();
  });

  /** One scene after the other, on the page that `who` gives. */
  function visits(
    title: string,
    widths: readonly number[],
    { scenes, who }: { scenes: readonly Scene[]; who: (language: Language) => Promise<Person> },
  ): void {
    describe(title, { concurrency: 1 }, () => {
      for (const language of LANGUAGES) {
        describe(language, { concurrency: 1 }, () => {
          let person: Person;
          before(async () => {
            person = await who(language);
            await person.page.emulateMedia({ reducedMotion: 'reduce' });
            await person.page.goto('about:blank');
          });
          for (const scene of scenes) {
            test(`${scene.name} (${language})`, async () => {
              const world = { ...cast.world, language };
              const found = await visit({ scene, language, widths, page: person.page, world });
              assert.deepEqual([...found, ...person.problems.splice(0)], []);
            });
          }
        });
      }
    });
  }

  visits('for strangers', PORTAL_WIDTHS, { scenes: STRANGER_SCENES, who: (language) => cast.stranger(language) });
  visits('for guests', PORTAL_WIDTHS, { scenes: GUEST_SCENES, who: (language) => cast.guest(language) });
  visits('for newcomers', PORTAL_WIDTHS, {
    scenes: NEWCOMER_SCENES,
    who: (language) => speaking(cast.newcomer, language),
  });
  visits('for employees', PORTAL_WIDTHS, {
    scenes: EMPLOYEE_SCENES,
    who: (language) => speaking(cast.employee, language),
  });
  visits('for agents', DESK_WIDTHS, { scenes: DESK_SCENES, who: (language) => speaking(cast.agent, language) });
  visits('for uncertified agents', DESK_WIDTHS, {
    scenes: UNCERTIFIED_SCENES,
    who: (language) => speaking(cast.other, language),
  });
  visits('for administrators', PORTAL_WIDTHS, {
    scenes: CONSOLE_SCENES,
    who: (language) => speaking(cast.admin, language),
  });

  describe('of the set-up wizard', { concurrency: 1 }, () => {
    let fresh: Product | undefined;
    let person: Person;
    before(async () => {
      fresh = await Product.start();
      person = await cast.stranger('en');
      await person.page.emulateMedia({ reducedMotion: 'reduce' });
    });
    after(() => fresh?.stop());

    test('set-up without its link', async () => {
      await person.page.goto(`${fresh?.url ?? ''}/`);
      await person.page.getByText(wordsIn('en')('setup.no-token')).waitFor();
      assert.deepEqual(
        await inspect(person.page, { name: 'set-up, no link', language: 'en', widths: PORTAL_WIDTHS }),
        [],
      );
      assert.ok(fresh);
      await person.page.goto(await people.setupLink(fresh));
    });
    for (const { name, act } of SETUP_STEPS) {
      test(name, async () => {
        const { page } = person;
        await act(page, wordsIn('en'));
        const found = await inspect(page, { name, language: 'en', widths: PORTAL_WIDTHS });
        await switchLanguage(page, 'en', 'zh-CN');
        found.push(...(await inspect(page, { name, language: 'zh-CN', widths: PORTAL_WIDTHS })));
        await switchLanguage(page, 'zh-CN', 'en');
        assert.deepEqual([...found, ...person.problems.splice(0)], []);
      });
    }
  });

  async function visit({ scene, language, widths, page, world }: Visit): Promise<string[]> {
    const errors = consoles.get(page) ?? checks.watchConsole(page);
    consoles.set(page, errors);
    await page.setViewportSize({ width: widths[0] ?? 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await scene.prepare?.(page, world);
    if (scene.isLoaded === true || !page.url().startsWith(world.url)) await page.goto(world.url + scene.path(world));
    else await goTo(page, scene.path(world));
    await settled(page);
    await scene.act?.(page, wordsIn(language), world);
    const found = await inspect(page, { ...scene, language, widths });
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    if (scene.isLoaded === true) await page.goto('about:blank');
    const meant = new RegExp(['api/me', scene.refusals?.source].filter((one) => one !== undefined).join('|'));
    return [...found, ...errors.take(meant).map((error) => `console: ${error}`)];
  }
});

async function speaking(member: people.Member, language: Language): Promise<Person> {
  await people.speak(member, language);
  return member;
}

/** As somebody goes on who is in the application already; by way of a page that keeps nothing of the one before. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Escape');
  const follow = (to: string): void => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  };
  await page.evaluate(follow, '/no/such/page');
  await settled(page);
  // A half-written request, say.
  await page.evaluate(() => sessionStorage.clear());
  await page.evaluate(follow, path);
}

/** The page has its heading and waits for nothing. */
async function settled(page: Page): Promise<void> {
  let calmTurns = 0;
  await eventually('the page to be complete', async () => {
    const isCalm = await page.evaluate(
      () => document.querySelector('h1') !== null && document.querySelector('.skeleton') === null,
    );
    calmTurns = isCalm ? calmTurns + 1 : 0;
    return calmTurns >= 3;
  });
}

interface Looked {
  name: string;
  language: Language;
  isMenu?: boolean;
}

async function inspect(page: Page, at: Looked & { widths: readonly number[] }): Promise<string[]> {
  const found: string[] = [];
  for (const width of at.widths) found.push(...(await look(page, { ...at, width })));
  return [...found, ...(await readWords(page, at.language))];
}

async function look(
  page: Page,
  { name, language, width, isMenu = false }: Looked & { width: number },
): Promise<string[]> {
  await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  const at = `${width} px`;
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, `${name}-${language}-${width}-light`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  const found = [
    ...(await checks.overflowing(page)).map((problem) => `${at}: overflow: ${problem}`),
    ...(await checks.accessibilityProblems(page)).map((problem) => `${at} light: ${problem}`),
  ];
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, `${name}-${language}-${width}-dark`);
  // Of the rules only the one for contrast looks at colours, and they are the same in both languages.
  if ((width === 1440) === (language === 'en'))
    found.push(...(await checks.accessibilityProblems(page, 'colours')).map((problem) => `${at} dark: ${problem}`));
  if (!isMenu && language === 'en')
    found.push(...(await checks.invisibleFocus(page)).map((problem) => `${at}: focus not visible: ${problem}`));
  return found;
}

async function readWords(page: Page, language: Language): Promise<string[]> {
  const words = checks.without(await checks.wordsOn(page), [...SEEDED_WORDS, ...SAME_IN_CHINESE]);
  const stated = await page.evaluate(() => document.documentElement.lang);
  return [
    ...(stated === language ? [] : [`the page says that it is in ${stated}`]),
    ...checks.untranslated(words).map((text) => `not translated: ${text}`),
    ...(language === 'en' ? [] : checks.leftoverEnglish(words).map((text) => `English: ${text}`)),
  ];
}
