import { describe, expect, it } from 'vitest';

import { causeOf, troubleOf, worstOf } from '../../src/features/inbox/mail/fate.ts';
import { contrast, lighten, luminance, readColour, type Rgb } from '../../src/features/inbox/mail/page.ts';
import type { RecipientFate, Sending } from '../../src/protocol/api.ts';

const GROUND: Rgb = [24, 25, 29];
const TEXT: Rgb = [233, 234, 238];

describe('the colours of a mail on a dark ground', () => {
  it('are read as the browser tells them', () => {
    expect(readColour('rgb(1, 2, 3)')).toEqual({ rgb: [1, 2, 3], alpha: 1 });
    expect(readColour('rgba(0, 0, 0, 0)')?.alpha).toBe(0);
    expect(readColour('oklch(0.5 0.1 20)')).toBeNull();
  });

  it('keep their hue where they can, and always become readable', () => {
    for (const colour of [[0, 0, 0], [27, 29, 34], [0, 0, 238], [192, 0, 0], [0, 90, 0], [128, 128, 128]] as Rgb[]) {
      expect(contrast(lighten(colour, GROUND, TEXT), GROUND)).toBeGreaterThanOrEqual(5);
    }
    expect(lighten([0, 0, 0], GROUND, TEXT)).toBe(TEXT);
    const [r, g, b] = lighten([192, 0, 0], GROUND, TEXT);
    expect(r).toBeGreaterThan(Math.max(g, b));
    expect(lighten(TEXT, GROUND, [1, 1, 1])).toBe(TEXT);
    expect(luminance([255, 255, 255])).toBeCloseTo(1);
  });
});

const to = (state: RecipientFate['state'], status?: string, reason?: string): RecipientFate => ({ address: 'a@x.cn', state, status, reason }) as RecipientFate;
const sending = (state: Sending['state'], recipients: RecipientFate[], reason?: string): Sending => ({ state, attempts: 1, recipients, reason }) as Sending;

describe('what became of a mail', () => {
  it('is told by what the status means', () => {
    expect(['5.1.1', '5.1.2', '4.2.2', '5.3.4', '5.7.26', '4.7.1', '5.0.0', undefined].map(causeOf)).toEqual(['no_mailbox', 'no_domain', 'full', 'too_big', 'refused', 'slow_down', 'other', 'other']);
  });

  it('names the first who has no mail, and whether others have it', () => {
    expect(troubleOf(sending('failed', [to('accepted'), to('failed', '5.1.1', '550 5.1.1 no such mailbox')]))).toEqual({ cause: 'no_mailbox', said: '550 5.1.1 no such mailbox', some: true });
    expect(troubleOf(sending('deferred', [to('delayed', '4.7.1')], 'later'))).toEqual({ cause: 'slow_down', said: '4.7.1 later', some: false });
  });

  it('is not simply sent while one of many has not got it', () => {
    expect(worstOf(sending('sent', [to('delivered'), to('failed')]))).toBe('failed');
    expect(worstOf(sending('sent', [to('accepted'), to('delayed')]))).toBe('deferred');
    expect(worstOf(sending('sent', [to('accepted')]))).toBe('sent');
  });

  it('is the own server where no recipient was reached', () => {
    expect(troubleOf(sending('deferred', [to('pending')], 'connection refused')).cause).toBe('ours');
    expect(troubleOf(sending('deferred', [to('delayed', undefined, 'Refused')], 'Connect: Refused'))).toEqual({ cause: 'ours', said: 'Connect: Refused', some: false });
    expect(troubleOf(sending('failed', [to('failed', undefined, '550 no')])).cause).toBe('other');
  });
});
