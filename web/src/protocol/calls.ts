// Calls, by the names that the app uses for them.
import type { Call, Message } from './api.ts';

export type {
  BoardAgent,
  BoardQueue,
  BoardState as PhoneState,
  Call,
  CallState,
  ListenMode,
  Peaks,
  PhoneBoard as Board,
  RecordingAccesses,
  TrunkReport,
  TrunkStep,
  TransferRequest as TransferTo,
} from './api.ts';

/** The call that a message stands for. */
export function callOf(message: Message): Call | null {
  return message.call ?? null;
}
