import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { AdAccount } from '../../../src/generated/prisma/client.ts';
import {
  readCoverage,
  readDiscrepancies,
  readMissing,
  readNotes,
} from '../../../src/services/coverage/read.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { Holder } from '../sync/support.ts';
import { addHolder, adRow, contextOf, NOW, replace } from '../sync/support.ts';

let database: TestDatabase;
let ctx: Context;
let holder: Holder;
let account: AdAccount;
beforeAll(async () => {
  database = await createTestDatabase();
  ctx = contextOf(database.db);
});
afterAll(() => database.drop());
beforeEach(async () => {
  holder = await addHolder(database.db);
  account = await ctx.db.prisma.adAccount.findUniqueOrThrow({ where: { id: holder.accountId } });
});

const RANGE = { from: '2026-11-16', to: '2026-11-20' };
const hour = (n: number) => new Date(NOW.getTime() + n * 3_600_000);

const asked = (asOf: Date | null = null, first = 10) => ({
  ...{ clientId: holder.clientId, accounts: [account], range: RANGE, asOf, first },
});
async function coverage(asOf: Date | null = null) {
  const [row] = await readCoverage(ctx, { ...asked(asOf), accountIds: [account.id] });
  return row && { present: row.present, final: row.final, through: row.data_through };
}

/** Sets columns of a day's slice. */
async function mark(date: string, columns: Record<string, unknown>): Promise<void> {
  const names = Object.keys(columns);
  await database.db.pool.query(
    `INSERT INTO slices (client_id, account_id, date, run_id, status, attempted_at, ${names.join(', ')})
     VALUES ($1, $2, $3, $4, 'OK', $5, ${names.map((_, at) => `$${String(at + 6)}`).join(', ')})
     ON CONFLICT (client_id, account_id, date) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [holder.clientId, holder.accountId, date, randomUUID(), NOW, ...Object.values(columns)],
  );
}
const status = (date: string, word: string) =>
  database.db.pool.query('UPDATE slices SET status = $3 WHERE account_id = $1 AND date = $2', [
    holder.accountId,
    date,
    word,
  ]);

describe('coverage as of a moment', () => {
  beforeEach(async () => {
    await mark('2026-11-16', {
      fetched_at: hour(9),
      first_fetched_at: hour(0),
      final: true,
      final_at: hour(5),
    });
    await mark('2026-11-17', {
      fetched_at: hour(9),
      first_fetched_at: hour(2),
      final: true,
      final_at: hour(9),
    });
    await mark('2026-11-18', { fetched_at: hour(4), first_fetched_at: hour(3), suspect_since: hour(6) });
    await status('2026-11-18', 'SUSPECT');
  });

  it.each([
    [-1, { present: 0, final: 0, through: null }],
    [0, { present: 1, final: 0, through: '2026-11-16' }],
    [3, { present: 3, final: 0, through: '2026-11-18' }],
    [5, { present: 3, final: 1, through: '2026-11-18' }],
    [6, { present: 2, final: 1, through: '2026-11-17' }],
    [9, { present: 2, final: 2, through: '2026-11-17' }],
  ])('after %i hours', async (hours, wanted) => {
    expect(await coverage(hour(hours))).toEqual(wanted);
  });

  it('now', async () => expect(await coverage()).toEqual({ present: 2, final: 2, through: '2026-11-17' }));

  it('misses what is not present, with the reason of then', async () => {
    const missing = async (asOf: Date | null) =>
      (await readMissing(ctx, asked(asOf))).map(({ date, reason }) => [date, reason.split(':')[0]]);
    expect(await missing(hour(2))).toEqual([
      ['2026-11-18', 'NOT_FETCHED'],
      ['2026-11-19', 'NOT_FETCHED'],
      ['2026-11-20', 'NOT_FETCHED'],
    ]);
    expect(await missing(hour(-24))).toMatchObject([{}, {}, {}, {}, ['2026-11-20', 'FUTURE']]);
    expect((await missing(hour(7)))[0]).toEqual(['2026-11-18', 'SUSPECT']);
  });
});

describe('missing slices', () => {
  it('name a failure, a suspicion, a pause and what was never asked for, oldest first, no more than asked', async () => {
    await mark('2026-11-16', { failure_class: 'WAIT', failure_reason: 'code 17' });
    await mark('2026-11-17', { failure_class: 'FIX', failure_reason: 'no permission' });
    await mark('2026-11-18', { fetched_at: NOW, suspect_reason: 'no rows, and 12 the day before' });
    for (const date of ['2026-11-16', '2026-11-17']) await status(date, 'FAILED');
    await status('2026-11-18', 'SUSPECT');
    account = { ...account, pausedUntil: hour(1), pauseReason: 'too many calls' };
    const until = `the platform takes no calls for this account until ${hour(1).toISOString()} (too many calls)`;
    const found = await readMissing(ctx, asked(null, 4));
    expect(found.map(({ date, reason }) => `${date} ${reason}`)).toEqual([
      `2026-11-16 WAIT: ${until}`,
      '2026-11-17 FIX: no permission',
      '2026-11-18 SUSPECT: no rows, and 12 the day before',
      `2026-11-19 WAIT: this day was never asked for, and ${until}`,
    ]);
    expect(found.every((slice) => slice.account.id === holder.accountId)).toBe(true);
  });
});

describe('discrepancies', () => {
  const total = { total_currency: 'EUR', total_spend: '3.75', total_impressions: 200, total_clicks: 20 };

  it('are the days whose rows do not add up to the account\u2019s own total in that currency', async () => {
    const rows = ['2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19'].flatMap((date) => [
      adRow({ date, adExternalId: 'a1' }),
      adRow({ date, adExternalId: 'a2', spend: '2.25' }),
      adRow({ date, adExternalId: 'a3', currency: 'KZT', spend: '900' }),
    ]);
    await replace(database.db, { holder, rows, window: RANGE });
    await mark('2026-11-16', total);
    await mark('2026-11-17', { ...total, total_spend: '3.76', total_impressions: 199 });
    await mark('2026-11-18', { ...total, total_impressions: null, total_clicks: 21 });
    await mark('2026-11-20', { ...total, total_spend: '0.01', total_impressions: 0, total_clicks: 0 });
    const found = (await readDiscrepancies(ctx, asked())).map(({ account: of, ...day }) => [of.id, day]);
    const stored = { spend_stored: '3.75', impressions_stored: '200', clicks_stored: '20' };
    const equal = { spend_reported: '3.75', impressions_reported: '200', clicks_reported: '20' };
    const day = (date: string, ...differing: object[]) => [
      holder.accountId,
      Object.assign({ date, currency: 'EUR', spend_difference: '0.00', ...equal, ...stored }, ...differing),
    ];
    expect(found).toEqual([
      day('2026-11-17', { spend_reported: '3.76', spend_difference: '0.01', impressions_reported: '199' }),
      day('2026-11-18', { clicks_reported: '21' }),
      day('2026-11-20', {
        ...{ spend_reported: '0.01', spend_stored: '0', spend_difference: '0.01' },
        ...{ impressions_reported: '0', impressions_stored: '0', clicks_reported: '0', clicks_stored: '0' },
      }),
    ]);
    expect(await readDiscrepancies(ctx, asked(null, 1))).toHaveLength(1);
    expect(await readDiscrepancies(ctx, asked(hour(-1)))).toEqual([]);
    expect(await readDiscrepancies(ctx, asked(NOW))).toHaveLength(3);
  });
});

describe('notes', () => {
  it('are listed by day', async () => {
    await mark('2026-11-18', { fetched_at: NOW, note: 'one campaign without its ads' });
    await mark('2026-11-17', { fetched_at: NOW, note: 'another' });
    await mark('2026-11-19', { fetched_at: NOW });
    const found = await readNotes(ctx, asked());
    expect(found.map(({ date, note }) => `${date} ${note}`)).toEqual([
      '2026-11-17 another',
      '2026-11-18 one campaign without its ads',
    ]);
    expect(await readNotes(ctx, asked(hour(-1)))).toEqual([]);
  });
});
