// The phone against the mock desk, whose line is a peer connection in a page of its own: real sound both ways.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const PHONE = true;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function run({ mock, open, report }) {
  const line = await peer(mock, open);
  await ringAndTalk(mock, open, report, line);
  await transferAndWrapUp(mock, open, report);
  await threads(mock, open, report);
  await calling(mock, open, report);
  await tabs(mock, open, report);
  await refused(mock, open, report);
  await telephones(mock, open, report);
  await supervise(mock, open, report);
  await settings(mock, open, report);
  await signsOff(mock, open, report);
  await narrow(mock, open, report);
  await looks(mock, open, report);
}

const bar = (page) => page.locator('section.bar');
const part = (page, name) => page.waitForSelector(`section.bar.${name}`);

/** Waits until something is so; false when it never is. */
async function until(what, ms = 10_000) {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await what()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** The other end of the line: answers offers, sends a tone, counts what it hears. */
async function peer(mock, open) {
  // A page of its own without the app: two lines of one person would take each other's place.
  const page = await open({ path: '/api/v1/me' });
  await page.evaluate(() => {
    globalThis.answer = async (sdp) => {
      globalThis.pc?.close();
      const pc = (globalThis.pc = new RTCPeerConnection());
      const context = (globalThis.context ??= new AudioContext());
      const tone = context.createOscillator();
      const out = context.createMediaStreamDestination();
      tone.frequency.value = 440;
      tone.connect(out);
      tone.start();
      pc.ontrack = (event) => {
        // Browsers decode only what is played somewhere.
        const stream = new MediaStream([event.track]);
        const sink = new Audio();
        sink.muted = true;
        sink.srcObject = stream;
        void sink.play().catch(() => {});
        const look = context.createAnalyser();
        context.createMediaStreamSource(stream).connect(look);
        const wave = new Float32Array(look.fftSize);
        clearInterval(globalThis.listening);
        globalThis.energy = 0;
        globalThis.listening = setInterval(() => {
          look.getFloatTimeDomainData(wave);
          globalThis.energy += wave.reduce((sum, it) => sum + it * it, 0) / wave.length;
        }, 40);
      };
      await pc.setRemoteDescription({ type: 'offer', sdp });
      pc.addTrack(out.stream.getAudioTracks()[0], out.stream);
      await pc.setLocalDescription(await pc.createAnswer());
      await new Promise((resolve) => {
        if (pc.iceGatheringState === 'complete') resolve();
        pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve();
        setTimeout(resolve, 1500);
      });
      return pc.localDescription.sdp;
    };
    globalThis.heard = async () => {
      for (const it of (await globalThis.pc.getStats()).values()) if (it.type === 'inbound-rtp') return { packets: it.packetsReceived ?? 0, energy: globalThis.energy };
      return { packets: 0, energy: 0 };
    };
  });
  await page.mouse.click(5, 5);
  mock.phone.state.onoffer = (sdp) => page.evaluate((it) => globalThis.answer(it), sdp);
  return { heard: () => page.evaluate(() => globalThis.heard()), page };
}

async function ringAndTalk(mock, open, report, line) {
  const { phone } = mock;
  const page = await open({ path: '/inbox/open' });
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  const offer = phone.log.find(([what]) => what === 'offer')[1];
  const codecs = [...offer.matchAll(/a=rtpmap:\d+ ([\w-]+)\//g)].map((it) => it[1]);
  report(codecs.includes('PCMA') && codecs.includes('PCMU') && !codecs.includes('opus'), 'the line is there when the shift is; it offers what telephones speak', [...new Set(codecs)].join(' '));

  await page.waitForSelector('[role=option]');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.waitForSelector('.composer textarea');
  await page.keyboard.press('r');
  await page.keyboard.type('I am just writ');
  await page.waitForTimeout(700);
  await page.evaluate(() => {
    globalThis.shifts = 0;
    new PerformanceObserver((list) => {
      for (const it of list.getEntries()) if (!it.hadRecentInput) globalThis.shifts += it.value;
    }).observe({ type: 'layout-shift', buffered: false });
  });
  const call = phone.ring({ name: '周婷婷' });
  await part(page, 'incoming');
  await page.keyboard.type('ing');
  report((await page.inputValue('.composer textarea')) === 'I am just writing', 'a call that rings leaves the keyboard where it is');
  report((await page.title()).includes('Call from 周婷婷'), 'and stands in the title', await page.title());
  report((await page.locator('[role=alert]').allTextContents()).some((it) => it.includes('Call from 周婷婷')), 'and is said aloud once');
  report(/\d+ s left/.test(await bar(page).textContent()), 'with the time that is left');
  await page.waitForTimeout(400);
  report((await page.evaluate(() => globalThis.shifts)) < 0.001, 'nothing moves when it rings', String(await page.evaluate(() => globalThis.shifts)));
  await page.keyboard.press('Control+Alt+a');
  await part(page, 'talking');
  report(call.agent_id === mock.desk.agents[0].id && (await page.inputValue('.composer textarea')) === 'I am just writing', 'answered by keys while writing, nothing is lost');
  report(!(await page.title()).includes('Call from'), 'the title is as it was');

  const before = await line.heard();
  report(await until(async () => (await line.heard()).energy > before.energy + 0.0005), 'the other side hears the microphone', JSON.stringify([before, await line.heard()]));
  const heard = await page.evaluate(async () => {
    const { srcObject } = document.querySelector('audio[hidden]');
    const context = new AudioContext();
    await context.resume();
    const look = context.createAnalyser();
    context.createMediaStreamSource(srcObject).connect(look);
    const bins = new Uint8Array(look.frequencyBinCount);
    for (let n = 0; n < 60; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      look.getByteFrequencyData(bins);
      const loudest = bins.indexOf(Math.max(...bins));
      if (bins[loudest] > 100) return Math.round((loudest * context.sampleRate) / look.fftSize);
    }
    return 0;
  });
  report(Math.abs(heard - 440) < 60, 'and is heard', `${heard} Hz`);
  await page.keyboard.press('Control+Alt+m');
  await bar(page).getByRole('button', { name: 'Unmute' }).waitFor();
  await page.waitForTimeout(500);
  const quiet = await line.heard();
  await page.waitForTimeout(1500);
  report((await line.heard()).energy - quiet.energy < 0.0001 && (await line.heard()).packets > quiet.packets, 'muted, silence is sent', JSON.stringify([quiet, await line.heard()]));
  await page.keyboard.press('Control+Alt+m');

  await bar(page).getByTitle('Open the conversation').click();
  await page.waitForSelector('article.call');
  report((await page.locator('article.call').count()) === 1 && (await page.locator('article.call').textContent()).includes('In a call'), 'in the thread it is one item, and says what goes on');
  await page.keyboard.press('Control+Alt+h');
  await bar(page).getByText(/On hold/).waitFor();
  await page.locator('article.call').getByText('On hold').waitFor();
  report(call.state === 'held' && (await page.locator('article.call').count()) === 1, 'held by keys, in its place in the thread, too');
  await page.keyboard.press('Control+Alt+h');
  await page.waitForFunction(() => !document.querySelector('section.bar.held'));
  await page.keyboard.press('Control+Alt+k');
  await page.getByRole('group', { name: 'Keypad' }).waitFor();
  await page.keyboard.type('42#');
  await page.getByRole('button', { name: '7', exact: true }).click();
  report(await until(() => phone.log.filter(([what]) => what === 'digits').length === 4), 'digits are sent');
  report(phone.log.filter(([what]) => what === 'digits').map((it) => it[1]).join('') === '42#7', 'in their order', phone.log.filter(([what]) => what === 'digits').map((it) => it[1]).join(''));
  await page.keyboard.press('Escape');
  report((await page.getByRole('group', { name: 'Keypad' }).count()) === 0, 'Escape closes the keypad');
  await bar(page).getByRole('button', { name: 'Pause recording' }).click();
  await bar(page).getByRole('button', { name: 'Go on recording' }).waitFor();
  report(call.recording.state === 'paused', 'the recording can be paused');

  await page.reload();
  await part(page, 'talking');
  await bar(page).getByRole('button', { name: 'Go on recording' }).waitFor();
  report((await bar(page).textContent()).includes('周婷婷'), 'a page that is loaded again has the call');
  report(await until(async () => (await line.heard()).packets > 20), 'and its sound');
  mock.drop();
  await page.waitForTimeout(300);
  report((await bar(page).textContent()).includes('周婷婷'), 'a connection that broke takes nothing away');
  await page.waitForFunction(() => !document.querySelector('[role=status] .bar'), null, { timeout: 20_000 });
  await page.waitForTimeout(800);
  await page.keyboard.press('Control+Alt+d');
  await part(page, 'wrapup');
  report(call.ended_by === 'agent', 'hung up by keys');
  phone.change(call, 'wrapped_up', { state: 'closed', wrapup_until: null });
  await part(page, 'idle');
  report(true, 'a wrap-up that ran out frees the bar');

  const other = phone.ring({ name: 'Emma Clarke' });
  await part(page, 'incoming');
  await page.locator('.nav a', { hasText: 'Settings' }).click();
  await page.waitForSelector('.settings');
  await page.goto(`${mock.url}/settings/hours`);
  await page.locator('li button.row').first().click();
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Control+Alt+d');
  await part(page, 'idle');
  report(other.state === 'queued', 'declined by keys with a window open');
  await page.getByText('1 caller waiting').waitFor();
  phone.ended(other, 'caller', 'cancelled');
  await page.getByText('1 caller waiting').waitFor({ state: 'detached' });
  report(true, 'who waits is said until nobody does');
  await page.context().close();
}

async function transferAndWrapUp(mock, open, report) {
  const { phone } = mock;
  const [me, zhang] = mock.desk.agents;
  const page = await open({ path: '/inbox/mine', locale: 'zh' });
  await page.getByText('可以接听电话').waitFor({ timeout: 15_000 });
  const call = phone.ring({ name: '吴先生' });
  await part(page, 'incoming');
  await bar(page).getByRole('button', { name: '接听' }).click();
  await part(page, 'talking');
  await page.waitForSelector('article.call');
  report(page.url().includes(call.conversation_id), 'answered by pointer, the conversation is opened');
  await page.keyboard.press('Control+Alt+t');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.type('张伟');
  await page.keyboard.press('Enter');
  await page.getByText('先与对方沟通').waitFor();
  await page.keyboard.press('Enter');
  await bar(page).getByText(/转接给 张伟/).waitFor();
  report(phone.log.some(([what, it]) => what === 'transfer' && it.kind === 'warm' && it.agent_id === zhang.id), 'a warm transfer by four keys');
  phone.change(call, 'transfer_answered', { offered_to: null, offer_until: null, transfer: { ...call.transfer, state: 'talking' } });
  await bar(page).getByText(/正与您通话/).waitFor();
  await bar(page).getByRole('button', { name: '取回' }).click();
  await page.waitForFunction(() => !document.querySelector('section.bar')?.textContent.includes('转接给'));
  report(call.state === 'active' && call.agent_id === me.id, 'and taken back');
  await page.keyboard.press('Control+Alt+t');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.type('138 1234 5678');
  await page.keyboard.press('Enter');
  await page.getByText('立即转接').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('dialog[open]'));
  report(!phone.log.some(([what, it]) => what === 'transfer' && it.number), 'a number can be chosen, and left');

  const second = phone.ring({ name: '冯女士', to: null });
  phone.change(second, 'answered', { state: 'queued', offered_to: null });
  await page.keyboard.press('Control+Alt+t');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.type('张伟');
  await page.keyboard.press('Enter');
  await page.getByText('立即转接').waitFor();
  await page.keyboard.type('催单');
  report((await page.locator('dialog [role=option]').count()) === 2, 'what is typed beside the choice narrows nothing');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await part(page, 'wrapup');
  const handed = phone.log.findLast(([what]) => what === 'transfer')[1];
  report(handed.kind === 'blind' && handed.agent_id === zhang.id && handed.note === '催单', 'a call is handed on at once, with a word for the other', JSON.stringify(handed));
  report((await bar(page).textContent()).includes('已转出') && !call.ended_at, 'and is written up here while it goes on there');
  await bar(page).getByRole('button', { name: '完成' }).click();
  await part(page, 'idle');
  phone.ended(second, 'caller', 'cancelled');
  phone.change(call, 'offered', { state: 'offering', offered_to: me.id, offer_until: new Date(Date.now() + 30_000).toISOString(), transfer: { ...call.transfer, by: zhang.id, to_agent_id: me.id, note: '要开发票', state: 'ringing' } });
  await part(page, 'incoming');
  report(/张伟 转来 吴先生/.test(await bar(page).textContent()) && (await bar(page).textContent()).includes('要开发票'), 'whoever gets a call sees who hands it on, and their word');
  await bar(page).getByRole('button', { name: '接听' }).click();
  await part(page, 'talking');
  phone.change(call, 'transfer_completed', { transfer: { ...call.transfer, state: 'completed' } });
  await bar(page).getByText('由 张伟 转来').waitFor();
  await bar(page).getByText('要开发票').waitFor();

  await bar(page).getByRole('button', { name: '挂断' }).click();
  await part(page, 'wrapup');
  await bar(page).getByText(/剩余 0:\d\d/).waitFor();
  await bar(page).getByLabel('结果').selectOption('refund');
  const cdp = await page.context().newCDPSession(page);
  await bar(page).getByLabel('通话小结').focus();
  await cdp.send('Input.imeSetComposition', { text: 'tui kuan', selectionStart: 8, selectionEnd: 8 });
  await page.keyboard.press('Enter');
  await page.waitForTimeout(100);
  report(call.state === 'wrapup', 'an Enter while composing does not end the wrap-up');
  await cdp.send('Input.insertText', { text: '退款' });
  await page.waitForTimeout(120);
  await bar(page).getByLabel('跟进').selectOption('tomorrow');
  await bar(page).getByLabel('通话小结').focus();
  await page.keyboard.press('Enter');
  await part(page, 'idle');
  report(call.disposition.code === 'refund' && call.disposition.note === '退款' && Boolean(call.disposition.follow_up_at), 'the wrap-up is saved', JSON.stringify(call.disposition));
  const item = page.locator('article.call');
  await item.getByText('Refund promised').waitFor();
  report((await item.textContent()).includes('退款') && (await item.count()) === 1, 'and stands in the thread with its result');
  await page.context().close();
}

async function threads(mock, open, report) {
  const { phone } = mock;
  const first = [...phone.calls.values()][0];
  const page = await open({ path: `/inbox/mine/${first.conversation_id}` });
  await page.waitForSelector('article.call');
  const items = page.locator('article.call');
  report((await items.count()) === 4, 'each call is one item', String(await items.count()));
  const text = (await items.allTextContents()).join(' | ');
  report(/Answered by 张伟.*waited 0:22.*talked 3:12.*on hold 0:13/.test(text) && text.includes('The other side hung up'), 'who answered, how long it took, how it ended', text.slice(0, 200));
  report(text.includes('Hung up while waiting') && text.includes('Nobody was free in time') && text.includes('The number was busy'), 'causes are words');
  const missed = items.nth(1);
  await missed.getByRole('button', { name: 'Write down what came of it' }).click();
  await page.keyboard.press('Tab');
  await page.keyboard.type('called back, all is well');
  await page.keyboard.press('Enter');
  await missed.getByText('called back, all is well').waitFor();
  report((await missed.locator('form').count()) === 0, 'what came of a call can be written down later');

  const asked = [];
  page.on('request', (request) => /\/calls\//.test(request.url()) && asked.push(request.url()));
  await page.waitForTimeout(500);
  report(asked.length === 0 && !phone.log.some(([what]) => what === 'recording'), 'nothing of a recording is loaded before it is played');
  const player = items.first();
  await player.getByRole('button', { name: 'Play the recording' }).click();
  await player.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  report(asked.some((it) => it.endsWith('/peaks')) && asked.some((it) => it.endsWith('/recording')), 'then it is, with its picture');
  await player.getByText('Customer').waitFor();
  const slider = player.getByRole('slider', { name: 'Position' });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  report(await until(async () => Number(await page.evaluate(() => document.querySelector('article.call audio').currentTime)) >= 10), 'arrow keys seek');
  report((await slider.getAttribute('aria-valuetext')).includes(' of '), 'and say where', await slider.getAttribute('aria-valuetext'));
  await player.getByRole('button', { name: 'Speed 1' }).click();
  report((await page.evaluate(() => document.querySelector('article.call audio').playbackRate)) === 1.5, 'it can be played faster');
  await slider.focus();
  await page.keyboard.press(' ');
  await player.getByRole('button', { name: 'Play the recording' }).waitFor();
  report(true, 'and Space pauses it where one is');
  await player.getByText('Who listened').click();
  await player.locator('details li').first().waitFor();
  report((await player.locator('details li').textContent()).startsWith('You'), 'who listened is known to those who look after the desk');
  await player.getByRole('button', { name: 'Delete the recording' }).click();
  await page.keyboard.type('card data');
  await page.keyboard.press('Enter');
  await page.getByText('The recording was deleted.').waitFor();
  report(phone.log.some(([what, , reason]) => what === 'delete-recording' && reason === 'card data'), 'and deleted by them with a reason');
  phone.change(first, 'recording_kept', { recording: { ...first.recording, state: 'kept' } });
  await page.context().close();
}

async function calling(mock, open, report) {
  const { phone } = mock;
  const first = [...phone.calls.values()][0];
  // Whoever called has a number, also while nobody wrote it into their card.
  mock.desk.conversations.get(first.conversation_id).contact.phone = null;
  const page = await open({ path: `/inbox/mine/${first.conversation_id}` });
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  await page.locator('aside').getByRole('button', { name: /^Call / }).click();
  await part(page, 'dialing');
  const [, asked] = phone.log.findLast(([what]) => what === 'dial');
  report(asked.contact_id === first.contact.id && asked.conversation_id === first.conversation_id && asked.inbox_id === phone.state.inbox.id, 'a click beside the number calls', JSON.stringify(asked));
  const call = [...phone.calls.values()].at(-1);
  await page.waitForFunction(() => document.querySelectorAll('article.call').length === 5);
  phone.change(call, 'answered', { state: 'active', answered_at: new Date().toISOString() });
  await part(page, 'talking');
  phone.ended(call, 'caller');
  await part(page, 'wrapup');
  await bar(page).getByRole('button', { name: 'Done' }).click();
  await part(page, 'idle');
  await bar(page).getByRole('button', { name: 'Call', exact: true }).click();
  await page.waitForSelector('dialog[open]');
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await page.getByText('This is no number that can be called.').waitFor();
  await page.getByLabel('Number to call').fill('400 800 1234');
  await page.keyboard.press('Enter');
  await page.getByText('this number may not be called').waitFor();
  report((await page.locator('dialog[open]').count()) === 1, 'what may not be called is said, and what was typed stays');
  await page.keyboard.press('Escape');

  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByText('Customers to call back').waitFor();
  const rows = page.locator('.calls li');
  await rows.first().waitFor();
  const count = await rows.count();
  const missed = phone.ring({ name: '新来电', to: null });
  await page.getByText('1 caller waiting').waitFor();
  phone.ended(missed, 'caller', 'cancelled');
  report(await until(async () => (await rows.count()) === count + 1), 'a missed call comes to the list by itself');
  await rows.first().getByRole('button', { name: /Call back/ }).click();
  await part(page, 'dialing');
  report(phone.log.findLast(([what]) => what === 'dial')[1].contact_id === missed.contact.id, 'and is called back from there');
  phone.ended([...phone.calls.values()].at(-1), 'system', 'no_answer');
  await part(page, 'idle');
  const agreed = [...phone.calls.values()][0];
  phone.change(agreed, 'wrapped_up', { agent_id: mock.desk.agents[0].id, disposition: { code: 'refund', note: 'ring again', follow_up_at: new Date(Date.now() - 60_000).toISOString(), agent_id: mock.desk.agents[0].id } });
  const due = rows.filter({ hasText: /Agreed on/ });
  await due.waitFor();
  report((await due.textContent()).includes('ring again'), 'what was agreed on is work when it is time, with the note');
  await due.getByRole('button', { name: /^Done: / }).click();
  await due.waitFor({ state: 'detached' });
  report(agreed.disposition.note === 'ring again' && agreed.disposition.code === 'refund' && agreed.disposition.follow_up_at === null, 'done by hand, nothing of what was written is lost');
  await page.getByRole('link', { name: 'Missed' }).click();
  await page.getByText('Calls that nobody answered.').waitFor();
  await page.getByRole('link', { name: 'All calls' }).click();
  await page.getByText('Not answered').first().waitFor();
  report(true, 'all calls are listed with what came of them');
  await page.context().close();
}

async function tabs(mock, open, report) {
  const { phone } = mock;
  const page = await open({ path: '/inbox/mine' });
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  const second = await page.context().newPage();
  await second.goto(`${mock.url}/inbox/open`);
  await second.getByText('Your calls are in another tab of this browser').waitFor();
  report(true, 'one tab holds the line, the other says so');
  const call = phone.ring();
  await part(second, 'incoming');
  await part(page, 'incoming');
  await bar(second).getByRole('button', { name: 'Answer' }).click();
  await part(page, 'talking');
  report(call.state === 'active', 'both show the call, and either answers');
  phone.ended(call, 'caller');
  phone.change(call, 'wrapped_up', { state: 'closed', wrapup_until: null });
  await part(second, 'idle');
  await second.getByRole('button', { name: 'Use this tab' }).click();
  await second.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  await page.getByText('Your calls are in another tab of this browser').waitFor();
  report(true, 'the line can be taken over');
  await second.close();
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  report(true, 'and goes back when the tab is closed');
  await page.context().close();
}

async function refused(mock, open, report) {
  const page = await open({ path: '/inbox/mine' });
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => (globalThis.allowed ? navigator.mediaDevices.constructor.prototype.getUserMedia.call(navigator.mediaDevices, { audio: true }) : Promise.reject(new DOMException('no', 'NotAllowedError')));
  });
  await page.reload();
  await page.getByText('The browser does not let this page use the microphone.').waitFor();
  report(true, 'a microphone that is refused is said in words');
  await page.evaluate(() => (globalThis.allowed = true));
  await bar(page).getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  report(true, 'and tried again');
  await page.waitForTimeout(2100);
  mock.phone.say({ type: 'phone.state', state: 'closed' });
  await page.getByText('Your calls are in another browser').waitFor();
  await page.waitForTimeout(800);
  report((await page.getByText('Your calls are in another browser').count()) === 1, 'a line that another browser took is not taken back by itself');
  await bar(page).getByRole('button', { name: 'Use this tab' }).click();
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  await page.getByRole('button', { name: /Your status/ }).click();
  await page.getByRole('option', { name: 'Away' }).click();
  await page.getByText('No calls reach you until you are online').waitFor();
  report(await until(() => mock.phone.log.some(([what]) => what === 'bye')), 'who goes away lets the line go');
  await page.getByRole('button', { name: 'Go online' }).click();
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  await page.context().close();
}

async function telephones(mock, open, report) {
  const { phone } = mock;
  const { trunk } = phone.state.inbox.settings;
  phone.state.inbox.settings.trunk = { kind: 'none' };
  const offers = phone.log.filter(([what]) => what === 'offer').length;
  const page = await open({ path: '/inbox/mine' });
  await page.getByText('Calls are taken at your telephones').waitFor();
  await page.waitForTimeout(600);
  report(phone.log.filter(([what]) => what === 'offer').length === offers && (await bar(page).getByRole('button', { name: 'Call', exact: true }).count()) === 0, 'where only a telephone system reports calls, no microphone is asked for');
  phone.state.inbox.settings.trunk = trunk;
  await page.context().close();
}

async function supervise(mock, open, report) {
  const { phone, desk } = mock;
  const page = await open({ path: '/calls/board' });
  await page.getByText('No call at the moment.').waitFor();
  const call = phone.ring({ name: '孙丽', to: desk.agents[1].id });
  await page.locator('tbody tr').getByText('孙丽').waitFor();
  phone.change(call, 'answered', { state: 'active', agent_id: desk.agents[1].id, offered_to: null, answered_at: new Date().toISOString(), legs: [...call.legs, phone.leg('browser', desk.agents[1].id)] });
  await page.getByRole('button', { name: /^Listen: 孙丽/ }).click();
  await part(page, 'listening');
  report((await bar(page).textContent()).includes('You listen to 张伟'), 'a supervisor listens, and the bar says so');
  await bar(page).getByRole('button', { name: 'Whisper' }).click();
  await bar(page).getByText('Only the agent hears you').waitFor();
  report(phone.log.filter(([what]) => what === 'listen').map((it) => it[1]).join() === 'listen,whisper', 'and whispers');
  await bar(page).getByRole('button', { name: 'Leave' }).click();
  await part(page, 'idle');
  report(!call.ended_at && phone.log.some(([what, id]) => what === 'leave' && id === call.id), 'leaving leaves the call as it is');
  report((await page.getByText('Ready for calls').count()) === 1, 'and the own line with it');
  await page.getByRole('button', { name: /^Join: 孙丽/ }).click();
  await bar(page).getByText('Both hear you').waitFor();
  await page.reload();
  await bar(page).getByText('Both hear you').waitFor();
  report(true, 'how one is in a call outlasts loading the page again');
  await page.keyboard.press('Control+Alt+d');
  await part(page, 'idle');
  report(!call.ended_at, 'the key that hangs up leaves, too');
  phone.ended(call, 'caller');
  phone.change(call, 'wrapped_up', { state: 'closed', wrapup_until: null });
  await page.getByText('No call at the moment.').waitFor();
  const there = phone.ring({ name: '钱女士', to: null });
  phone.change(there, 'changed', { provider: 'cti', state: 'active', agent_id: desk.agents[0].id, answered_at: new Date().toISOString(), queue_position: null });
  await part(page, 'telephone');
  report((await bar(page).textContent()).includes('On your telephone') && (await bar(page).getByRole('button', { name: 'Hang up' }).count()) === 0, 'a call at the telephone is shown, and worked there');
  phone.ended(there, 'caller');
  phone.change(there, 'wrapped_up', { state: 'closed', wrapup_until: null });
  report(true, 'the board follows');
  await page.context().close();
}

async function settings(mock, open, report) {
  const page = await open({ path: '/settings/inboxes' });
  await page.getByRole('button', { name: 'New inbox' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Hotline');
  await page.getByLabel('Channel').selectOption('phone');
  const kind = page.getByLabel('How it is connected');
  await kind.waitFor();
  await kind.selectOption('register');
  const save = page.getByRole('button', { name: 'Create', exact: true });
  await save.click();
  await page.getByText('Give at least one number.').waitFor();
  await page.getByLabel('Numbers', { exact: true }).fill('hello');
  await page.getByText('\u201chello\u201d is no telephone number.').waitFor();
  await page.getByLabel('Numbers', { exact: true }).fill('+86 571 8899 0022');
  await save.click();
  await page.getByText('Give the server of the telephone provider.').waitFor();
  await page.getByLabel('Server', { exact: true }).fill('sip.carrier.example');
  await page.getByLabel('User name', { exact: true }).fill('1001');
  await save.click();
  await page.getByText('Give the password that the provider told you.').waitFor();
  report(true, 'what is missing of a line is said in words');
  await page.getByLabel('Password', { exact: true }).fill('secret');
  await page.getByLabel('Ask callers to choose by digit').check();
  await page.getByRole('button', { name: 'Add a choice' }).click();
  await page.getByLabel('Leads to (2)').selectOption('voicemail');
  await page.getByLabel('Results of a call').fill('refund\uff1aRefund promised');
  await save.click();
  const made = await until(() => mock.desk.inboxes.find((it) => it.name === 'Hotline'));
  const it = mock.desk.inboxes.find((inbox) => inbox.name === 'Hotline');
  report(made && it.settings.numbers[0] === '+8657188990022' && it.settings.trunk.user === '1001' && it.settings.trunk_password === 'secret' && it.settings.menu.options[1].then === 'voicemail' && it.settings.dispositions[0].code === 'refund', 'an inbox with a telephone is made', JSON.stringify(it?.settings));
  mock.desk.inboxes = mock.desk.inboxes.filter((inbox) => inbox !== it);
  mock.phone.state.inbox.cti_url = 'https://desk.example/cti/v1/inb/old';
  await page.goto(`${mock.url}/settings/inboxes`);
  await page.locator('li button.row', { hasText: mock.phone.state.inbox.name }).click();
  // What the desk says of itself is English; what is read here is the app's.
  await page.getByText('It does not answer (OPTIONS): is host').waitFor();
  report((await page.getByText('The line does not work.').count()) === 1, 'how the line fares is said in plain words');
  await page.getByText('https://desk.example/cti/v1/inb/old').waitFor();
  const renew = page.getByRole('button', { name: 'Make the address anew' });
  await renew.click();
  await page.getByText('is refused at once').waitFor();
  report(mock.phone.state.inbox.cti_url.endsWith('old'), 'an address is made anew only when that is meant');
  await renew.click();
  await page.getByText('https://desk.example/cti/v1/inb/new').waitFor();
  report(true, 'and then shows');
  const upload = async (name, mimeType) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Upload a file: Greeting' }).click()]);
    await chooser.setFiles({ name, mimeType, buffer: Buffer.from('RIFF') });
  };
  await upload('hello.mp3', 'audio/mpeg');
  await page.getByText('Choose a WAV file.').waitFor();
  await upload('hello.wav', 'audio/wav');
  await page.getByRole('button', { name: 'Play: Greeting' }).waitFor();
  await page.getByLabel('Language of our announcements').selectOption('en');
  await page.getByLabel('Outside of business hours').selectOption('callback');
  await page.getByRole('switch', { name: 'Tell callers how long they are likely to wait' }).click();
  await page.getByRole('switch', { name: /^The line is behind address translation/ }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const said = () => mock.desk.inboxes.find((inbox) => inbox.id === mock.phone.state.inbox.id).settings;
  report(await until(() => typeof said().prompts?.greeting === 'string') && said().language === 'en' && said().closed.then === 'callback' && said().queue.announce.wait === false && said().trunk.latch === true, 'what callers hear can be uploaded and set', JSON.stringify([said().prompts, said().language, said().closed, said().queue.announce, said().trunk]));
  await page.goto(`${mock.url}/settings/preferences`);
  await page.getByLabel('Microphone').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('select')[3]?.options.length > 1);
  await page.getByLabel('Microphone').selectOption({ index: 1 });
  report((await page.evaluate(() => JSON.parse(localStorage.getItem('plugboard.prefs')).microphone)).length > 0, 'a microphone can be chosen');
  await page.context().close();
}

async function signsOff(mock, open, report) {
  const { phone } = mock;
  const page = await open({ path: '/inbox/mine' });
  await page.getByText('Ready for calls').waitFor({ timeout: 15_000 });
  const call = phone.ring({ name: '何先生' });
  await part(page, 'incoming');
  await page.keyboard.press('Control+k');
  // It is loaded when it is needed first.
  await page.waitForSelector('dialog[open]');
  await page.keyboard.type('Sign out');
  await page.keyboard.press('Enter');
  report(await until(() => call.state === 'queued' && call.offered_to === null), 'what rings at somebody who signs off rings elsewhere');
  phone.ended(call, 'caller', 'cancelled');
  await page.context().close();
}

async function narrow(mock, open, report) {
  const { phone } = mock;
  const page = await open({ path: '/calls/missed', size: [320, 640] });
  await page.waitForSelector('.calls li');
  const width = () => page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth));
  report((await width()) <= 320, 'the list of calls fits 320 pixels', String(await width()));
  const call = phone.ring();
  await part(page, 'incoming');
  report((await width()) <= 320 && (await bar(page).getByRole('button', { name: 'Answer' }).isVisible()), 'so does a call that rings');
  await bar(page).getByRole('button', { name: 'Answer' }).click();
  await part(page, 'talking');
  const end = await bar(page).locator('.end').boundingBox();
  report((await width()) <= 320 && end.x + end.width <= 320, 'and one that is talked', JSON.stringify(end));
  phone.ended(call, 'caller');
  await part(page, 'wrapup');
  const done = await bar(page).getByRole('button', { name: 'Done' }).boundingBox();
  report(done.x + done.width <= 320, 'and its wrap-up');
  phone.change(call, 'wrapped_up', { state: 'closed', wrapup_until: null });
  await page.context().close();
}

/** What a machine can see of accessibility, in both languages and themes. */
async function looks(mock, open, report) {
  const { phone, desk } = mock;
  for (const locale of ['en', 'zh']) {
    for (const theme of ['light', 'dark']) {
      const found = [];
      const page = await open({ locale, theme, path: `/inbox/mine/${[...phone.calls.values()][0].conversation_id}` });
      const check = async (name, within = 'html') => {
        await page.waitForFunction(() => document.getAnimations().every((it) => it.playState !== 'running' || it.effect?.getTiming().iterations === Infinity));
        await page.evaluate(axe);
        const { violations } = await page.evaluate((part) => window.axe.run(part, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'], iframes: false }), within);
        for (const it of violations) found.push(`${name}: ${it.id} on ${it.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''} ${node.html.slice(0, 200)}`).join(' ; ')}`);
        if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}-${name.replaceAll(' ', '_')}-${locale}-${theme}.png` });
      };
      await page.waitForSelector('article.call');
      await page.locator('article.call .play').first().click();
      await page.waitForSelector('article.call .key');
      await page.waitForTimeout(900);
      await page.locator('article.call').nth(2).locator('.head .icon-button').click();
      await check('thread of calls');
      await page.keyboard.press('Escape');
      const call = phone.ring({ name: '赵敏' });
      await part(page, 'incoming');
      await check('a call rings');
      await bar(page).locator('.answer').click();
      await part(page, 'talking');
      await page.keyboard.press('Control+Alt+k');
      await page.waitForSelector('.pad');
      // Of what the keypad hides, nobody has to be able to click anything.
      await check('talking with keypad', 'section.bar');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+Alt+h');
      await page.waitForSelector('section.bar.held');
      await check('on hold');
      await page.keyboard.press('Control+Alt+t');
      await page.waitForSelector('dialog[open]');
      await check('transfer to whom');
      await page.keyboard.press('Enter');
      await page.waitForTimeout(150);
      await check('transfer how');
      await page.keyboard.press('Enter');
      await page.waitForSelector('section.bar .chip.accent');
      await check('transferring');
      phone.ended(call, 'caller');
      await part(page, 'wrapup');
      await check('wrap-up');
      phone.change(call, 'wrapped_up', { state: 'closed', wrapup_until: null });
      await part(page, 'idle');
      await bar(page).locator('button').last().click();
      await page.waitForSelector('dialog[open]');
      await check('dialling');
      await page.keyboard.press('Escape');
      for (const section of ['callbacks', 'missed', 'history']) {
        await page.goto(`${mock.url}/calls/${section}`);
        await page.waitForSelector('.calls li');
        await check(section);
      }
      await page.goto(`${mock.url}/settings/preferences`);
      await page.waitForSelector('.volume + *, .volume');
      await page.waitForTimeout(300);
      await check('preferences');
      await page.goto(`${mock.url}/settings/inboxes`);
      await page.locator('li button.row', { hasText: phone.state.inbox.name }).click();
      await page.locator('dialog [role=switch]').first().waitFor();
      await page.locator('dialog [role=switch]').first().click();
      await check('settings of a phone inbox');
      const watched = phone.ring({ name: '黄志强', to: desk.agents[1].id });
      phone.change(watched, 'answered', { state: 'active', agent_id: desk.agents[1].id, offered_to: null, answered_at: new Date().toISOString(), legs: [...watched.legs, phone.leg('browser', desk.agents[1].id)] });
      const waits = phone.ring({ name: null, to: null });
      await page.goto(`${mock.url}/calls/board`);
      await page.waitForSelector('tbody tr .do button');
      await check('live board');
      await page.locator('tbody tr .do button').first().click();
      await part(page, 'listening');
      await check('listening');
      for (const it of [watched, waits]) {
        phone.ended(it, 'caller');
        phone.change(it, 'wrapped_up', { state: it.answered_at ? 'closed' : 'abandoned', wrapup_until: null });
      }
      report(found.length === 0, `axe finds nothing about the phone in ${locale}, ${theme}`, found.join('\n       '));
      await page.context().close();
    }
  }
}
