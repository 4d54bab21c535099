// Who looks at a conversation and who types in it. Good for seconds, never stored.
import type { EphemeralFrame } from '../protocol/frames.ts';

/** The server's word on typing is good for six seconds. */
const TYPING_MS = 6000;

export interface Presence {
  viewing: string[];
  typing: string[];
  contactTyping: boolean;
}

const NOBODY: Presence = { viewing: [], typing: [], contactTyping: false };

class PresenceCell {
  value: Presence = $state.raw(NOBODY);
  readonly typingUntil = new Map<string, number>();
  contactUntil = 0;
}

export class PresenceBoard {
  private readonly cells = new Map<string, PresenceCell>();

  /** Reactive. */
  of(conversationId: string): Presence {
    return this.cell(conversationId).value;
  }

  take(frame: EphemeralFrame, now: number): void {
    const cell = this.cell(frame.conversation_id);
    if (frame.what === 'viewing') {
      cell.value = { ...cell.value, viewing: frame.agents };
      return;
    }
    for (const agent of frame.agents) cell.typingUntil.set(agent, now + TYPING_MS);
    if (frame.contact) cell.contactUntil = now + TYPING_MS;
    this.refresh(cell, now);
  }

  /** A message arrived: its author has stopped typing. */
  wrote(conversationId: string, agentId: string | null, now: number): void {
    const cell = this.cells.get(conversationId);
    if (!cell) return;
    if (agentId) cell.typingUntil.delete(agentId);
    else cell.contactUntil = 0;
    this.refresh(cell, now);
  }

  /** Called once a second: what was not repeated is over. */
  tick(now: number): void {
    for (const cell of this.cells.values()) {
      if (cell.contactUntil > 0 || cell.typingUntil.size > 0) this.refresh(cell, now);
    }
  }

  /** The connection was lost: nothing is known. */
  clear(): void {
    for (const cell of this.cells.values()) {
      cell.typingUntil.clear();
      cell.contactUntil = 0;
      cell.value = NOBODY;
    }
  }

  private refresh(cell: PresenceCell, now: number): void {
    for (const [agent, until] of cell.typingUntil) if (until <= now) cell.typingUntil.delete(agent);
    if (cell.contactUntil <= now) cell.contactUntil = 0;
    const typing = [...cell.typingUntil.keys()];
    const contactTyping = cell.contactUntil > 0;
    const { value } = cell;
    if (value.contactTyping === contactTyping && value.typing.join() === typing.join()) return;
    cell.value = { ...value, typing, contactTyping };
  }

  private cell(id: string): PresenceCell {
    let cell = this.cells.get(id);
    if (!cell) {
      cell = new PresenceCell();
      this.cells.set(id, cell);
    }
    return cell;
  }
}
