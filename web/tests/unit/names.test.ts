import { beforeAll, describe, expect, it } from 'vitest';

import { phoneError } from '../../src/features/phone/errors.ts';
import { i18n } from '../../src/i18n/index.svelte.ts';
import { personName } from '../../src/i18n/names.ts';
import { phoneWords } from '../../src/i18n/phone/index.ts';
import { ApiError } from '../../src/sync/http.ts';

const nobody = { name: null, email: null, phone: null };

describe('words for people and refusals', () => {
  beforeAll(async () => {
    await i18n.use('zh');
    await phoneWords.ready();
  });

  it('calls whoever has no name by an address, or by what they are', () => {
    expect(personName({ ...nobody, phone: '138****8000' }, 'phone')).toBe('138****8000');
    expect(personName(nobody, 'phone')).toBe('来电者');
    expect(personName(nobody, 'webchat')).toBe('访客');
    expect(personName({ ...nobody, name: '林女士', phone: '1' }, 'phone')).toBe('林女士');
  });

  it('says in their language why a call cannot be made', async () => {
    const why = (code: 'conflict' | 'invalid' | 'forbidden', message: string) => phoneError(new ApiError(409, code, message));
    expect(why('conflict', 'number: this inbox does not call JM')).toContain('牙买加');
    expect(why('invalid', 'number: the area code is missing, such as 010')).toContain('区号');
    expect(why('conflict', 'you have made all the calls of a day')).toContain('次数');
    expect(why('conflict', 'something else')).toContain('something else');
    await i18n.use('en');
    expect(why('conflict', 'number: this inbox does not call JM')).toContain('Jamaica');
    expect(why('conflict', 'the agent is in a call')).toBe('They are in a call, or write one up.');
  });
});
