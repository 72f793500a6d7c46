import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { WAYS } from '../support/ways.ts';
import { HOSTILE } from './hostile.ts';

let test: TestApp;
let target: { url: string; key: string };
/** What it takes to know who asks. */
let authentication: Set<string>;

beforeAll(async () => {
  test = await startTestApp({ jobs: false, config: { production: true } });
  const client = await createClient(test.system, { name: 'Honest', timezone: 'UTC', currency: 'EUR' });
  const { secret } = await createApiKey(test.system, { name: 'v', role: 'VIEWER', clientIds: [client.id] });
  target = { url: test.graphqlUrl, key: secret.reveal() };
  await WAYS.POST(target, { query: '{ __typename }' });
  test.takeQueries();
  await WAYS.POST(target, { query: '{ __typename }' });
  authentication = new Set(test.takeQueries());
});
afterAll(() => test.stop());

it('there are 200 of them', () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(200);
  expect(new Set(HOSTILE.map((hostile) => JSON.stringify(hostile))).size).toBe(HOSTILE.length);
});

describe.each(Object.entries(WAYS))('over %s', (_name, ask) => {
  it.each([...new Set(HOSTILE.map(({ kind }) => kind))])('%s: nothing is executed', async (kind) => {
    for (const { size, ...hostile } of HOSTILE.filter((each) => each.kind === kind)) {
      test.takeQueries();
      const answer = await ask(target, hostile);
      const refused =
        answer.closed !== null || (answer.status ?? 0) >= 400 || answer.codes.includes('BAD_USER_INPUT');
      const executed = test.takeQueries().filter((statement) => !authentication.has(statement));
      const said = answer.text.slice(0, 300);
      expect({ kind, size, said, refused, data: answer.data, executed }).toEqual({
        ...{ kind, size, said, refused: true, data: null, executed: [] },
      });
      expect(answer.text).not.toContain('Did you mean');
    }
    const honest = await ask(target, { query: '{ clients { nodes { name } } }' });
    expect(honest.data).toEqual({ clients: { nodes: [{ name: 'Honest' }] } });
  });
});
