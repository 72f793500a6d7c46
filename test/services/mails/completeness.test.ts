import { afterAll, beforeAll, expect, it } from 'vitest';
import { keptMail } from '../../../src/connectors/mail/kept.ts';
import type { Context } from '../../../src/context.ts';
import { JOBS } from '../../../src/jobs/index.ts';
import { startRunner } from '../../../src/jobs/runner.ts';
import { createClient } from '../../../src/services/clients/create.ts';
import { updateClient } from '../../../src/services/clients/update.ts';
import { triggerCompleteness } from '../../../src/services/mails/trigger.ts';
import { createContext, finished } from '../../jobs/support.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import { createPerson } from '../../support/people.ts';

let database: TestDatabase;
let ctx: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  ctx = createContext(database.db, {
    mail: keptMail(),
    // A Monday; in Almaty as well.
    now: () => new Date('2026-11-16T08:00:00Z'),
    jobCatalogue: JOBS,
  });
});
afterAll(() => database.drop());

async function account(clientId: string, externalId: string, days: readonly string[]): Promise<void> {
  const { id } = await ctx.db.prisma.adAccount.create({
    data: {
      ...{ clientId, platform: 'META', externalId, name: `Account ${externalId}` },
      ...{ currency: 'KZT', timezone: 'Asia/Almaty', status: 'ACTIVE' },
    },
  });
  for (const date of days) {
    await database.db.pool.query(
      `INSERT INTO slices (client_id, account_id, date, status, attempted_at, first_fetched_at, fetched_at, run_id)
       VALUES ($1, $2, $3, 'OK', now(), now(), now(), gen_random_uuid())`,
      [clientId, id, date],
    );
  }
}

const WEEK = ['09', '10', '11', '12', '13', '14', '15'].map((day) => `2026-11-${day}`);

it('tells the admins everything and a client its own, once', async () => {
  const admin = await createPerson(ctx, { role: 'ADMIN' });
  const [whole, gappy, away] = await Promise.all(
    ['Зерно', 'Gappy', 'Away'].map((name) =>
      createClient(ctx, {
        name,
        slug: `s-${name.length}-${String(name.charCodeAt(0))}`,
        timezone: 'Asia/Almaty',
        currency: 'KZT',
      }),
    ),
  );
  if (!whole || !gappy || !away) throw new Error('no clients');
  await createPerson(ctx, { role: 'VIEWER', clientIds: [whole.id] });
  await account(whole.id, 'act_1', WEEK);
  await account(
    gappy.id,
    'act_2',
    WEEK.filter((day) => day < '2026-11-13'),
  );
  await account(away.id, 'act_3', []);
  await updateClient(ctx, gappy.id, {
    recipients: ['Anna@Gappy.example', 'anna@gappy.example', 'ivan@gappy.example'],
  });
  await updateClient(ctx, away.id, { active: false, recipients: ['x@away.example'] });

  const runner = await startRunner(ctx, { jobs: JOBS, concurrency: 1 });
  const { runId } = await triggerCompleteness(ctx, { trigger: 'MANUAL', scheduleId: null });
  const run = await finished(database.db, runId);
  await runner.stop();

  expect(run).toMatchObject({ status: 'SUCCEEDED', records_synced: '2' });
  const mails = await ctx.db.prisma.mail.findMany({ orderBy: { clientId: { sort: 'asc', nulls: 'first' } } });
  expect(
    mails.map(({ clientId, kind, status, recipients }) => ({ clientId, kind, status, recipients })),
  ).toEqual([
    { clientId: null, kind: 'COMPLETENESS', status: 'NOT_SENT', recipients: [admin.email] },
    {
      ...{ clientId: gappy.id, kind: 'COMPLETENESS', status: 'NOT_SENT' },
      recipients: ['anna@gappy.example', 'ivan@gappy.example'],
    },
  ]);
  const [all, own] = mails;
  expect(all?.subject).toBe('Data from 2026-11-09 to 2026-11-15: 78 % complete, 3 days missing');
  expect(all?.text).toContain('Зерно | META | 100 % | 7 of 7');
  expect(all?.text).toContain('Gappy | META | 57 % | 4 of 7');
  expect(all?.text).toContain('Gappy | META | Account act_2 | 2026-11-13 to 2026-11-15 | NOT_FETCHED');
  expect(all?.text).not.toContain('Away');
  expect(own?.subject).toContain('Data of Gappy');
  expect(own?.text).not.toContain('Зерно');
});

it('recipients are e-mail addresses, at most fifty', async () => {
  const { id } = await createClient(ctx, { name: 'Listed', timezone: 'UTC', currency: 'EUR' });
  const wrong = [['no address'], ['a@b.example\r\nBcc: eve@evil.example'], ['a@b.example, c@d.example']];
  for (const recipients of wrong) {
    await expect(updateClient(ctx, id, { recipients })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  const many = Array.from({ length: 51 }, (_, n) => `a${String(n)}@b.example`);
  await expect(updateClient(ctx, id, { recipients: many })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  expect((await updateClient(ctx, id, { recipients: many.slice(1) })).recipients).toHaveLength(50);
  expect((await updateClient(ctx, id, { name: 'Other' })).recipients).toHaveLength(50);
  expect((await updateClient(ctx, id, { recipients: [] })).recipients).toEqual([]);
});
