import { NO_SUBJECT } from '../services/audit/subject.ts';
import type { Subject } from '../services/audit/subject.ts';
import { decodeNodeId } from './ids.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Arguments that name a row: `id`, `clientId`, `accountId`, …, also inside `input`. */
const ID_ARGUMENT = /^(?:id|\w+Id)$/;

/**
 * What a mutation is asked to do something to, from the node ids among its arguments: the client, and the first other
 * row, or the client itself. Nothing else of the arguments is kept, and of an id only a type that exists and a uuid.
 */
export function subjectOfArguments(args: object, isType: (name: string) => boolean): Subject {
  const { input, ...plain } = args as { input?: unknown };
  const named = [...Object.entries(plain), ...entriesOf(input)]
    .filter(([key, value]) => ID_ARGUMENT.test(key) && typeof value === 'string')
    .map(([, value]) => decodeNodeId(String(value)))
    .filter(({ typename, id }) => UUID.test(id) && isType(typename));
  const client = named.find(({ typename }) => typename === 'Client');
  const target = named.find(({ typename }) => typename !== 'Client') ?? client;
  return { clientId: client?.id ?? null, target: target ? `${target.typename}:${target.id}` : null };
}

/**
 * What a mutation made, from the row it returns, or the first row inside the payload it returns; `typeName` is the
 * GraphQL type of the answer.
 */
export function subjectOfResult(result: unknown, typeName: string): Subject {
  const candidates = [[typeName, result] as const, ...entriesOf(result)];
  for (const [name, row] of candidates) {
    const { id, clientId } = Object.fromEntries(entriesOf(row));
    if (typeof id !== 'string' || !UUID.test(id)) continue;
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const owner = type === 'Client' ? id : clientId;
    return {
      clientId: typeof owner === 'string' && UUID.test(owner) ? owner : null,
      target: `${type}:${id}`,
    };
  }
  return NO_SUBJECT;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
