// What somebody is called who may not have said so.
import { t } from './index.svelte.ts';

interface Person {
  name?: string | null;
  email?: string | null;
  phone?: string | null;
}

/** Their name, or an address as far as it may be seen, or what somebody without either is on this channel. */
export function personName(contact: Person, channel: string): string {
  return contact.name || contact.email || contact.phone || unnamed(channel);
}

export const unnamed = (channel: string): string => (channel === 'phone' ? t.list.caller : t.list.visitor);
