// What went wrong, in the person's language.
import { ApiError } from '../sync/http.ts';
import { t } from './index.svelte.ts';

export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t.error.generic;
  if (error.status === 0 || error.code === 'unavailable') return t.error.offline;
  switch (error.code) {
    case 'forbidden':
      return t.error.forbidden;
    case 'not_found':
      return t.error.not_found;
    case 'rate_limited':
      return t.error.rate_limited;
    case 'too_large':
      return t.error.too_large;
    case 'conflict':
      return `${t.error.conflict} ${error.message}`;
    default:
      return error.message || t.error.generic;
  }
}
