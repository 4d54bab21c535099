// The phone of one agent on one page: which call the bar is about, and what can be done with it. What a call is, the desk
// says; a page that is loaded again finds it as it was.
import { errorText } from '../../i18n/errors.ts';
import type { Identity, Inbox } from '../../protocol/api.ts';
import type { Call, ListenMode } from '../../protocol/calls.ts';
import { readContact } from '../../sync/actions.ts';
import { currentOf, modeOf } from '../../sync/calls.ts';
import type { DialRequest } from '../../sync/calls.svelte.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import * as phone from '../../sync/phone.ts';
import { openMicrophone } from '../../ui/devices.ts';
import type { CallAct } from '../../ui/keys.ts';
import { prefs } from '../../ui/prefs.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { phoneError } from './errors.ts';
import { Line } from './line.svelte.ts';
import { callerName } from './names.ts';

/** A number that can be called. */
export interface Target {
  /** Sent with the call; without one the desk takes the customer's own number. */
  number: string | null;
  shown: string;
}

/** What is asked before a call begins. */
export interface Dialling {
  request: DialRequest;
  name: string | null;
  targets: Target[];
}

export class Phone {
  readonly line: Line;
  readonly current = $derived.by(() => currentOf(this.desk.calls.live, this.desk.me.id));
  /** A command is on its way. */
  busy = $state(false);
  keypad = $state(false);
  choosing = $state(false);
  digits = $state('');
  dialling: Dialling | null = $state.raw(null);

  constructor(
    readonly desk: Desk,
    private readonly open: (conversationId: string) => void,
    line?: Line,
  ) {
    this.line = line ?? new Line(desk, browserMedia(), () => prefs.values.microphone);
  }

  /** Inboxes that calls can go out from. */
  get inboxes(): Inbox[] {
    return this.desk.directory.lines;
  }

  nameOf(call: Call): string {
    return callerName(call);
  }

  agentName(id: string | null | undefined): string {
    return this.desk.directory.agent(id)?.name ?? '';
  }

  transferName(call: Call): string {
    const { transfer } = call;
    if (!transfer) return '';
    return transfer.to_number || this.desk.directory.team(transfer.to_team_id)?.name || this.agentName(transfer.to_agent_id);
  }

  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      await work();
      return true;
    } catch (error) {
      toasts.show(phoneError(error), { tone: 'danger' });
      return false;
    } finally {
      this.busy = false;
    }
  }

  async answer(call: Call): Promise<void> {
    if (this.line.state === 'failed' || this.line.state === 'denied' || this.line.state === 'taken') this.line.retry();
    this.line.mute(false);
    const writing = document.activeElement?.closest('input, textarea, [contenteditable=true]');
    if ((await this.run(() => phone.acceptCall(this.desk, call.id))) && !writing) this.open(call.conversation_id);
  }

  decline = (call: Call) => this.run(() => phone.declineCall(this.desk, call.id));

  hangUp = (call: Call) => this.run(() => phone.hangUp(this.desk, call.id));

  hold = (call: Call) => this.run(() => (call.state === 'held' ? phone.resumeCall : phone.holdCall)(this.desk, call.id));

  record = (call: Call, paused: boolean) => this.run(() => phone.pauseRecording(this.desk, call.id, paused));

  transfer = (call: Call, to: phone.TransferTo) => this.run(() => phone.transferCall(this.desk, call.id, to));

  complete = (call: Call) => this.run(() => phone.completeTransfer(this.desk, call.id));

  takeBack = (call: Call) => this.run(() => phone.cancelTransfer(this.desk, call.id));

  listen = (call: Call, mode: ListenMode) => this.run(() => phone.listenTo(this.desk, call.id, mode));

  /** How this agent listens, as was told last. */
  modeOf = (call: Call): ListenMode => modeOf(call, this.desk.me.id);

  /** Leaves a call that goes on without this agent. */
  leave = (call: Call) => this.run(() => phone.leaveCall(this.desk, call.id));

  wrapUp = (call: Call, body: phone.WrapUp) => this.run(() => phone.wrapUp(this.desk, call.id, body));

  /** Keys pressed quickly are sent one after the other, none is lost. */
  private typing: Promise<unknown> = Promise.resolve();
  press(call: Call, digit: string): void {
    this.digits += digit;
    this.typing = this.typing
      .then(() => phone.sendDigits(this.desk, call.id, digit))
      .catch((error: unknown) => toasts.show(errorText(error), { tone: 'danger' }));
  }

  /** What a key of the phone means now. */
  act(name: CallAct): void {
    const now = this.current;
    if (name === 'call dial') return;
    if (!now) return;
    const { call, part } = now;
    const talking = part === 'talking';
    if (part === 'telephone') return;
    if (name === 'call answer' && part === 'incoming') void this.answer(call);
    else if (name === 'call decline') {
      if (part === 'incoming') void this.decline(call);
      else if (part === 'listening' || part === 'consulted') void this.leave(call);
      else if (part !== 'wrapup') void this.hangUp(call);
    }
    else if (name === 'call mute' && part !== 'incoming' && part !== 'wrapup') this.line.mute(!this.line.muted);
    else if (name === 'call hold' && talking) void this.hold(call);
    else if (name === 'call transfer' && talking && call.state !== 'transferring') this.choosing = true;
    else if (name === 'call keypad' && talking) this.keypad = !this.keypad;
  }

  /** Somebody wants to call: at once where there is nothing to choose, else with a question. */
  async ask(request: DialRequest): Promise<void> {
    let targets: Target[] = [];
    let name = request.name ?? null;
    if (request.contactId) {
      try {
        const contact = await readContact(this.desk, request.contactId);
        name ??= contact.name ?? null;
        targets = targetsOf(contact.phone ?? null, contact.identities, contact.masked);
      } catch (error) {
        toasts.show(errorText(error), { tone: 'danger' });
        return;
      }
    }
    if (request.number) targets = [{ number: request.number, shown: request.number }];
    const [inbox] = this.inboxes;
    if (!request.number && targets.length === 1 && targets[0] && this.inboxes.length === 1 && inbox) await this.dial(request, inbox.id, targets[0].number);
    else this.dialling = { request, name, targets };
  }

  async dial(request: DialRequest, inboxId: string, number: string | null): Promise<boolean> {
    this.line.mute(false);
    return this.run(() =>
      phone.dial(this.desk, {
        inbox_id: inboxId,
        ...(number ? { number } : {}),
        ...(request.contactId ? { contact_id: request.contactId } : {}),
        ...(request.conversationId ? { conversation_id: request.conversationId } : {}),
      }),
    );
  }
}

/** Numbers of a customer, each once. A masked one cannot be sent: the desk takes the customer's own. */
export function targetsOf(own: string | null, identities: Identity[], masked: boolean): Target[] {
  const known = [own, ...identities.filter((it) => it.kind === 'phone').map((it) => it.value)].filter((it): it is string => Boolean(it));
  const plain = (it: string) => it.replace(/[^\d*]/g, '').slice(-8);
  const once = known.filter((it, at) => known.findIndex((other) => plain(other) === plain(it)) === at);
  return (masked ? once.slice(0, 1) : once).map((it) => ({ number: masked ? null : it, shown: it }));
}

function browserMedia() {
  return {
    microphone: openMicrophone,
    peer: () => new RTCPeerConnection(),
    lock: async (name: string, held: () => Promise<void>, options: { steal?: boolean; signal?: AbortSignal }) => {
      if (navigator.locks) await navigator.locks.request(name, options, held);
      else await held();
    },
    secure: isSecureContext && Boolean(navigator.mediaDevices),
  };
}
