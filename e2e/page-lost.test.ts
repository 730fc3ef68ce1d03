/** The code of a page that does not come: once it is fetched anew by itself, after that the person is told. */
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { Product, openBrowser } from './product.ts';
import { wordsIn } from './scenes.ts';

const w = wordsIn('en');

describe('a page that does not come', { timeout: 120_000 }, () => {
  let product: Product;
  let browser: Browser;

  before(async () => {
    [product, browser] = await Promise.all([Product.start(), openBrowser()]);
  });
  after(async () => {
    await browser.close();
    await product.stop();
  });

  for (const [losses, seen] of [
    [1, w('setup.organisation')],
    [99, w('shell.page-failed')],
  ] as const) {
    test(`${losses === 1 ? 'once' : 'again and again'}: ${seen}`, async () => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      let lost = 0;
      await page.route(/assets\/\w*Page\W.*\.js/, (route) => (lost++ < losses ? route.abort() : route.continue()));
      await page.goto(product.setupLink() ?? '');
      await page.getByText(seen, { exact: false }).first().waitFor();
      await context.close();
    });
  }
});
