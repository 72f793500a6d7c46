import type { Limits } from './limits.ts';
import { BAD_REQUEST, refusal } from './refusal.ts';

/** The parameters of GraphQL over HTTP; the payload of a `subscribe` message has the same. */
export interface Params {
  query: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}

const KNOWN = new Set(['query', 'operationName', 'variables', 'extensions']);

/** Throws BAD_USER_INPUT for anything but one operation with variables of a usual size. */
export function checkParams(value: unknown, limits: Limits): Params {
  if (!isRecord(value)) throw bad('The request must be one object with "query".');
  const unknown = Object.keys(value).find((name) => !KNOWN.has(name));
  if (unknown !== undefined)
    throw bad('The request may have "query", "operationName", "variables", "extensions".');
  const { query, operationName = null, variables = null, extensions = null } = value;
  if (typeof query !== 'string') throw bad('"query" must be the text of a GraphQL document.');
  if (operationName !== null && typeof operationName !== 'string') throw bad('"operationName" must be text.');
  if (variables !== null && !isRecord(variables)) throw bad('"variables" must be an object.');
  if (extensions !== null && !isRecord(extensions)) throw bad('"extensions" must be an object.');
  checkSize([variables, extensions], limits);
  return { query, operationName, variables: variables ?? {} };
}

/** Level by level, not by recursion: what comes from outside must not decide how deep our stack is. */
function checkSize(values: readonly unknown[], limits: Limits): void {
  let level = values.filter(isContainer);
  let counted = 0;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limits.variableDepth) {
      throw bad(`The depth of the variables passes the limit of ${limits.variableDepth}.`);
    }
    const inner = level.flatMap((container) => Object.values(container));
    counted += inner.length;
    if (counted > limits.variableValues) {
      throw bad(`The number of values in the variables passes the limit of ${limits.variableValues}.`);
    }
    level = inner.filter(isContainer);
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isContainer(value) && !Array.isArray(value);
}

function bad(message: string) {
  return refusal(message, { http: BAD_REQUEST });
}
