import type { DayNumber } from '../world/days.ts';
import type { Account } from '../world/structure.ts';
import { invalidParameter } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Shown } from './objects.ts';

/** A field that was asked for, with the fields inside it: `creative{id,name}`. */
export interface AskedField {
  name: string;
  inside: AskedField[];
}

/** Reads a field list with braces. Throws code 2500 where a brace is missing. */
export function readFields(text: string | null): AskedField[] {
  const { fields, at } = readUntil(text ?? '', 0);
  if (at < (text ?? '').length) throw invalidParameter('Syntax error in the field list.');
  return fields;
}

function readUntil(text: string, from: number): { fields: AskedField[]; at: number } {
  const fields: AskedField[] = [];
  let at = from;
  while (at < text.length && text[at] !== '}') {
    const name = /^[^,{}]*/.exec(text.slice(at))?.[0] ?? '';
    at += name.length;
    const field: AskedField = { name: name.trim().replace(/\..*$/, ''), inside: [] };
    if (text[at] === '{') {
      const nested = readUntil(text, at + 1);
      if (text[nested.at] !== '}') throw invalidParameter('Syntax error in the field list: } expected.');
      field.inside = nested.fields;
      at = nested.at + 1;
    }
    if (field.name !== '') fields.push(field);
    if (text[at] === ',') at += 1;
  }
  return { fields, at };
}

export interface ShownObject<T> {
  kind: string;
  shown: Shown<T>;
  account: Account;
  today: DayNumber;
}

/** An object with just the fields asked for; `id` is always there. Throws code 100 for a field it does not have. */
export function showObject<T>(object: T, fields: AskedField[], how: ShownObject<T>): JsonObject {
  const json: JsonObject = {};
  for (const { name, inside } of fields) {
    const show = how.shown[name];
    if (show === undefined) {
      throw invalidParameter(`Tried accessing nonexisting field (${name}) on node type (${how.kind})`);
    }
    json[name] = narrowed(show(object, how.account, how.today), inside);
  }
  json['id'] ??= how.shown['id']?.(object, how.account, how.today);
  return json;
}

function narrowed(value: Json, inside: AskedField[]): Json {
  // Without braces an edge field shows its id alone.
  if (!isObject(value) || value['id'] === undefined) return value;
  const names = ['id', ...inside.map(({ name }) => name)];
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}
