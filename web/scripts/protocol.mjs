// Writes src/protocol/api.ts from the API description that the server prints, so that both sides have one truth.
//   npm run protocol [-- --from FILE]     writes
//   npm run protocol:check                fails when what is there differs; passes when no server was built
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const target = fileURLToPath(new URL('../src/protocol/api.ts', import.meta.url));
const args = process.argv.slice(2);
const check = args.includes('--check');

function description() {
  const at = args.indexOf('--from');
  if (at >= 0) return readFileSync(args[at + 1], 'utf8');
  const targets = [process.env.CARGO_TARGET_DIR, fileURLToPath(new URL('../../target', import.meta.url))].filter(Boolean);
  const binary = process.env.PLUGBOARD_BIN ?? targets.flatMap((it) => ['release', 'debug'].map((kind) => `${it}/${kind}/plugboard`)).find((it) => existsSync(it));
  if (!binary || !existsSync(binary)) return null;
  return execFileSync(binary, ['openapi'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

const text = description();
if (text === null) {
  console.log('protocol: no server was built, nothing to compare with');
  process.exit(0);
}

const schemas = JSON.parse(text).components.schemas;
const PRIMITIVES = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };
const nameOf = (ref) => ref.split('/').at(-1);
const wrap = (type) => (/[|&]/.test(type) ? `(${type})` : type);

function typeOf(schema, indent) {
  if (schema === true || schema === undefined || Object.keys(schema).every((it) => it === 'description' || it === 'default')) return 'unknown';
  if (schema.$ref) return nameOf(schema.$ref) === 'String' ? 'string' : nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const).replaceAll('"', "'");
  if (schema.enum) return schema.enum.map((it) => (it === null ? 'null' : `'${it}'`)).join(' | ');
  const many = schema.oneOf ?? schema.anyOf;
  if (many) return [...new Set(many.map((it) => typeOf(it, indent)))].sort((a, b) => (a === 'null') - (b === 'null')).join(' | ');
  if (schema.allOf) return schema.allOf.map((it) => wrap(typeOf(it, indent))).join(' & ');
  const types = [schema.type].flat();
  return types
    .map((type) => {
      if (type === 'array') return `${wrap(typeOf(schema.items, indent))}[]`;
      if (type !== 'object') return PRIMITIVES[type] ?? 'unknown';
      if (schema.properties) return objectOf(schema, indent);
      if (schema.additionalProperties) return `Record<string, ${typeOf(schema.additionalProperties, indent)}>`;
      return 'Record<string, unknown>';
    })
    .sort((a, b) => (a === 'null') - (b === 'null'))
    .join(' | ');
}

const comment = (description, indent) => (description ? `${indent}/** ${description.trim().replace(/\s*\n\s*/g, ' ').replaceAll('*/', '*\\/')} */\n` : '');

function objectOf(schema, indent) {
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {}).map(([name, it]) => `${comment(it.description, inner)}${inner}${name}${required.has(name) ? '' : '?'}: ${typeOf(it, inner)};\n`);
  return `{\n${lines.join('')}${indent}}`;
}

function declare(name, schema) {
  const head = comment(schema.description, '');
  if (schema.allOf?.every((it) => it.$ref || it.properties)) {
    const bases = schema.allOf.filter((it) => it.$ref).map((it) => nameOf(it.$ref));
    const own = schema.allOf.filter((it) => it.properties);
    const body = own.length > 0 ? objectOf({ properties: Object.assign({}, ...own.map((it) => it.properties)), required: own.flatMap((it) => it.required ?? []) }, '') : '{}';
    // What is one of several shapes cannot be extended, only joined.
    if (bases.some((it) => !schemas[it]?.properties && !schemas[it]?.allOf)) return `${head}export type ${name} = ${[...bases, body].join(' & ')};\n`;
    return `${head}export interface ${name}${bases.length > 0 ? ` extends ${bases.join(', ')}` : ''} ${body}\n`;
  }
  if (schema.properties && !schema.oneOf) return `${head}export interface ${name} ${objectOf(schema, '')}\n`;
  return `${head}export type ${name} = ${typeOf(schema, '')};\n`;
}

// A page of anything is `Page<T>` in sync/http.ts; `String` is only a name for itself.
const parts = Object.keys(schemas).filter((it) => !it.startsWith('Page_') && it !== 'String').sort().map((name) => declare(name.replace(/[^A-Za-z0-9_]/g, '_'), schemas[name]));
const output = `// Generated from the API description by \`npm run protocol\`. Do not edit.\n\n${parts.join('\n')}`;

if (check) {
  if (readFileSync(target, 'utf8') !== output) {
    console.error('protocol: src/protocol/api.ts is not what the server describes; run `npm run protocol`');
    process.exit(1);
  }
  console.log('protocol: up to date');
} else writeFileSync(target, output);
