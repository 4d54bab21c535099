// What the server says of decisions in plain English, in the words of whoever reads it. Pure; the rest stays as it is: a rule
// or a plugin says why in the words of its author.
import type { RuleWords } from '../../i18n/rules/en.ts';

const CHOSEN = /^(.+) of team (.+): (most free capacity|longest without a new conversation) \((\d+) of (\d+) in use\) among (\d+) who can take it$/u;
const EMPTY = /^team (.+) has no members$/u;

/** Why, when the built-in policy says it. */
export function whySaid(why: string, words: RuleWords['builtin']): string {
  const chosen = CHOSEN.exec(why);
  if (chosen) {
    const [, , team, how, load, capacity, able] = chosen as unknown as [string, string, string, string, string, string, string];
    return (how === 'most free capacity' ? words.byRoom : words.byTurn)(team, Number(load), Number(capacity), Number(able));
  }
  const empty = EMPTY.exec(why)?.[1];
  return empty ? words.noMembers(empty) : why;
}

/** What came out, when nobody did, or nothing. */
export const outcomeSaid = (outcome: string, words: RuleWords['builtin']): string => (outcome === 'waits' ? words.waits : outcome === 'nothing' ? words.nothing : outcome || '–');
