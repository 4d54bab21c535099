// `node tests/browser/look.mjs OUT PATH...`: pictures of pages in both languages and themes, for people to look at.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

import { startMock } from '../mock/server.mjs';

const [out, ...paths] = process.argv.slice(2);
const mock = await startMock({ mail: Boolean(process.env.MAIL), phone: Boolean(process.env.PHONE), dist: fileURLToPath(new URL('../../dist/agent', import.meta.url)) });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
for (const [locale, theme] of [['en', 'light'], ['zh', 'dark']]) {
  const context = await browser.newContext({ viewport: { width: Number(process.env.WIDTH ?? 1440), height: Number(process.env.HEIGHT ?? 1000) }, locale: locale === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai' });
  await context.addCookies([{ name: 'plugboard_session', value: 'mock', url: mock.url }]);
  await context.addInitScript((values) => localStorage.setItem('plugboard.prefs', JSON.stringify(values)), { locale, theme });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.log('page error', error.message));
  page.on('console', (message) => message.type() === 'error' && console.log('console', message.text()));
  for (const [n, path] of paths.entries()) {
    await page.goto(mock.url + path);
    await page.waitForTimeout(900);
    for (const name of (process.env.CLICK ?? '').split('|').filter(Boolean)) await page.locator(name).first().click({ timeout: 3000 }).then(() => page.waitForTimeout(500), (error) => console.log(name, error.message.split('\n')[0]));
    // The whole page, not only what the window shows.
    if (process.env.FULL) await page.addStyleTag({ content: '.shell{height:auto!important;min-height:100dvh}body{overflow:visible!important}html,body,#app{height:auto!important}.settings .content{overflow:visible!important}main.page{overflow:visible!important}' });
    await page.screenshot({ path: `${out}-${n}-${locale}-${theme}.png`, fullPage: Boolean(process.env.FULL) });
  }
  await context.close();
}
await browser.close();
await mock.stop();
process.exit(0);
