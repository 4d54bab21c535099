// `npm run test:browser`: the built app in headless Chromium against the mock desk. Accessibility, input methods, live rules.
// `npm run test:browser -- axe` runs one part; figures of speed mean something on an idle machine only, so `-- speed` is asked for.
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

import { startMock } from '../mock/server.mjs';
import * as accessibility from './accessibility.mjs';
import * as ime from './ime.mjs';
import * as journey from './journey.mjs';
import * as mail from './mail.mjs';
import * as marked from './marked.mjs';
import * as phone from './phone.mjs';
import * as plugins from './plugins.mjs';
import * as soak from './soak.mjs';
import * as speed from './speed.mjs';

const dist = fileURLToPath(new URL('../../dist/agent', import.meta.url));
if (!existsSync(`${dist}/index.html`)) {
  console.error('no build: run `npm run build:agent` first');
  process.exit(1);
}
const only = process.argv[2];
const parts = { journey, marked, plugins, mail, phone, ime, speed, axe: accessibility, soak };
/** Only when asked for. */
const LONG = ['soak', 'speed'];

/** No part takes longer, not even on a busy machine; a hang must not hold up everything else. */
const PART_TIMEOUT_MS = 600_000;
const out = fileURLToPath(new URL('out/', import.meta.url));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    // A microphone that beeps, and addresses of this machine for it.
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'],
});

let failures = 0;
const report = (ok, what, detail = '') => {
  if (!ok) failures += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}${detail ? `  (${detail})` : ''}`);
};

/** A page of a signed-in agent, failing the run on any script error. */
async function open(mock, { path = '/inbox/open', locale = 'en', theme = 'light', size = [1440, 900], prefs = {} } = {}) {
  const context = await browser.newContext({ viewport: { width: size[0], height: size[1] }, locale: locale === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai' });
  await context.addCookies([{ name: 'plugboard_session', value: 'mock', url: mock.url }]);
  await context.addInitScript((values) => localStorage.setItem('plugboard.prefs', JSON.stringify(values)), { locale, theme, ...prefs });
  const page = await context.newPage();
  page.on('pageerror', (error) => report(false, 'no script error', error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) report(false, 'no error in the console', message.text());
  });
  await page.goto(mock.url + path);
  return page;
}

/** What stood on the screen when a part broke off. */
async function picture(name) {
  mkdirSync(out, { recursive: true });
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [n, page] of pages.entries()) await page.screenshot({ path: `${out}${name}-${n}.png` }).catch(() => {});
  console.log(`     pictures of ${pages.length} pages: ${out}`);
}

for (const [name, part] of Object.entries(parts)) {
  if (only ? only !== name : LONG.includes(name)) continue;
  const mock = await startMock({ dist, conversations: part.CONVERSATIONS ?? 240, mail: part.MAIL ?? false, phone: part.PHONE ?? false });
  const started = performance.now();
  const late = setTimeout(() => {
    console.error(`${name} took longer than ${PART_TIMEOUT_MS / 1000} s`);
    process.exit(2);
  }, PART_TIMEOUT_MS);
  try {
    await part.run({ mock, open: (options) => open(mock, options), report });
  } catch (error) {
    report(false, `${name} ran to its end`, String(error.message).split('\n').slice(0, 4).join(' | '));
    await picture(name);
  }
  clearTimeout(late);
  console.log(`     ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  for (const context of browser.contexts()) await context.close();
  await mock.stop();
}

await browser.close();
console.log(failures === 0 ? 'browser tests: all good' : `browser tests: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
