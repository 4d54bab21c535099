// What an agent does with mail, and how mailboxes fare: one function per operation of the API.
import type { ComposeMail, Conversation, MailboxHealth, MailboxReport, MailDetails, MailsReadAgain, Message, OauthProvider, OauthStart, ReplyProposal, StartedMail, StartMail, TakenBackMail } from '../protocol/api.ts';
import type { Desk } from './desk.svelte.ts';

interface Whole<T> {
  items: T[];
}

/** Recipients, subject and quotation that the desk proposes for an answer. */
export const readProposal = (desk: Desk, id: string) => desk.api.get<ReplyProposal>(`/conversations/${id}/mail`);

export const readMailDetails = (desk: Desk, messageId: string) => desk.api.get<MailDetails>(`/messages/${messageId}/mail`);

/** Reads a mail again from its source; in this charset, or as is found out. */
export const readMailAgain = (desk: Desk, messageId: string, charset: string | null) =>
  desk.api.post<Message>(`/messages/${messageId}/mail/read-again`, { charset });

/** Reads all mails of a mailbox again, some at a time; how many say something else now. */
export async function readMailboxAgain(desk: Desk, inboxId: string, progress: (read: number) => void): Promise<number> {
  let [read, changed, after] = [0, 0, null as string | null];
  do {
    const done: MailsReadAgain = await desk.api.post(`/mailboxes/${inboxId}/read-again`, { after });
    read += done.read;
    changed += done.changed;
    after = done.next ?? null;
    progress(read);
  } while (after);
  return changed;
}

/** Takes a mail back that is still held; what was composed comes back. */
export const undoMail = (desk: Desk, messageId: string) => desk.api.post<TakenBackMail>(`/messages/${messageId}/mail/undo`);

/** Puts a mail into another conversation, or into one of its own; the answer is where it is now. */
export async function moveMail(desk: Desk, messageId: string, to: string | null): Promise<Conversation> {
  const conversation = await desk.api.post<Conversation>(`/messages/${messageId}/mail/move`, { conversation_id: to });
  desk.store.put(conversation);
  return conversation;
}

/** Begins a conversation by mail. */
export async function startMail(desk: Desk, mail: StartMail): Promise<StartedMail> {
  const started = await desk.api.post<StartedMail>('/mails', mail);
  desk.store.put(started.conversation);
  return started;
}

export const readMailboxes = async (desk: Desk): Promise<MailboxHealth[]> => (await desk.api.get<Whole<MailboxHealth>>('/mailboxes')).items;

export const readProviders = async (desk: Desk): Promise<OauthProvider[]> => (await desk.api.get<Whole<OauthProvider>>('/mailboxes/providers')).items;

/** Tries settings that may not be saved yet; takes up to half a minute. */
export const testMailbox = (desk: Desk, inboxId: string | null, settings: Record<string, unknown>) =>
  desk.api.post<MailboxReport>('/mailboxes/test', { inbox_id: inboxId, settings });

export const wakeMailbox = (desk: Desk, inboxId: string) => desk.api.post<void>(`/mailboxes/${inboxId}/wake`);

/** Where to go so that the provider gives leave. */
export const startOauth = (desk: Desk, inboxId: string) => desk.api.post<OauthStart>(`/mailboxes/${inboxId}/oauth`);

export type { ComposeMail };
