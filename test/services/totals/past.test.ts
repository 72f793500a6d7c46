import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GoalDefinition } from '../../../src/connectors/ads/contract.ts';
import type { Context } from '../../../src/context.ts';
import { transaction } from '../../../src/db/client.ts';
import { canonical } from '../../../src/lib/money.ts';
import { readCoverage } from '../../../src/services/coverage/read.ts';
import { WindowFacts } from '../../../src/services/sync/insights.ts';
import { replaceFacts, replaceSlices } from '../../../src/services/sync/replace.ts';
import {
  readCampaignGoals,
  readCampaignSums,
  readClientGoals,
  readClientSums,
} from '../../../src/services/totals/read.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import {
  action,
  addAccount,
  addClient,
  adRow,
  campaignRow,
  contextOf,
  GOALS,
  replace,
} from '../sync/support.ts';

let database: TestDatabase;
let ctx: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  ctx = contextOf(database.db);
});
afterAll(() => database.drop());

const DAYS = ['2026-11-18', '2026-11-19', '2026-11-20'];
const RANGE = { from: '2026-11-17', to: '2026-11-20' };
const CAMPAIGNS = ['c1', 'c2'];
const START = Date.parse('2026-11-20T10:00:00Z');
/** What a client's goals may be: a change of them changes which action counts, and what is primary. */
const GOAL_SETS: GoalDefinition[][] = [
  GOALS,
  [
    { name: 'lead', actionTypes: ['lead'] },
    { name: 'purchase', actionTypes: ['purchase'] },
  ],
];

const count = fc.constantFrom('0', '1', '2.5', '7');
const amounts = fc
  .record({ count, value: fc.constantFrom('0', '1.25', '300') })
  .map(({ count: n, value }) => action(n, value));
const measures = {
  date: fc.constantFrom(...DAYS),
  campaignExternalId: fc.constantFrom(...CAMPAIGNS),
  spend: fc.constantFrom('0', '0.50', '1.25', '900000000000000.01'),
  impressions: fc.constantFrom('0', '10', '999'),
  clicks: fc.constantFrom('0', '1', '3'),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'KZT'),
  actions: fc.dictionary(fc.constantFrom('omni_purchase', 'purchase', 'lead'), amounts, { maxKeys: 3 }),
};
const rows = fc.array(
  fc.oneof(
    fc.record({ ...measures, adExternalId: fc.constantFrom('a1', 'a2') }).map((changes) => adRow(changes)),
    fc.record(measures).map((changes) => campaignRow(changes)),
  ),
  { maxLength: 9 },
);
const windows = fc.constantFrom(
  { from: '2026-11-18', to: '2026-11-20' },
  { from: '2026-11-19', to: '2026-11-20' },
  { from: '2026-11-20', to: '2026-11-20' },
  { from: '2026-11-18', to: '2026-11-18' },
);
const step = fc.record({
  account: fc.constantFrom(0, 0, 1),
  rows,
  window: windows,
  goals: fc.constantFrom(0, 0, 1),
  /** Milliseconds after the step before. */
  after: fc.constantFrom(1, 60_000),
  /** A recomputation of the goals replaces facts and reads no slice. */
  reads: fc.constantFrom(true, true, true, false),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Holders {
  clientId: string;
  accounts: string[];
}

async function apply({ clientId, accounts }: Holders, todo: Step, readAt: Date): Promise<void> {
  const facts = new WindowFacts(GOAL_SETS[todo.goals] ?? []);
  for (const row of todo.rows) if (row.date >= todo.window.from && row.date <= todo.window.to) facts.add(row);
  const accountId = accounts[todo.account] ?? '';
  const into = {
    ...{ clientId, accountId, platform: todo.account === 0 ? 'META' : 'GOOGLE', timezone: 'UTC' },
    ...{ restatementDays: 1, window: todo.window, runId: randomUUID(), readAt },
  };
  await transaction(database.db.pool, async (sql) => {
    const isKnown = await sql.query<{ known: number }>(
      'SELECT count(*)::int AS known FROM slices WHERE account_id = $1 AND date BETWEEN $2 AND $3',
      [accountId, todo.window.from, todo.window.to],
    );
    const days = DAYS.filter((day) => day >= todo.window.from && day <= todo.window.to);
    // Goals are computed anew of what was read before.
    if (todo.reads || isKnown.rows[0]?.known !== days.length) await replaceSlices(sql, into, facts.facts());
    else await replaceFacts(sql, into, facts.facts());
  });
}

/** Everything that can be asked as of a moment, numbers in one writing. */
async function figures({ clientId, accounts }: Holders, asOf: Date | null): Promise<unknown> {
  const campaigns = accounts.flatMap((accountId) =>
    CAMPAIGNS.map((externalId) => ({ accountId, externalId })),
  );
  const of = (platform: string | null, range = RANGE) => ({ clientId, range, platform, asOf });
  const newest = { from: '2026-11-20', to: '2026-11-20' };
  const lists: Record<string, object[]> = {
    client: await readClientSums(ctx, of(null)),
    platform: await readClientSums(ctx, of('GOOGLE')),
    newest: await readClientSums(ctx, of(null, newest)),
    goals: await readClientGoals(ctx, of(null)),
    campaigns: await readCampaignSums(ctx, { clientId, range: RANGE, asOf, campaigns }),
    campaignGoals: await readCampaignGoals(ctx, { clientId, range: RANGE, asOf, campaigns }),
    coverage: await readCoverage(ctx, {
      clientId,
      range: { ...RANGE, from: '2026-11-18' },
      asOf,
      accountIds: accounts,
    }),
  };
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.map(oneWriting).toSorted()]),
  );
}

function oneWriting(row: object): string {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? canonical(value) : (value as unknown),
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

test('as of every earlier moment the figures are exactly those that were remembered then', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 7 }), async (steps) => {
      const clientId = await addClient(database.db);
      const google = { platform: 'GOOGLE' };
      const accounts = [
        await addAccount(database.db, clientId),
        await addAccount(database.db, clientId, google),
      ];
      const holders = { clientId, accounts };
      const remembered: { at: Date; was: unknown }[] = [
        { at: new Date(START), was: await figures(holders, null) },
      ];
      let at = START;
      for (const todo of steps) {
        at += todo.after;
        await apply(holders, todo, new Date(at));
        remembered.push({ at: new Date(at), was: await figures(holders, null) });
      }
      for (const { at: moment, was } of remembered) {
        expect({ moment, was: await figures(holders, moment) }).toEqual({ moment, was });
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('a read that ends after a later one stands later: what was before both stays what it was', async () => {
  const clientId = await addClient(database.db);
  const holder = { clientId, accountId: await addAccount(database.db, clientId) };
  const minute = (n: number) => new Date(START + n * 60_000);
  const spendAsOf = async (asOf: Date | null) => {
    const [sums] = await readClientSums(ctx, { clientId, range: RANGE, platform: null, asOf });
    return sums?.spend;
  };
  await replace(database.db, { holder, rows: [adRow({ spend: '1' })], readAt: minute(0) });
  await replace(database.db, { holder, rows: [adRow({ spend: '20' })], readAt: minute(10) });
  await replace(database.db, { holder, rows: [adRow({ spend: '300' })], readAt: minute(5) });
  await replace(database.db, { holder, rows: [adRow({ spend: '4000' })], readAt: minute(7) });

  expect(await spendAsOf(minute(0))).toBe('1');
  expect(await spendAsOf(minute(9))).toBe('1');
  expect(await spendAsOf(minute(10))).toBe('4000');
  expect(await spendAsOf(null)).toBe('4000');
});
