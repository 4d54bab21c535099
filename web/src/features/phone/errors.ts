// Why a call could not be made or handed on, in the person's language. The desk says it in a sentence of its own, which has
// words here where it is one that agents meet.
import { errorText } from '../../i18n/errors.ts';
import { i18n } from '../../i18n/index.svelte.ts';
import { c } from '../../i18n/phone/index.ts';
import { ApiError } from '../../sync/http.ts';

type Word = keyof Omit<typeof c.refusals, 'country'>;

const KNOWN: [RegExp, Word][] = [
  [/not a telephone number/, 'number'],
  [/short codes are not dialled/, 'short'],
  [/area code is missing/, 'area'],
  [/numbers without a country/, 'denied'],
  [/this number is not permitted/, 'denied'],
  [/no number of this contact/, 'unknown'],
  [/you are in a call already/, 'busy'],
  [/all the calls of a day/, 'day'],
  [/no trunk to call with/, 'trunk'],
  [/the agent is not online/, 'away'],
  [/the agent is in a call/, 'taken'],
  [/does not ring at you any more/, 'gone'],
];

export function phoneError(error: unknown): string {
  if (!(error instanceof ApiError) || (error.code !== 'conflict' && error.code !== 'invalid')) return errorText(error);
  const country = /does not call ([A-Z]{2})$/.exec(error.message)?.[1];
  if (country) return c.refusals.country(new Intl.DisplayNames([i18n.locale], { type: 'region' }).of(country) ?? country);
  const word = KNOWN.find(([said]) => said.test(error.message))?.[1];
  return word ? c.refusals[word] : errorText(error);
}
