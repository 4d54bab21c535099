// Chinese input: the Enter that confirms a candidate never sends, the next one sends once.
export async function run({ mock, open, report }) {
  const page = await open({ locale: 'zh', path: '/inbox/open' });
  await page.waitForSelector('[role=option]');
  const chat = [...mock.desk.conversations.values()].find((it) => it.channel === 'webchat' && it.status === 'open');
  await page.goto(`${mock.url}/inbox/open/${chat.id}`);
  await page.waitForSelector('article');
  await page.keyboard.press('r');
  const field = page.locator('textarea');
  await field.waitFor();
  const cdp = await page.context().newCDPSession(page);
  const sent = () => mock.desk.messages.get(chat.id).filter((it) => it.author.id === mock.desk.agents[0].id && it.text.includes('你好')).length;

  await cdp.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
  await page.keyboard.press('Enter');
  await page.waitForTimeout(120);
  report(sent() === 0 && (await field.inputValue()).length > 0, 'Enter while composing does not send');

  await cdp.send('Input.insertText', { text: '你好' });
  await page.evaluate(() => document.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true })));
  await page.waitForTimeout(120);
  report(sent() === 0, 'Enter right after the composition does not send');

  await page.keyboard.press('Enter');
  await page.waitForTimeout(400);
  report(sent() === 1 && (await field.inputValue()) === '', 'the next Enter sends once', `${sent()} sent`);

  await cdp.send('Input.imeSetComposition', { text: 'j', selectionStart: 1, selectionEnd: 1 });
  await cdp.send('Input.insertText', { text: '；' });
  await page.waitForSelector('dialog[open]', { timeout: 2000 }).then(() => report(true, 'a full-width ； opens the macros'), () => report(false, 'a full-width ； opens the macros'));
  await page.keyboard.press('Escape');
  report((await field.inputValue()) === '', 'and is not left in the text', await field.inputValue());
}
