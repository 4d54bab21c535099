import { describe, expect, it } from 'vitest';

import { en } from '../../src/i18n/rules/en.ts';
import { zh } from '../../src/i18n/rules/zh.ts';
import { outcomeSaid, whySaid } from '../../src/features/rules/said.ts';

describe('what the server says of a decision', () => {
  it('is said in the language of who reads it, when the built-in policy decided', () => {
    const why = '陈晓 of team 售前 Presale: most free capacity (0 of 40 in use) among 4 who can take it';
    expect(whySaid(why, en.builtin)).toBe('Most room in 售前 Presale: 0 of 40 in use, 4 people could take it');
    expect(whySaid(why, zh.builtin)).toBe('售前 Presale 中最空闲：已接待 0/40，共 4 人可接待');
    expect(whySaid('Bo of team A: longest without a new conversation (1 of 5 in use) among 1 who can take it', en.builtin)).toBe('Next in turn in A: 1 of 5 in use, 1 person could take it');
    expect(whySaid('team A has no members', en.builtin)).toBe('A has no members');
  });

  it('stays as it is, when a rule or a plugin said it', () => {
    expect(whySaid('gold member: 退款', zh.builtin)).toBe('gold member: 退款');
    expect(outcomeSaid('Bo Chen', zh.builtin)).toBe('Bo Chen');
    expect(outcomeSaid('waits', zh.builtin)).toBe('等待');
    expect(outcomeSaid('', en.builtin)).toBe('–');
  });
});
