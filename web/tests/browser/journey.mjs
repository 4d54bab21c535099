// What an agent does all day, against the mock: sign in, answer, note, assign, resolve, lose the connection.
export async function run({ mock, open, report }) {
  const me = mock.desk.agents[0];
  const page = await open({ path: '/' });
  await page.context().clearCookies();
  await page.goto(`${mock.url}/`);
  await page.fill('input[type=email]', 'admin@example.com');
  await page.fill('input[type=password]', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('[role=alert]')?.textContent.length > 3);
  await page.fill('input[type=password]', 'right');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=option]');
  report(true, 'signs in, after being told about a wrong password');

  const chat = [...mock.desk.conversations.values()].find((it) => it.channel === 'webchat' && it.status === 'open' && it.assignment.agent_id === me.id && it.assignment.state === 'assigned');
  const thread = () => mock.desk.messages.get(chat.id);
  await page.goto(`${mock.url}/inbox/mine/${chat.id}`);
  await page.waitForSelector('article');
  await page.keyboard.press('r');
  await page.keyboard.type('On its way!');
  await page.keyboard.press('Enter');
  await page.waitForSelector('article:has-text("On its way!")');
  await page.waitForTimeout(300);
  report(thread().at(-1).text === 'On its way!' && thread().at(-1).kind === 'outbound', 'a reply arrives');
  report((await page.locator('article:has-text("On its way!")').count()) === 1, 'and is on the screen once');

  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.keyboard.type('only for us');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('article.note:has-text("only for us")');
  report(thread().at(-1).kind === 'note', 'a note is a note');

  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  mock.inbound(chat.id, 'live from the customer');
  await page.waitForSelector('article:has-text("live from the customer")', { timeout: 2000 });
  report(true, 'a message of the customer appears by itself');

  const written = thread().at(-1);
  const changed = { ...written, text: 'what they meant to say', edited_at: written.at };
  mock.record('message.edited', chat.id, { message: changed });
  await page.waitForSelector('article:has-text("what they meant to say"):has-text("Changed by the customer")');
  report((await page.locator('article:has-text("live from the customer")').count()) === 0, 'what the customer changed says so, and stands in place of what it was');
  report((await page.locator(`#row-${chat.id}`).textContent()).includes('what they meant to say'), 'also in the list');
  mock.record('message.taken_back', chat.id, { message: { ...written, text: '', taken_back_at: written.at } });
  await page.waitForSelector('article:has-text("The customer took this message back")');
  report((await page.locator('article:has-text("what they meant to say")').count()) === 0, 'what the customer took back is gone, and said to be');
  report((await page.locator(`#row-${chat.id}`).textContent()).includes('Message withdrawn'), 'in the list, too, where it is no attachment');

  mock.ephemeral({ what: 'viewing', conversation_id: chat.id, agents: [me.id, mock.desk.agents[1].id] });
  mock.ephemeral({ what: 'typing', conversation_id: chat.id, agents: [mock.desk.agents[1].id] });
  await page.waitForSelector('.bar.warn');
  report((await page.locator('.viewers').count()) === 1, 'who else looks and who else writes is shown');

  // A colleague answers in the same instant: the answer is held back, the text kept.
  await page.keyboard.type('too late');
  const seen = mock.desk.conversations.get(chat.id);
  await page.route('**/messages', async (route) => {
    if (route.request().method() === 'POST' && !page.colleague) {
      page.colleague = mock.say(seen, { kind: 'outbound', text: 'colleague was faster', author: { type: 'agent', id: mock.desk.agents[1].id, name: mock.desk.agents[1].name } });
    }
    await route.continue();
  });
  await page.keyboard.press('Enter');
  await page.waitForSelector('.bar.danger');
  report(!thread().some((it) => it.text === 'too late'), 'a reply against a stale view is held back');
  await page.locator('.bar.danger button').last().click();
  await page.waitForFunction(() => !document.querySelector('.bar.danger'));
  await page.waitForTimeout(200);
  report(thread().at(-1).text === 'too late', 'and can be sent all the same');
  await page.unroute('**/messages');

  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.keyboard.type('urg');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(200);
  report(mock.desk.conversations.get(chat.id).priority === 'urgent', 'p sets the priority');

  // Draft: saved on the server, there after a reload.
  await page.keyboard.press('r');
  await page.keyboard.type('half a sentence');
  await page.waitForTimeout(1200);
  await page.reload();
  await page.waitForFunction(() => document.querySelector('textarea')?.value === 'half a sentence', null, { timeout: 3000 });
  report(true, 'a draft survives a reload');

  // The connection breaks: Send waits until everything missed is here.
  const send = page.locator('.tools .button');
  mock.drop();
  mock.inbound(chat.id, 'missed while away');
  await page.waitForSelector('article:has-text("missed while away")', { timeout: 8000 });
  await page.waitForFunction(() => !document.querySelector('.tools .button').disabled);
  report(await send.isEnabled(), 'after a break everything missed is there before Send is');

  mock.forget();
  mock.drop();
  mock.inbound(chat.id, 'after the horizon');
  await page.waitForSelector('article:has-text("after the horizon")', { timeout: 8000 });
  report(true, 'a position that is too old leads to reading again');

  await page.locator('textarea').fill('');
  await page.keyboard.press('Escape');
  await page.keyboard.press('e');
  await page.keyboard.type('Refund');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(400);
  report(mock.desk.conversations.get(chat.id).status === 'resolved', 'e resolves with a result');
  report(!page.url().includes(chat.id), 'and the next conversation opens');

  // The list does not move under the pointer.
  await page.goto(`${mock.url}/inbox/open`);
  await page.waitForSelector('[role=option]');
  const order = () => page.locator('[role=option]').evaluateAll((rows) => rows.map((row) => [row.getAttribute('aria-posinset'), row.id]).sort((a, b) => a[0] - b[0]).slice(0, 8).map((it) => it[1]).join());
  await page.mouse.move(400, 300);
  await page.waitForTimeout(1500);
  const before = await order();
  const last = [...mock.desk.conversations.values()].filter((it) => it.status === 'open').sort((a, b) => (a.last_activity_at < b.last_activity_at ? 1 : -1))[20];
  mock.inbound(last.id, 'jumps up');
  await page.waitForSelector('.pill', { timeout: 3000 });
  report((await order()) === before, 'the list does not move under the pointer, a pill says what waits');
  await page.mouse.move(1000, 400);
  await page.waitForFunction((id) => document.querySelector(`#row-${id}`)?.getAttribute('aria-posinset') === '1', last.id, { timeout: 4000 });
  report(true, 'and moves when the pointer has left');
}
