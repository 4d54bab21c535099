// Mail in a thread and the editor for it, with their words: loaded once, when the first conversation by mail is opened.
import { mailWords } from '../../../i18n/mail/index.ts';
import type MailEditorType from './MailEditor.svelte';
import type MailMessageType from './MailMessage.svelte';

class Parts {
  message: typeof MailMessageType | null = $state.raw(null);
  editor: typeof MailEditorType | null = $state.raw(null);
  private loading: Partial<Record<'message' | 'editor', Promise<void>>> = {};

  loadMessage(): void {
    this.loading.message ??= Promise.all([import('./MailMessage.svelte'), mailWords.ready()]).then(
      ([it]) => void (this.message = it.default),
      () => void (this.loading.message = undefined),
    );
  }

  loadEditor(): void {
    this.loading.editor ??= Promise.all([import('./MailEditor.svelte'), mailWords.ready()]).then(
      ([it]) => void (this.editor = it.default),
      () => void (this.loading.editor = undefined),
    );
  }
}

export const mailParts = new Parts();
