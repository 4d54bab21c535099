// Calls in a thread, with their words: loaded when the first one is shown.
import { phoneWords } from '../../../i18n/phone/index.ts';
import type CallMessageType from './CallMessage.svelte';

class Parts {
  message: typeof CallMessageType | null = $state.raw(null);
  private loading: Promise<void> | undefined;

  load(): void {
    this.loading ??= Promise.all([import('./CallMessage.svelte'), phoneWords.ready()]).then(
      ([it]) => void (this.message = it.default),
      () => void (this.loading = undefined),
    );
  }
}

export const callParts = new Parts();
