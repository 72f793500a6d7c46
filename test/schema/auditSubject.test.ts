import { describe, expect, it } from 'vitest';
import { subjectOfArguments, subjectOfResult } from '../../src/schema/auditSubject.ts';
import { encodeNodeId } from '../../src/schema/ids.ts';

const ONE = '00000000-0000-4000-8000-000000000001';
const TWO = '00000000-0000-4000-8000-000000000002';
const client = encodeNodeId('Client', ONE);
const key = encodeNodeId('ApiKey', TWO);
const isType = (name: string) => ['Client', 'ApiKey'].includes(name);

describe('of the arguments is kept', () => {
  it.each<[string, object, string | null, string | null]>([
    ['nothing when none names a row', { name: 'secret', input: { token: 'secret' } }, null, null],
    ['the row', { id: key }, null, `ApiKey:${TWO}`],
    ['the client, also inside the input', { input: { clientId: client } }, ONE, `Client:${ONE}`],
    ['both', { id: key, input: { clientId: client } }, ONE, `ApiKey:${TWO}`],
    ['no id under another name', { token: key, input: { grid: client } }, null, null],
    ['no list of ids', { input: { clientIds: [client] } }, null, null],
    ['no type that does not exist', { id: encodeNodeId('Secret', ONE) }, null, null],
    ['no text that is not an id', { id: 'my password', input: { clientId: 'a@example.com' } }, null, null],
    ['nothing of what is null', { id: null, input: null }, null, null],
  ])('%s', (_what, args, clientId, target) => {
    expect(subjectOfArguments(args, isType)).toEqual({ clientId, target });
  });
});

describe('of the answer is kept', () => {
  it.each<[string, unknown, string, string | null, string | null]>([
    ['the row', { id: TWO, clientId: ONE, token: 'secret' }, 'AdAccount', ONE, `AdAccount:${TWO}`],
    ['the client', { id: ONE }, 'Client', ONE, `Client:${ONE}`],
    [
      'the row of a payload',
      { apiKey: { id: TWO }, secret: 'secret' },
      'ApiKeyPayload',
      null,
      `ApiKey:${TWO}`,
    ],
    [
      'the client of a payload',
      { client: { id: ONE }, run: null },
      'CreateClientPayload',
      ONE,
      `Client:${ONE}`,
    ],
    ['no id that is no uuid', { id: 'my password', clientId: 'a@example.com' }, 'Thing', null, null],
    ['nothing of a plain value', true, 'Boolean', null, null],
    ['nothing of nothing', undefined, 'Thing', null, null],
    ['nothing of null', null, 'Thing', null, null],
  ])('%s', (_what, result, typeName, clientId, target) => {
    expect(subjectOfResult(result, typeName)).toEqual({ clientId, target });
  });
});
