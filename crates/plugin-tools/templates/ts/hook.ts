// Tells another system that a conversation was resolved.
import { get } from 'plugboard:plugin/config@0.1.0';
import { fetch } from 'plugboard:plugin/http@0.1.0';
import type * as HooksWorld from 'plugboard:plugin/hooks@0.1.0';
import type * as LifecycleWorld from 'plugboard:plugin/lifecycle@0.1.0';
import type { Failure, RetryAdvice } from 'plugboard:plugin/types@0.1.0';

function fail(code: string, message: string, advice: RetryAdvice): never {
  const payload: Failure = { code, message, advice };
  throw Object.assign(new Error(message), { payload });
}

export const hooks: typeof HooksWorld = {
  onEvent(event) {
    if (!event.conversation) return;
    // The same event may come again: the other side knows it by its number.
    const told = { seq: Number(event.seq), name: event.name, conversation: event.conversation.id };
    const response = fetch({
      method: 'POST',
      url: get('url') ?? '',
      headers: [['content-type', { tag: 'plain', val: 'application/json' }]],
      payload: { tag: 'bytes', val: new TextEncoder().encode(JSON.stringify(told)) },
      timeoutMs: 8000,
      maxResponseBytes: 65536,
    });
    if (response.status >= 300) {
      const passes = response.status === 429 || response.status >= 500;
      fail(`http_${response.status}`, 'the other system did not take it', passes ? 'retry' : 'no-retry');
    }
  },
};

export const lifecycle: typeof LifecycleWorld = {
  describe: () => ({ name: '{{name}}', version: '0.1.0' }),
  start() {},
  migrate() {},
  health: () => JSON.stringify({ ok: true }),
  onTimer() {},
};
