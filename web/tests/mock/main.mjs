// `npm run mock [port]`: the mock desk with a customer who keeps writing.
import { fileURLToPath } from 'node:url';
import { startMock } from './server.mjs';

const port = Number(process.argv[2] ?? 8080);
const mock = await startMock({ port, mail: true, phone: true, dist: fileURLToPath(new URL('../../dist/agent', import.meta.url)) });
console.log(`mock desk on ${mock.url}`);
const ids = [...mock.desk.conversations.keys()];
let n = 0;
setInterval(() => {
  n += 1;
  const id = ids[(n * 7) % 40];
  mock.ephemeral({ what: 'typing', conversation_id: id, contact: true });
  setTimeout(() => mock.inbound(id, n % 2 ? '在吗？我想问一下进度。' : 'Any news on my order?'), 1500);
}, 6000).unref?.();
