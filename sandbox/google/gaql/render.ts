import type { Json, JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { Source } from './field.ts';
import { pathOf, resourceOf } from './fields.ts';
import { RESOURCE_NAMES } from './objects.ts';
import type { Plan } from './plan.ts';

interface Writer {
  path: string[];
  read: (source: Source) => Json;
}

/** Writes rows the way the plan wants them: what was selected, and the name of every resource it is from. */
export function rendererOf(plan: Plan): (source: Source) => JsonObject {
  const writers = [
    ...nameWriters(plan),
    ...plan.select.map(({ name, read }) => ({ path: pathOf(name), read })),
  ];
  return (source) => {
    const row: JsonObject = {};
    for (const { path, read } of writers) {
      const value = read(source);
      if (value !== undefined && value !== null) put(row, path, value);
    }
    return row;
  };
}

function nameWriters({ from, select }: Plan): Writer[] {
  const resources = new Set([from, ...select.map(({ name }) => resourceOf(name))]);
  if (select.some(({ name }) => name.startsWith('ad_group_ad.ad.'))) resources.add('ad_group_ad.ad');
  return [...resources].flatMap((resource) => {
    const read = RESOURCE_NAMES[resource];
    return read === undefined ? [] : [{ path: pathOf(`${resource}.resource_name`), read }];
  });
}

function put(row: JsonObject, path: readonly string[], value: Json): void {
  let at = row;
  for (let i = 0; i < path.length - 1; i++) {
    const part = path[i] ?? '';
    const inner = at[part];
    if (isObject(inner)) {
      at = inner;
    } else {
      const made: JsonObject = {};
      at[part] = made;
      at = made;
    }
  }
  at[path[path.length - 1] ?? ''] = value;
}
