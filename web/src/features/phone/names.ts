// What a call's other side is called.
import { c } from '../../i18n/phone/index.ts';
import type { Call } from '../../protocol/calls.ts';

/** Their name, or their number as far as it may be seen, or that nobody knows. */
export const callerName = (call: Call): string => call.contact.name || call.number || c.unknownCaller;
