// A card beside the conversation, and a button on it that marks it for following up.
import { execute } from 'plugboard:plugin/commands@0.1.0';
import type * as LifecycleWorld from 'plugboard:plugin/lifecycle@0.1.0';
import type * as PanelWorld from 'plugboard:plugin/panel@0.1.0';

const TAG = 'follow-up';

function card(locale: string, marked: boolean, messages: number): PanelWorld.Card {
  const say = (english: string, chinese: string) => (locale.startsWith('zh') ? chinese : english);
  const blocks: PanelWorld.Block[] = [
    { tag: 'facts', val: [[say('Messages', '\u6d88\u606f\u6570'), String(messages)]] },
    marked
      ? { tag: 'text', val: say('Will be followed up', '\u5df2\u6807\u8bb0\u8ddf\u8fdb') }
      : { tag: 'buttons', val: [{ id: TAG, label: say('Follow up', '\u6807\u8bb0\u8ddf\u8fdb'), args: '{}' }] },
  ];
  return { title: say('Follow-up', '\u8ddf\u8fdb'), blocks };
}

export const panel: typeof PanelWorld = {
  render(conversation, locale) {
    return card(locale, conversation.tags.includes(TAG), conversation.messageCount);
  },

  onAction(conversation, locale) {
    execute(conversation.id, { tag: 'add-tags', val: [TAG] });
    return card(locale, true, conversation.messageCount);
  },
};

export const lifecycle: typeof LifecycleWorld = {
  describe: () => ({ name: '{{name}}', version: '0.1.0' }),
  start() {},
  migrate() {},
  health: () => JSON.stringify({ ok: true }),
  onTimer() {},
};
