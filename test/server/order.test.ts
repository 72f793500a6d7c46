import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { WAYS } from '../support/ways.ts';

let test: TestApp;
let fields: string[];

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const client = await createClient(test.system, { name: 'Ordered', timezone: 'UTC', currency: 'EUR' });
  const of = `clientId: "${encodeNodeId('Client', client.id)}", range: { from: "2026-10-01", to: "2026-10-02" }`;
  fields = [
    `totals(${of}) { coverage { complete } impressions goals { count } clicks }`,
    `campaigns(${of}) { pageInfo { hasNextPage } nodes { objective } }`,
    'viewer { name role }',
    'schedules { cron }',
    'clients { totalCount nodes { slug accounts { externalId } name goals { primary } active } }',
    '__typename',
  ];
});
afterAll(() => test.stop());

/** The names in the order they were asked for, level by level. */
const asked = (document: string) =>
  [...document.matchAll(/(\w+)(?=\s*[({}\w]|$)(?![^(]*\))/g)].map(([name]) => name);
const answered = (value: unknown): string[] => {
  if (Array.isArray(value)) return answered(value[0]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...answered(inner)]);
};

it('fields stand in the answer as they were asked for (GraphQL, 6.2.2)', async () => {
  const target = { url: test.graphqlUrl, key: test.adminKey };
  const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 2 });
  await fc.assert(
    fc.asyncProperty(orders, fc.constantFrom(...Object.values(WAYS)), async (order, ask) => {
      const document = order.map((index) => fields[index]).join(' ');
      const { data } = await ask(target, { query: `{ ${document} }` });
      const found = answered(data);
      expect(found).toEqual(asked(document).filter((name) => found.includes(name)));
      expect(Object.keys(data as object)).toHaveLength(order.length);
    }),
    { numRuns: 40 },
  );
});
