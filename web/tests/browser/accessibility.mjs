// WCAG 2.2 AA as far as a machine can see it: every page, both languages, both themes, windows open.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const STATES = [
  ['inbox, conversation open', '/inbox/open', async (page) => {
    await page.waitForSelector('[role=option]');
    await page.keyboard.press('j');
    await page.waitForSelector('article');
    await page.locator('summary').first().click();
    await page.waitForTimeout(250);
  }],
  ['a resolved one still shown', null, async (page) => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(500);
  }],
  ['writing a note', null, async (page) => {
    await page.keyboard.press('n');
    await page.keyboard.type('note');
  }],
  ['palette', null, async (page) => {
    await page.keyboard.press('Control+k');
    await page.waitForSelector('dialog[open]');
  }],
  ['assign', null, async (page) => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await page.waitForSelector('dialog[open]');
  }],
  ['marked rows', '/inbox/open', async (page) => {
    await page.waitForSelector('[role=option]');
    // For the next state. A call right after this can still get past.
    await page.route('**/read', (route) => route.fulfill({ status: 403, json: { error: { code: 'forbidden', message: 'no' } } }));
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+j');
    await page.waitForSelector('[role=toolbar]');
    await page.waitForTimeout(250);
  }],
  ['what a command for many did not do', null, async (page) => {
    await page.keyboard.press('u');
    await page.waitForSelector('dialog[open]');
    await page.unroute('**/read');
  }],
  ['search', '/search?q=re', (page) => page.waitForSelector('mark')],
  ['agents', '/settings/agents', (page) => page.waitForSelector('li .row')],
  ['inbox form', '/settings/inboxes', async (page) => {
    await page.locator('li button.row').first().click();
    await page.waitForSelector('dialog[open]');
  }],
  ['timetable form', '/settings/hours', async (page) => {
    await page.locator('li button.row').first().click();
    await page.waitForSelector('dialog[open]');
  }],
  ['keyboard', '/settings/keyboard', async (page) => {
    await page.locator('button.keys').first().click();
    await page.keyboard.press('a');
    await page.waitForSelector('[role=alert]');
  }],
  ['shortcuts', null, async (page) => {
    await page.locator('h1').click();
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
  }],
  ['plugins', '/settings/plugins', (page) => page.waitForSelector('a.row')],
  ['an upgrade that waits', '/settings/plugins/channel-telegram', (page) => page.waitForSelector('fieldset')],
  ['a plugin with settings', '/settings/plugins/routing-skills', (page) => page.waitForSelector('.markdown')],
  ['rules', '/settings/rules', (page) => page.waitForSelector('a.row')],
  ['a rule as code', '/settings/rules/%E9%80%80%E6%AC%BE%E4%BC%98%E5%85%88', async (page) => {
    await page.waitForSelector('.cm-content');
    await page.locator('.panel button').first().click();
    await page.waitForSelector('table');
    await page.locator('summary').last().click();
  }],
  ['a rule as rows', null, async (page) => {
    await page.locator('.link').click();
    await page.waitForSelector('.rows li');
  }],
  ['policies', '/settings/policies/routing', (page) => page.waitForSelector('table')],
  ['backtests', '/settings/backtests', (page) => page.waitForSelector('a.row')],
  ['a backtest', '/settings/backtests/bt_1', (page) => page.waitForSelector('.loads')],
  ['beside a conversation', '/inbox/open/cnv_000001', async (page) => {
    await page.waitForSelector('aside table');
    await page.locator('aside summary').last().click();
    await page.waitForTimeout(300);
  }],
  ['preferences', '/settings/preferences', (page) => page.waitForSelector('[role=switch]')],
];

export async function run({ mock, open, report }) {
  for (const locale of ['en', 'zh']) {
    for (const theme of ['light', 'dark']) {
      const page = await open({ locale, theme });
      const found = [];
      const check = async (name) => {
        // Colours in between are nobody's.
        await page.waitForFunction(() => document.getAnimations().every((it) => it.playState !== 'running' || it.effect?.getTiming().iterations === Infinity));
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'], iframes: false }));
        for (const it of violations) found.push(`${name}: ${it.id} on ${it.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ""} ${node.html.slice(0, 300)}`).join(" ; ")}`);
      };
      for (const [name, path, prepare] of STATES) {
        if (path) await page.goto(mock.url + path);
        await prepare(page).catch((error) => {
          throw new Error(`${name} in ${locale}, ${theme}: ${error.message}`);
        });
        await check(name);
      }
      await page.context().clearCookies();
      await page.goto(`${mock.url}/`);
      await page.waitForSelector('form');
      await check('sign-in');
      report(found.length === 0, `axe finds nothing in ${locale}, ${theme} (${STATES.length + 1} states)`, found.join('\n       '));
      await page.context().close();
    }
  }
  for (const path of ['/inbox/open', '/settings/agents', '/search?q=re', '/settings/preferences', '/settings/keyboard', '/settings/plugins', '/settings/plugins/channel-telegram', '/settings/rules/%E9%80%80%E6%AC%BE%E4%BC%98%E5%85%88', '/settings/policies/routing', '/settings/backtests/bt_1']) {
    const page = await open({ path, size: [320, 640] });
    await page.waitForTimeout(500);
    if (path === '/inbox/open') {
      await page.locator('[role=option]').first().click();
      await page.waitForSelector('article');
    }
    const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth));
    report(wide <= 320, `${path} fits 320 pixels`, `${wide}`);
    await page.context().close();
  }
}
