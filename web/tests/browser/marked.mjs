// Many conversations at once, keys of one's own, and F6: by keyboard and pointer, against the mock.
export async function run({ mock, open, report }) {
  const page = await open();
  await page.waitForSelector('[role=option]');
  const at = (n) => page.locator(`[role=option][aria-posinset="${n}"]`);
  const idAt = async (n) => (await at(n).getAttribute('id')).slice(4);
  const marked = () => page.locator('[role=option][aria-checked=true]').count();
  const of = (id) => mock.desk.conversations.get(id);
  const settle = () => page.waitForTimeout(250);

  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+J');
  await page.keyboard.press('Shift+J');
  report((await marked()) === 3, 'x and Shift+J mark rows', `${await marked()}`);
  await page.keyboard.press('Shift+K');
  report((await marked()) === 2, 'Shift+K takes the last mark back', `${await marked()}`);
  await at(5).click({ modifiers: ['Shift'] });
  report((await marked()) >= 4, 'Shift and a click mark a run', `${await marked()}`);
  await at(7).locator('[data-mark]').click();
  const many = await marked();
  report(await at(7).evaluate((row) => row.getAttribute('aria-checked') === 'true'), 'a click on the face marks a row');

  // The list keeps still while something is marked, wherever the pointer is.
  await page.mouse.move(1100, 500);
  const before = await idAt(1);
  const low = [...mock.desk.conversations.values()].filter((it) => it.status === 'open').sort((a, b) => (a.last_activity_at < b.last_activity_at ? 1 : -1))[15];
  mock.inbound(low.id, 'jumps up');
  await page.waitForTimeout(4500);
  report((await idAt(1)) === before, 'the list does not move while rows are marked');

  const ids = await page.locator('[role=option][aria-checked=true]').evaluateAll((rows) => rows.map((row) => row.id.slice(4)));
  await page.keyboard.press('l');
  await page.keyboard.type('bulk-tag');
  await page.keyboard.press('Enter');
  await settle();
  await page.keyboard.press('Escape');
  report(ids.every((id) => of(id).tags.includes('bulk-tag')), 'a tag goes to every marked one', `${ids.filter((id) => of(id).tags.includes('bulk-tag')).length} of ${ids.length}`);
  report((await marked()) === many, 'and they stay marked for the next');

  // One is refused: it is named, and stays marked.
  const refused = ids[1];
  await page.route(`**/conversations/${refused}/status`, (route) => route.fulfill({ status: 409, json: { error: { code: 'conflict', message: 'It was merged.' } } }));
  await page.keyboard.press('e');
  await page.keyboard.type('Refund');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: '1 conversation was not changed' });
  await dialog.waitFor();
  report((await dialog.textContent()).includes('It was merged.'), 'what was refused is named, with the reason');
  report(ids.every((id) => (of(id).status === 'resolved') === (id !== refused)), 'the others are resolved');
  await page.unroute(`**/conversations/${refused}/status`);
  await dialog.getByRole('button', { name: 'Try these again' }).click();
  await page.waitForFunction(() => !document.querySelector('[role=option][aria-checked=true]'));
  report(of(refused).status === 'resolved', 'and can be tried again');
  await page.keyboard.press('z');
  await settle();
  report(of(refused).status === 'open', 'z takes the last command back');

  await page.keyboard.press('x');
  await page.getByRole('toolbar').getByRole('button', { name: 'Assign' }).click();
  await page.keyboard.type(mock.desk.agents[1].name.slice(0, 3));
  await page.keyboard.press('Enter');
  await settle();
  await page.keyboard.press('x');
  await page.keyboard.press('Escape');
  report((await marked()) === 0, 'Escape lets go of the marks');

  // Keys of one's own.
  await page.goto(`${mock.url}/settings/keyboard`);
  const snooze = page.getByRole('button', { name: 'Change the key for “Snooze”' });
  const cap = async () => (await snooze.locator('kbd').allTextContents()).join();
  await snooze.click();
  await page.keyboard.press('e');
  report((await page.getByRole('alert').textContent()).includes('“Resolve”'), 'a key that is taken is refused, with its owner');
  await page.keyboard.press('w');
  await page.waitForTimeout(100);
  report((await cap()) === 'W', 'another key is taken on');
  await page.goto(`${mock.url}/inbox/open`);
  await page.waitForSelector('[role=option]');
  await page.keyboard.press('j');
  await page.keyboard.press('h');
  await settle();
  report((await page.locator('dialog[open]').count()) === 0, 'the old key does nothing any more');
  await page.keyboard.press('w');
  await page.getByRole('dialog', { name: 'Snooze until…' }).waitFor();
  report(true, 'the new key works, also after a reload');
  await page.keyboard.press('Escape');
  await page.goto(`${mock.url}/settings/keyboard`);
  await page.getByRole('button', { name: 'Reset “Snooze”' }).click();
  report((await cap()) === 'H', 'and can be given back');

  // F6 goes around, into fields too, and back where one was.
  await page.goto(`${mock.url}/inbox/open`);
  await page.waitForSelector('[role=option]');
  await page.keyboard.press('j');
  await page.waitForSelector('article');
  const where = () => page.evaluate(() => document.activeElement?.closest('[data-pane-stop]')?.getAttribute('aria-label'));
  await page.locator('#conversation-list').focus();
  const seen = [await where()];
  for (let n = 0; n < 4; n += 1) {
    await page.keyboard.press('F6');
    seen.push(await where());
  }
  report(new Set(seen.slice(0, 4)).size === 4 && seen[4] === seen[0], 'F6 visits list, thread, customer and views, and comes back', seen.join(' > '));
  await page.locator('textarea').focus();
  await page.keyboard.press('F6');
  await page.keyboard.press('Shift+F6');
  report(await page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'), 'Shift+F6 leads back to the very field');
}
