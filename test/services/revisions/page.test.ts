import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { RevisionPage } from '../../../src/services/revisions/page.ts';
import { pageRevisions } from '../../../src/services/revisions/page.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { Holder } from '../sync/support.ts';
import { addHolder, contextOf } from '../sync/support.ts';

let database: TestDatabase;
let ctx: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  ctx = contextOf(database.db);
});
afterAll(() => database.drop());

const RANGE = { from: '2026-11-10', to: '2026-11-12' };
const START = Date.parse('2026-11-20T10:00:00Z');
const moment = (n: number) => new Date(START + n * 1000);

/** So many revisions, one a second from `from` on, of days that are in the range or just beyond it. */
async function insert({ clientId, accountId }: Holder, many: number, from = 0): Promise<void> {
  await database.db.pool.query(
    `INSERT INTO insight_revisions (client_id, account_id, date, campaign_external_id, metric, currency, old, new, run_id, at)
     SELECT $1, $2, date '2026-11-09' + n % 5, 'c1', 'clicks', 'EUR', n, n + 1, $3, $4::timestamptz + n * interval '1 s'
     FROM generate_series($5::int, $5::int + $6::int - 1) AS n`,
    [clientId, accountId, randomUUID(), moment(0), from, many],
  );
}

async function idsOf({ clientId }: Holder): Promise<string[]> {
  const { rows } = await database.db.pool.query<{ id: string }>(
    'SELECT id FROM insight_revisions WHERE client_id = $1 AND date BETWEEN $2 AND $3 ORDER BY id DESC',
    [clientId, RANGE.from, RANGE.to],
  );
  return rows.map((row) => row.id);
}

const ask = (holder: Holder, asked: { first?: number; after?: string | null; since?: Date | null } = {}) =>
  pageRevisions(ctx, {
    ...{ clientId: holder.clientId, range: RANGE },
    ...{ first: asked.first ?? 100, after: asked.after ?? null, since: asked.since ?? null },
  });

const idsIn = (page: RevisionPage) => page.revisions.map(({ revision }) => revision.id);

describe('pages of revisions', () => {
  it('give every one once, newest first, whatever comes in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 }),
        async (many, first, inserts) => {
          const holder = await addHolder(database.db);
          await insert(await addHolder(database.db), 3);
          await insert(holder, many);
          const wanted = await idsOf(holder);
          const found: string[] = [];
          let after: string | null = null;
          for (let hasNext = true; hasNext;) {
            const page: RevisionPage = await ask(holder, { first, after });
            expect(page.revisions.length).toBeLessThanOrEqual(first);
            found.push(...idsIn(page));
            after = page.revisions.at(-1)?.cursor ?? null;
            hasNext = page.hasNextPage;
            await insert(holder, inserts.pop() ?? 0, 1000);
          }
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('since a moment: what came after it, not what came in it', async () => {
    const holder = await addHolder(database.db);
    await insert(holder, 10);
    const seconds = (page: RevisionPage) =>
      page.revisions.map(({ revision }) => (revision.at.getTime() - START) / 1000);
    // Days go round by five, and the first and last of them are outside the range.
    expect(seconds(await ask(holder))).toEqual([8, 7, 6, 3, 2, 1]);
    expect(seconds(await ask(holder, { since: moment(3) }))).toEqual([8, 7, 6]);
    expect(seconds(await ask(holder, { since: new Date(moment(3).getTime() - 1) }))).toEqual([8, 7, 6, 3]);
    expect(seconds(await ask(holder, { since: moment(8) }))).toEqual([]);
  });

  it.each([
    'nonsense',
    Buffer.from('["revision","x"]').toString('base64url'),
    Buffer.from('["revision","99999999999999999999"]').toString('base64url'),
    Buffer.from('["SPEND","DESC","1","x"]').toString('base64url'),
  ])('refuse the cursor %s of something else', async (after) => {
    const holder = await addHolder(database.db);
    await expect((async () => ask(holder, { after }))()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('of a client that is not the viewer\u2019s are not there', async () => {
    const [mine, other] = [await addHolder(database.db), await addHolder(database.db)];
    await insert(other, 3);
    const viewer = {
      kind: 'API_KEY',
      id: randomUUID(),
      name: 'v',
      role: 'VIEWER',
      clientIds: [mine.clientId],
    } as const;
    const request = { range: RANGE, since: null, first: 10, after: null };
    const asViewer = (clientId: string) => pageRevisions({ ...ctx, actor: viewer }, { ...request, clientId });
    await expect(asViewer(other.clientId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await asViewer(mine.clientId)).revisions).toEqual([]);
    expect((await ask(other)).revisions.length).toBeGreaterThan(0);
  });
});
