// Forms from a schema: what fields there are, what they begin with, what does not fit, what is sent. Pure. The same rules
// as the server's, so that mistakes show while typing; the server has the last word.

type Texts = Record<string, string> | string | null | undefined;

/** One setting, as a manifest writes it. */
export interface Setting {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'enum' | 'secret';
  title?: Texts;
  description?: Texts;
  required?: boolean;
  default?: unknown;
  values?: string[];
  /** What the values of an `enum` are called. */
  labels?: Record<string, Texts>;
  pattern?: string | null;
  min?: number | null;
  max?: number | null;
  multiline?: boolean;
  order?: number;
}

export interface SchemaField extends Setting {
  name: string;
}

/** What fields hold while they are being filled in. */
export type FormValues = Record<string, string | boolean>;

/** What is wrong with a value; the form has the words. */
export type Fault =
  | { what: 'required' | 'notNumber' | 'notWhole' }
  | { what: 'atLeast' | 'atMost' | 'shortest' | 'longest'; bound: number }
  | { what: 'pattern'; pattern: string };

const TYPES = new Set(['string', 'integer', 'number', 'boolean', 'enum', 'secret']);

/** The fields of a schema in their order; what is not understood is left out. */
export function fieldsOf(schema: unknown): SchemaField[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  return Object.entries(schema as Record<string, Setting>)
    .filter(([, it]) => typeof it === 'object' && it !== null && TYPES.has(it.type))
    .map(([name, it]) => ({ ...it, name }))
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0) || (a.name < b.name ? -1 : 1));
}

/** What the form shows at first: what is stored, else the default. */
export function valuesOf(fields: SchemaField[], stored: Record<string, unknown>): FormValues {
  return Object.fromEntries(
    fields.map((field) => {
      const value = field.type === 'secret' ? undefined : (stored[field.name] ?? field.default);
      if (field.type === 'boolean') return [field.name, value === true];
      return [field.name, value === undefined || value === null ? '' : String(value)];
    }),
  );
}

function textFault(field: SchemaField, text: string): Fault | null {
  const length = [...text].length;
  if (typeof field.min === 'number' && length < field.min) return { what: 'shortest', bound: field.min };
  if (typeof field.max === 'number' && length > field.max) return { what: 'longest', bound: field.max };
  if (field.pattern) {
    try {
      if (!new RegExp(field.pattern, 'u').test(text)) return { what: 'pattern', pattern: field.pattern };
    } catch {
      // An expression that only the server's language knows: the server says.
    }
  }
  return null;
}

function numberFault(field: SchemaField, text: string): Fault | null {
  const number = Number(text);
  if (!Number.isFinite(number)) return { what: 'notNumber' };
  if (field.type === 'integer' && !Number.isInteger(number)) return { what: 'notWhole' };
  if (typeof field.min === 'number' && number < field.min) return { what: 'atLeast', bound: field.min };
  if (typeof field.max === 'number' && number > field.max) return { what: 'atMost', bound: field.max };
  return null;
}

/** What is wrong, by field. */
export function faultsOf(fields: SchemaField[], values: FormValues, secretsSet: readonly string[]): Record<string, Fault> {
  const faults: Record<string, Fault> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (typeof value !== 'string') continue;
    const numeric = field.type === 'integer' || field.type === 'number';
    if (value === '' || (numeric && !value.trim())) {
      const kept = field.type === 'secret' ? secretsSet.includes(field.name) : field.default !== undefined && field.default !== null;
      if (field.required && !kept) faults[field.name] = { what: 'required' };
      continue;
    }
    const fault = numeric ? numberFault(field, value.trim()) : field.type === 'enum' ? null : textFault(field, value);
    if (fault) faults[field.name] = fault;
  }
  return faults;
}

/** What is sent. A field that is empty is left to its default; a secret that was not typed stays as it is. */
export function answersOf(fields: SchemaField[], values: FormValues): { settings: Record<string, unknown>; secrets: Record<string, string> } {
  const settings: Record<string, unknown> = {};
  const secrets: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (typeof value === 'boolean') settings[field.name] = value;
    else if (value === undefined) continue;
    else if (field.type === 'secret') {
      if (value) secrets[field.name] = value;
    } else if (value === '') {
      // A text whose default is not empty can be emptied on purpose.
      if (field.type === 'string' && typeof field.default === 'string' && field.default !== '') settings[field.name] = '';
    } else settings[field.name] = field.type === 'integer' || field.type === 'number' ? Number(value) : value;
  }
  return { settings, secrets };
}

/** Which fields the server's sentence speaks of: `settings.api-base: must be ...; settings.batch: ...`. */
export function serverFaults(message: string, fields: SchemaField[]): { byField: Record<string, string>; rest: string } {
  const byField: Record<string, string> = {};
  const rest: string[] = [];
  for (const part of message.split(/;\s*(?=settings\.|secrets\.|$)/)) {
    const found = /(?:^|\s)(?:settings|secrets)[.: ]\s*([\w.-]+?):?\s+(.+)$/.exec(part.trim());
    const field = found && fields.find((it) => it.name === found[1]);
    if (found && field) byField[field.name] = found[2] ?? part;
    else if (part.trim()) rest.push(part.trim());
  }
  return { byField, rest: rest.join('; ') };
}
