// Mail in the app: reading it, writing it with an input method, taking it back, setting a mailbox up; and axe on all of it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The mock has mails. */
export const MAIL = true;

async function look(page, report, what) {
  await page.waitForFunction(() => document.getAnimations().every((it) => it.playState !== 'running' || it.effect?.getTiming().iterations === Infinity));
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`));
  report(found.length === 0, `axe: ${what}`, found.join('; '));
}

export async function run({ mock, open, report }) {
  await read(mock, open, report);
  await write(mock, open, report);
  await mailboxes(mock, open, report);
  for (const [locale, theme] of [['en', 'light'], ['zh', 'dark'], ['zh', 'light'], ['en', 'dark']]) {
    const page = await open({ locale, theme, path: '/inbox/mine/cnv_mail3' });
    await page.waitForSelector('article.mail iframe');
    await page.locator('.rich-text').waitFor();
    await look(page, report, `mail with warnings, ${locale}, ${theme}`);
    await page.goto(`${mock.url}/inbox/mine/cnv_mail1`);
    await page.waitForSelector('article.mail');
    await page.locator('header button[aria-pressed]').last().waitFor();
    await page.locator('article.mail.inbound button[aria-pressed]').last().click();
    await page.locator('article.mail button.to').last().click();
    await look(page, report, `mail with addresses and why it is here, ${locale}, ${theme}`);
    await page.goto(`${mock.url}/settings/mailboxes`);
    await page.waitForSelector('li.card');
    await look(page, report, `mailboxes, ${locale}, ${theme}`);
    await page.context().close();
  }
}

async function read(mock, open, report) {
  const page = await open({ path: '/inbox/mine/cnv_mail1' });
  await page.waitForSelector('article.mail');
  const mails = page.locator('article.mail');
  report((await mails.count()) === 3, 'mails are in the thread', String(await mails.count()));
  const frame = mails.first().locator('iframe');
  const sandbox = await frame.getAttribute('sandbox');
  report(!sandbox.includes('allow-scripts'), 'a mail runs no scripts', sandbox);
  await mails.first().frameLocator('iframe').getByText('broken').waitFor();
  const height = () => frame.evaluate((it) => it.clientHeight);
  report((await height()) > 150, 'its frame is as tall as the mail', String(await height()));
  const before = await height();
  await mails.first().getByRole('button', { name: 'Show quoted text' }).click();
  await mails.first().frameLocator('iframe').getByText('On 20 Nov 2026').waitFor();
  await page.waitForFunction((least) => (document.querySelector('article.mail iframe')?.clientHeight ?? 0) > least, before);
  report(true, 'what is quoted shows when asked');
  report((await mails.first().getByRole('link', { name: /invoice/ }).count()) === 1 && (await mails.first().getByRole('button', { name: /lamp/ }).count()) === 0, 'files are listed, pictures in the text are not');
  await mails.last().getByRole('button', { name: 'Why here?' }).click();
  await page.getByText('It answers a mail of this conversation').waitFor();
  report(true, 'why it is here is said');
  await mails.nth(1).getByText('This address does not exist.').waitFor();
  await mails.nth(1).getByRole('list', { name: 'Delivery by recipient' }).getByText('5.1.1').waitFor();
  report(true, 'each recipient’s fate is said');
  await mails.last().getByRole('button', { name: 'More about this mail' }).click();
  await page.keyboard.type('headers');
  await page.keyboard.press('Enter');
  await page.getByText('Message-ID').waitFor();
  await look(page, report, 'details of a mail');
  await page.context().close();
}

async function write(mock, open, report) {
  const page = await open({ locale: 'zh', path: '/inbox/mine/cnv_mail2' });
  await page.waitForSelector('article.mail');
  const editor = page.locator('.rich-text');
  await editor.waitFor();
  await page.keyboard.press('r');
  await page.waitForFunction(() => document.activeElement?.classList.contains('rich-text'));
  const cdp = await page.context().newCDPSession(page);
  const sent = () => mock.desk.messages.get('cnv_mail2').filter((it) => it.kind === 'outbound').slice(1);

  await cdp.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
  await page.keyboard.press('Control+Enter');
  await page.waitForTimeout(150);
  report(sent().length === 0, 'an Enter while composing does not send a mail');
  await cdp.send('Input.insertText', { text: '\u4f60\u597d\uff0c' });
  await page.waitForTimeout(150);
  report((await editor.textContent()) === '\u4f60\u597d\uff0c', 'what was composed is there once', await editor.textContent());
  await page.keyboard.press('Control+b');
  await page.keyboard.type('today');
  await page.keyboard.press('Control+b');
  await page.keyboard.press('Enter');
  await page.keyboard.type('- one');
  report((await editor.locator('ul li').count()) === 1, 'a dash begins a list');
  const field = page.getByRole('textbox', { name: '\u6dfb\u52a0\u6536\u4ef6\u4eba' });
  await field.click();
  await page.keyboard.type('nobody\uff0c');
  report((await page.getByText('\u4e0d\u662f\u6709\u6548\u5730\u5740').count()) === 1, 'what is no address is said');
  await field.fill('');
  await page.keyboard.type('wang@mail.example,');
  report((await page.getByText('wang@mail.example').count()) === 1, 'a comma makes a recipient');
  await editor.click();
  await page.keyboard.press('Control+Enter');
  await page.waitForTimeout(400);
  const [mail] = sent();
  report(sent().length === 1 && mail.mail.to.length === 2, 'the mail is sent once, to both', JSON.stringify(mail?.mail.to));
  report((await editor.textContent()) === '', 'and the field is empty');
  await page.locator('article.mail footer button').last().click();
  await page.waitForFunction(() => document.querySelector('.rich-text strong')?.textContent === 'today');
  report(true, 'taken back, it can be written on, as it looked');
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.keyboard.type(';');
  await page.waitForSelector('dialog[open]');
  report(true, 'a semicolon opens the macros');
  await page.keyboard.press('Escape');
  await page.reload();
  await editor.waitFor();
  await page.waitForFunction(() => document.querySelector('.rich-text strong')?.textContent === 'today', null, { timeout: 5000 }).then(() => report(true, 'a draft keeps its formatting'), () => report(false, 'a draft keeps its formatting'));
  await page.keyboard.press('Escape');
  await page.locator('nav button', { hasText: '\u5199\u90ae\u4ef6' }).click();
  await page.waitForSelector('dialog[open] .rich-text');
  await look(page, report, 'a new mail');
  await page.context().close();
}

async function mailboxes(mock, open, report) {
  const page = await open({ path: '/settings/inboxes' });
  await page.locator('li button.row', { hasText: mock.mails.state.inbox.name }).click();
  const test = page.getByRole('button', { name: 'Test connection' });
  await test.waitFor();
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await test.click();
  await page.getByText('User name or password is wrong').waitFor();
  report(true, 'a wrong password is said in plain words');
  await look(page, report, 'the form of a mailbox');
  await page.getByLabel('Password', { exact: true }).fill('right');
  await test.click();
  await page.getByText('Mail can come in and go out.').waitFor();
  report(true, 'and a mailbox that works, too');
  const now = new Date().toISOString().replace('Z', '000Z');
  Object.assign(mock.mails.state.health[0], { state: 'stopped', incoming: { state: 'stopped', since: now, trouble: 'wrong_password', detail: 'NO AUTHENTICATIONFAILED' } });
  await page.goto(`${mock.url}/inbox/mine`);
  await page.getByRole('alert').getByText(/No mail at/).waitFor();
  report(true, 'a mailbox that stopped is told of on every page');
  await look(page, report, 'the alarm');
  await page.getByRole('link', { name: 'See what is wrong' }).click();
  await page.getByText('User name or password is wrong').waitFor();
  report(true, 'and leads to what is wrong');
  await page.context().close();
}
