// Plugins, rules, policies, backtests, and what plugins show beside a conversation: by keyboard and pointer, on the mock.
import { readFileSync } from 'node:fs';

export async function run({ mock, open, report }) {
  const page = await open({ path: '/settings/plugins' });
  const toast = (text) => page.locator('.toast', { hasText: text }).first().waitFor();

  // Installing.
  await page.getByRole('heading', { name: 'Installed' }).waitFor();
  await page.locator('input[type=file]').setInputFiles({ name: 'bad.zip', mimeType: 'application/zip', buffer: Buffer.from('x') });
  await page.getByRole('alert').waitFor();
  report((await page.getByRole('alert').textContent()).includes('plugin.toml, line 7'), 'why a package is refused shows as the server says it');
  await page.getByRole('button', { name: 'Install WeCom customer service' }).click();
  await page.getByRole('heading', { name: 'WeCom customer service', exact: true }).waitFor();
  report(true, 'one click installs what comes with Plugboard, and leads to its approval');

  // An upgrade: what changes, what is chosen, which code.
  await page.goto(`${mock.url}/settings/plugins/channel-telegram`);
  await page.getByText('1 new, 1 fewer, 3 as before').waitFor();
  await page.getByLabel('files.telegram.org GET').uncheck();
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await toast('Approved');
  const { approved } = mock.desk;
  report(!approved.grants.includes('http:files.telegram.org') && approved.grants.includes('http:api.telegram.org'), 'what was unticked is not granted');
  report(approved.digest === mock.desk.plugins.find((it) => it.key === 'channel-telegram').active.digest, 'approval is for the code that was looked at');
  await page.getByRole('button', { name: 'Try all again' }).click();
  await toast('2 pieces of work will be tried again');
  report((await page.getByRole('heading', { name: 'Dead letters' }).count()) === 0, 'dead letters are tried again');
  await page.getByRole('button', { name: 'Turn off' }).click();
  report((await page.getByRole('dialog').textContent()).includes('waits and is done once it is on again'), 'turning off says what follows');
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await toast('Telegram is on');

  // Settings from the schema; what the server refuses stands beside its field. Descriptions of strangers stay text.
  await page.goto(`${mock.url}/settings/plugins/routing-skills`);
  await page.getByLabel('Places kept for known customers').fill('51');
  await page.getByRole('button', { name: 'Save settings' }).click();
  report(await page.getByText('At most 50').isVisible(), 'a number out of its bounds is refused in the form');
  await page.getByLabel('Places kept for known customers').fill('3');
  await page.getByLabel('Tags of VIP customers').fill('refuse me');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('must be tags of this desk').waitFor();
  report((await page.getByLabel('Tags of VIP customers').getAttribute('aria-invalid')) === 'true', 'what the server refuses stands beside its field');
  await page.getByLabel('Tags of VIP customers').fill('vip, gold');
  await page.getByLabel('Token of the CRM').fill('s3cret');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await toast('Settings saved');
  const saved = mock.desk.savedSettings;
  report(saved.settings.kept_places === 3 && saved.secrets.crm_token === 's3cret' && !('crm_token' in saved.settings), 'numbers are sent as numbers, secrets apart');
  report((await page.locator('.markdown img, .markdown script, .markdown a[href^=javascript]').count()) === 0 && (await page.locator('.markdown table').count()) === 1, 'a README is drawn, and cannot do anything');

  // Calls are recorded, looked at while they come, and taken home.
  report(await page.getByText('Names exactly this code').isVisible(), 'what plugins.lock says of the code is there');
  await page.getByLabel('How many calls').fill('3');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.getByText('Recording: 1 of 3 calls').waitFor();
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('1 of 3 calls recorded').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  report(file.suggestedFilename() === 'routing-skills.jsonl' && readFileSync(await file.path(), 'utf8') === '{"function":"routing.route","n":0}\n', 'a recording is ended early and downloaded, one call a line');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Record', exact: true }).waitFor();

  // A channel's inbox.
  await page.goto(`${mock.url}/settings/inboxes`);
  await page.getByRole('button', { name: 'New inbox' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Telegram shop');
  await page.waitForFunction(() => [...document.querySelectorAll('dialog option')].some((it) => it.textContent === 'Telegram'));
  await page.getByLabel('Channel').selectOption('plugin:channel-telegram');
  await page.getByRole('button', { name: 'Create' }).click();
  report(await page.getByText('Required', { exact: true }).isVisible(), 'a channel asks for what it needs');
  await page.getByLabel('Bot token *').fill('123:abc');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('Providers call this address').waitFor();
  const inbox = mock.desk.inboxes.at(-1);
  report(inbox.channel === 'plugin:channel-telegram' && inbox.settings['bot-token'] === '123:abc' && inbox.settings.mode === 'webhook', 'an inbox is made for a channel of a plugin, and says where the provider calls');

  // A rule from rows.
  await page.goto(`${mock.url}/settings/rules`);
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Night shift');
  await page.getByRole('button', { name: 'Create rule' }).click();
  await page.getByRole('listitem', { name: 'Row 1' }).waitFor();
  await page.getByRole('button', { name: 'Add a row' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  report(await page.getByText('Something is still missing').isVisible(), 'a row with gaps is not saved');
  const row = page.getByRole('listitem', { name: 'Row 2' });
  await row.getByLabel('What to look at').selectOption('time');
  await row.getByLabel('From').fill('22:00');
  await row.getByLabel('To', { exact: true }).fill('06:00');
  await row.getByLabel('Give to a team').selectOption({ label: mock.desk.teams[1].name });
  await row.getByLabel('Reason').fill('night shift');
  await page.getByRole('button', { name: 'Save' }).click();
  await toast('Version 2 is saved');
  const rule = mock.desk.rules.find((it) => it.name === 'Night shift');
  report(rule.source.includes(`return team("${mock.desk.teams[1].id}", reason = "night shift")`) && rule.versions[0].builder.rows.length === 2, 'rows and the source that they mean are saved together');
  await page.getByRole('button', { name: 'Try on the last 100' }).click();
  await page.getByText('25 of 100 would have gone another way').waitFor();
  report(mock.desk.tried.policy.source === rule.source && (await page.locator('tbody tr').count()) === 25, 'a dry run shows what differs');
  await page.getByLabel('Only what differs').uncheck();
  report((await page.locator('tbody tr').count()) === 50, 'and the rest when asked');

  // As code: the mistake is marked on its line.
  let read = 0;
  page.on('request', (request) => (read += request.method() === 'GET' && request.url().endsWith('/rules/Night%20shift') ? 1 : 0));
  await page.getByRole('button', { name: 'Code', exact: true }).click();
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\nmistake');
  await page.getByRole('button', { name: /Variable `mistake` not found/ }).waitFor();
  report((await page.locator('.cm-lintRange-error').textContent()) === 'mistake', 'an error is marked where it is');
  report(read === 0, 'and nothing is read again and again meanwhile', `${read} times`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.waitForTimeout(300);
  report(rule.versions.length === 2, 'what does not compile is not saved');
  for (let n = 0; n < 7; n += 1) await page.keyboard.press('Backspace').catch(() => {});
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  for (let n = 0; n < 8; n += 1) await page.keyboard.press('Backspace');
  await page.keyboard.type('\n# hand\nhas');
  await page.locator('.cm-tooltip-autocomplete').waitFor();
  report((await page.locator('.cm-tooltip-autocomplete').textContent()).includes('has_any'), 'words of rules are completed');
  await page.keyboard.press('Escape');
  for (let n = 0; n < 3; n += 1) await page.keyboard.press('Backspace');
  await page.keyboard.press('Control+s');
  await toast('Version 3 is saved');
  report(rule.versions[0].builder === null, 'code is kept as code');
  await page.getByRole('button', { name: 'Put in force' }).first().click();
  await toast('Version 2 is in force');
  await page.getByRole('listitem', { name: 'Row 2' }).waitFor();
  report(rule.live === 2, 'one click returns to a version, with its rows');

  // Policies.
  await page.getByRole('button', { name: 'Use it…' }).click();
  await page.getByLabel('Add a policy').selectOption('rule:Night shift');
  await page.getByRole('button', { name: 'Move Night shift up' }).click();
  await page.getByRole('combobox', { name: 'Canary', exact: true }).selectOption('rule:退款优先');
  await page.getByRole('button', { name: 'Put in force' }).last().click();
  report(await page.getByText('cannot be in force or in shadow as well').isVisible(), 'a policy has one part to play');
  await page.getByRole('combobox', { name: 'In shadow', exact: true }).selectOption('');
  await page.getByRole('button', { name: 'Put in force' }).last().click();
  await toast('In force from the next decision on');
  const slot = mock.desk.policies.routing;
  report(JSON.stringify(slot.live) === '[{"rule":"Night shift"},{"plugin":"routing-skills"}]' && slot.canary.percent === 10 && slot.shadow === null, 'the chain, shadow and canary are put in force together');
  await page.getByRole('button', { name: 'Back to this' }).click();
  await page.getByRole('button', { name: 'Return to the earlier policies?' }).click();
  await toast('The earlier policies are in force again');
  report(JSON.stringify(slot.live) === '[{"plugin":"routing-skills"}]' && slot.canary === null, 'and can be taken back');

  // Backtests.
  await page.goto(`${mock.url}/settings/backtests`);
  await page.getByLabel('What to try').selectOption('rule:退款优先');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('212 of 1,840 conversations').waitFor({ timeout: 20_000 });
  report((await page.locator('.loads li').count()) === 4, 'a backtest shows its progress, then totals and the load of each person');
  await page.context().close();

  // Beside a conversation.
  const inboxPage = await open({ path: '/inbox/open/cnv_000001', size: [1440, 1100] });
  const side = inboxPage.locator('aside');
  await side.getByRole('region', { name: 'Membership' }).waitFor();
  report((await side.locator('a[href^=javascript]').count()) === 0, 'a card leads nowhere but to https');
  await side.getByRole('button', { name: 'Give a voucher' }).click();
  await inboxPage.getByRole('dialog').getByRole('button', { name: 'Give a voucher' }).click();
  await side.getByText('Voucher given').waitFor();
  report(mock.desk.pressed.action_id === 'coupon' && mock.desk.pressed.args.value === 20, 'a button asks first, then tells its plugin');
  await side.getByRole('button', { name: 'Refund' }).click();
  await inboxPage.getByLabel('Amount in CNY').fill('999');
  await inboxPage.getByRole('dialog').getByRole('button', { name: 'Refund' }).click();
  report(await inboxPage.getByText('not above the total').isVisible(), 'more than was paid does not go back');
  await inboxPage.getByLabel('Amount in CNY').fill('10.50');
  await inboxPage.getByRole('dialog').getByRole('button', { name: 'Refund' }).click();
  await inboxPage.locator('.toast', { hasText: 'Done' }).waitFor();
  report(mock.desk.acted.args.amount === '10.50' && mock.desk.acted.args.minor === 1050 && mock.desk.acted.client_id.length > 8, 'a refund goes to the plugin, once');
  await side.getByText('Why this agent?').click();
  await side.getByText('Escalation: Level 2').waitFor();
  report((await side.textContent()).includes('Shadow, without effect') && (await side.textContent()).includes('A complaint waits.'), 'decisions say on what terms they were made, and what was done');
  await side.getByRole('button', { name: 'Close case' }).click();
  await side.getByText(/^Closed /).waitFor();
  report(true, 'a case is closed');

  // Escalated to me: told, and left where I am.
  await inboxPage.locator('textarea').focus();
  await inboxPage.keyboard.type('half a sentence');
  const other = [...mock.desk.conversations.values()][5];
  mock.record('conversation.escalated', other.id, { decision_id: 'd', step: { level: 3, at: new Date().toISOString(), trigger: 'due', actions: ['notify'] }, ask_at: null, notify: [mock.desk.agents[0].id], pin: null }, { type: 'system', part: 'escalation' });
  await inboxPage.locator('.toast', { hasText: 'Escalated to you' }).waitFor();
  report(await inboxPage.evaluate(() => document.activeElement?.tagName === 'TEXTAREA' && document.activeElement.value === 'half a sentence'), 'an escalation is told without taking the focus');
  await inboxPage.getByRole('button', { name: '1 new notification' }).click();
  await inboxPage.getByRole('dialog').getByRole('button', { name: /Escalated to you/ }).click();
  await inboxPage.waitForURL(`**/${other.id}`);
  report(true, 'and stands in the list of notices until it is looked at');
}
