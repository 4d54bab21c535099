// A long day in a minute: many switches under a feed must not leave anything behind. Not part of the default run:
// `npm run test:browser -- soak`.
export async function run({ mock, open, report }) {
  const page = await open();
  await page.waitForSelector('[role=option]');
  const cdp = await page.context().newCDPSession(page);
  const ids = [...mock.desk.conversations.keys()].slice(0, 60);
  const weigh = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    await page.waitForTimeout(300);
    await cdp.send('HeapProfiler.collectGarbage');
    const counters = await cdp.send('Memory.getDOMCounters');
    return { ...counters, heap: (await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6 };
  };
  const work = async (switches) => {
    for (let i = 0; i < switches; i += 1) {
      if (i % 5 === 0) mock.inbound(ids[i % 60], `soak ${i}`);
      await page.keyboard.press(i % 60 < 30 ? 'j' : 'k');
    }
    await page.waitForTimeout(800);
  };
  await work(300);
  const before = await weigh();
  await work(1500);
  const after = await weigh();
  for (const name of ['heap', 'nodes', 'jsEventListeners']) {
    report(after[name] <= before[name] * 1.1 + (name === 'heap' ? 1 : 60), `${name} does not grow over 1,500 switches`, `${before[name].toFixed(1)} to ${after[name].toFixed(1)}`);
  }
}
