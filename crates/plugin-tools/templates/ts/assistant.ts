// Suggests answers from a list: each line of the setting `answers` is `word = answer`.
import { get } from 'plugboard:plugin/config@0.1.0';
import type * as AssistantWorld from 'plugboard:plugin/assistant@0.1.0';
import type * as LifecycleWorld from 'plugboard:plugin/lifecycle@0.1.0';

export const assistant: typeof AssistantWorld = {
  suggest(conversation, _turns, max) {
    const said = conversation.lastText.toLowerCase();
    const suggestions: AssistantWorld.Suggestion[] = [];
    for (const line of (get('answers') ?? '').split('\n')) {
      const at = line.indexOf('=');
      const word = line.slice(0, at).trim().toLowerCase();
      if (at > 0 && word && said.includes(word)) {
        suggestions.push({ text: line.slice(at + 1).trim(), confidence: 0.75, sources: [] });
      }
    }
    return suggestions.slice(0, max);
  },
};

export const lifecycle: typeof LifecycleWorld = {
  describe: () => ({ name: '{{name}}', version: '0.1.0' }),
  start() {},
  migrate() {},
  health: () => JSON.stringify({ ok: true }),
  onTimer() {},
};
