import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BannerText } from '../platform.ts';
import { paintBanner, pillRows } from '../paint/banner.paint.ts';
import { CoreFontText, createTextRenderer, PangoText } from './banner.text.ts';
import type { TextRenderer } from '../paint/text.ts';
import { connectX } from './x11.connection.ts';
import type { XConnection } from './x11.connection.ts';
import { missing, startXvfb } from './xvfb.testing.ts';
import type { TestDisplay } from './xvfb.testing.ts';

const TEXT: BannerText = { who: '李伟 · E1024', mode: '仅查看', time: '01:12', stop: '停止共享', tone: 'live' };
const STYLE = { sizePx: 15, isBold: false, maxWidthPx: 300 };

const fail = (error: Error): void => assert.fail(error);

describe('the text of the banner', { skip: missing('Xvfb') }, () => {
  let display: TestDisplay;
  let x: XConnection;

  before(async () => {
    display = await startXvfb('320x240');
    x = await connectX(display.name, fail);
  });
  after(async () => {
    x.close();
    await display.stop();
  });

  const ways: [string, () => TextRenderer][] = [
    ['Pango', () => createTextRenderer(x)],
    ["the server's own fonts", () => new CoreFontText(x)],
  ];
  for (const [name, create] of ways) {
    test(`${name}: letters are drawn, longer text is wider, too long text is cut`, async () => {
      const renderer = create();
      const short = await renderer.render('E1024', STYLE);
      const longer = await renderer.render('Li Wei · E1024', STYLE);
      const cut = await renderer.render('W'.repeat(500), STYLE);
      assert.ok(short.coverage.filter((value) => value > 128).length > 30);
      assert.ok(longer.width > short.width);
      assert.ok(cut.width <= STYLE.maxWidthPx);
      assert.ok(short.baseline > 5 && short.baseline < short.height);
    });

    test(`${name}: text from outside with any content is drawn without failing`, async () => {
      const renderer = create();
      for (const text of ['', '\0', '<b>&amp;</b>\n\t', '😀'.repeat(300), '\ud800', 'ﷺ‮abc']) {
        const { width, height, coverage } = await renderer.render(text, STYLE);
        assert.equal(coverage.length, width * height);
      }
    });
  }

  test('Chinese characters are drawn each in its own shape', (t) => {
    const renderer = createTextRenderer(x);
    if (!(renderer instanceof PangoText)) return t.skip('Pango is not installed');
    return Promise.all([renderer.render('停', STYLE), renderer.render('李', STYLE)]).then(([a, b]) => {
      assert.notDeepEqual(a.coverage, b.coverage);
    });
  });

  test('Stop is the largest part, inside the banner, and red is used for nothing else', async () => {
    for (const scale of [1, 2]) {
      const { width, height, pixels, stop } = await paintBanner(TEXT, createTextRenderer(x), scale);
      assert.ok(stop.x + stop.width <= width && stop.y + stop.height <= height);
      assert.ok(stop.height >= 36 * scale && stop.width >= 120 * scale);
      for (let y = 0; y < height; y++) {
        for (let left = 0; left < stop.x; left++) {
          const [blue = 0, green = 0, red = 0] = pixels.subarray((y * width + left) * 4);
          assert.ok(red < 150 || green > 100 || blue > 100, `red outside of Stop at ${left},${y}`);
        }
      }
    }
  });

  test('paused looks different from live in shape, not only in colour', async () => {
    const renderer = createTextRenderer(x);
    const outline = async (tone: BannerText['tone']): Promise<string> => {
      const { width, height, pixels } = await paintBanner({ ...TEXT, tone }, renderer, 1);
      const row = pixels.subarray((height >> 1) * width * 4, ((height >> 1) * width + 40) * 4);
      return Array.from({ length: 40 }, (_, i) => ((row[i * 4 + 1] ?? 0) > 90 ? '#' : '.')).join('');
    };
    assert.notEqual(await outline('live'), await outline('paused'));
  });

  test('the pill has round ends and a straight middle', () => {
    const rows = pillRows(200, 40);
    assert.deepEqual(rows[20], [0, 20, 200, 1]);
    assert.ok((rows[0]?.[0] ?? 0) > 10);
    assert.equal(rows.length, 40);
  });
});
