// What an agent does to conversations and contacts: one function per command of the API. Each answers with the thing as
// it is afterwards, which goes straight into the store; the journal says the same a moment later.
import type { AppliedMacro, Attachment, Availability, CaseDetail, ContactDetail, Conversation, Decision, Draft, Me, Message, ScheduledReply } from '../protocol/api.ts';
import type { PostKind, Priority, RevealField, Revealed, Stage, UpdateContact } from '../protocol/api.ts';
import type { Desk } from './desk.svelte.ts';
import type { Page } from './http.ts';

async function change(desk: Desk, id: string, path: string, body: unknown): Promise<Conversation> {
  const conversation = await desk.api.post<Conversation>(`/conversations/${id}/${path}`, body);
  if (conversation?.id) desk.store.put(conversation);
  return conversation;
}

export const assign = (desk: Desk, id: string, to: { agent_id?: string | null; team_id?: string | null }) =>
  change(desk, id, 'assignment', to);

export const accept = (desk: Desk, id: string) => change(desk, id, 'accept', {});

export const reopen = (desk: Desk, id: string) => change(desk, id, 'status', { status: 'open' });

export const snooze = (desk: Desk, id: string, until: Date) =>
  change(desk, id, 'status', { status: 'snoozed', until: until.toISOString() });

export const resolve = (desk: Desk, id: string, disposition: string | null) =>
  change(desk, id, 'status', { status: 'resolved', ...(disposition ? { disposition } : {}) });

export const tag = (desk: Desk, id: string, add: string[], remove: string[]) => change(desk, id, 'tags', { add, remove });

export const setPriority = (desk: Desk, id: string, priority: Priority) => change(desk, id, 'priority', { priority });

export const setStage = (desk: Desk, id: string, stage: Stage | null) => change(desk, id, 'stage', { stage });

export const merge = (desk: Desk, id: string, into: string) => change(desk, id, 'merge', { into });

export const unmerge = (desk: Desk, id: string) => change(desk, id, 'unmerge', {});

export const markRead = (desk: Desk, id: string, seq: number) => change(desk, id, 'read', { seq });

export async function applyMacro(desk: Desk, id: string, macroId: string): Promise<string> {
  const applied = await desk.api.post<AppliedMacro>(`/conversations/${id}/macros/${macroId}`);
  desk.store.put(applied.conversation);
  return applied.text;
}

/** Replies that wait for their time, and those that the customer was faster than. */
export const readScheduled = async (desk: Desk, id: string): Promise<ScheduledReply[]> => (await desk.api.get<Page<ScheduledReply>>(`/conversations/${id}/scheduled`)).items;

export const cancelScheduled = (desk: Desk, id: string, messageId: string) =>
  desk.api.delete(`/conversations/${id}/scheduled/${messageId}`);

export async function readDrafts(desk: Desk, id: string): Promise<Draft[]> {
  const answer = await desk.api.get<Draft[] | Page<Draft>>(`/conversations/${id}/drafts`);
  return Array.isArray(answer) ? answer : answer.items;
}

export const saveDraft = (desk: Desk, id: string, kind: PostKind, text: string) =>
  desk.api.put<unknown>(`/conversations/${id}/drafts`, { kind, text });

export async function readDecisions(desk: Desk, id: string): Promise<Decision[]> {
  const answer = await desk.api.get<Decision[] | Page<Decision>>(`/conversations/${id}/decisions`);
  return Array.isArray(answer) ? answer : answer.items;
}

export const readContact = (desk: Desk, id: string) => desk.api.get<ContactDetail>(`/contacts/${id}`);

export const updateContact = (desk: Desk, id: string, fields: UpdateContact) =>
  desk.api.patch<ContactDetail>(`/contacts/${id}`, fields);

export const reveal = (desk: Desk, id: string, field: RevealField) =>
  desk.api.post<Revealed>(`/contacts/${id}/reveal`, { field });

/** Conversations of a contact. One whose mails were all moved elsewhere is a place that nobody looks for any more. */
export async function previousConversations(desk: Desk, contactId: string): Promise<Page<Conversation>> {
  const page = await desk.api.get<Page<Conversation>>('/conversations', { contact: contactId, limit: 20 });
  return { ...page, items: page.items.filter((it) => !(it.emptied && it.status === 'resolved')) };
}

export const uploadFile = (desk: Desk, file: File) => desk.api.upload<Attachment>('/attachments', file, file.name);

export async function setAvailability(desk: Desk, state: Availability): Promise<void> {
  await desk.api.post(`/agents/${desk.me.id}/availability`, { state });
  desk.me = { ...desk.me, availability: state } as Me;
}

export const closeCase = (desk: Desk, id: string, caseId: string) => change(desk, id, `cases/${caseId}/close`, {});

export const readCases = async (desk: Desk, id: string): Promise<CaseDetail[]> => (await desk.api.get<Page<CaseDetail>>(`/conversations/${id}/cases`)).items;

/** Tries to deliver a message again; what comes of it comes through the journal. */
export const retryMessage = (desk: Desk, message: Pick<Message, 'id' | 'conversation_id'>) =>
  desk.api.post<void>(`/conversations/${message.conversation_id}/messages/${message.id}/retry`);
