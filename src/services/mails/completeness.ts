import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import type { Completeness } from '../../emails/completeness.ts';
import { completenessEmail } from '../../emails/completeness.ts';
import type { AdAccount, Client } from '../../generated/prisma/client.ts';
import type { DayRange } from '../../lib/days.ts';
import { addDays, dayOf } from '../../lib/days.ts';
import { readCoverage, readMissing } from '../coverage/read.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import { homeOf } from './home.ts';
import { queueMail } from './queue.ts';
import { adminRecipients, clientRecipients } from './recipients.ts';

const DAYS = 7;

interface Examined {
  client: Client;
  range: DayRange;
  rows: Completeness[];
}

/**
 * Queues the weekly report: everybody's to the admins, and to the recipients of a client its own. All of a run in one
 * transaction, once however often the task is begun.
 */
export async function mailCompleteness(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const examined: Examined[] = [];
  for (const client of await clientsWithAccounts(ctx)) {
    task.signal.throwIfAborted();
    examined.push(await examine(ctx, client));
  }
  if (examined.length === 0) return { status: 'SKIPPED', reason: 'No active client has an account.' };
  await task.checkpoint(async (sql) => ({
    records: await queueReports(ctx, sql, { examined, runId: task.runId }),
  }));
  return { status: 'SUCCEEDED' };
}

async function queueReports(
  ctx: Context,
  sql: Sql,
  { examined, runId }: { examined: readonly Examined[]; runId: string },
): Promise<number> {
  const shared = { kind: 'COMPLETENESS', runId };
  const home = homeOf(ctx);
  const range = lastDays(ctx.now(), 'UTC');
  const rows = examined.flatMap((each) => each.rows);
  await queueMail(ctx, sql, {
    ...shared,
    clientId: null,
    dedupeKey: `COMPLETENESS ${runId}`,
    recipients: await adminRecipients(ctx, sql),
    email: completenessEmail({ range, client: null, rows, home }),
  });
  const told = examined.filter(({ client }) => client.recipients.length > 0);
  for (const { client, ...own } of told) {
    await queueMail(ctx, sql, {
      ...shared,
      clientId: client.id,
      dedupeKey: `COMPLETENESS ${runId} ${client.id}`,
      recipients: await clientRecipients(sql, client.id),
      // Who is at the client reads no dashboard of the agency's.
      email: completenessEmail({ ...own, client: client.name, home: null }),
    });
  }
  return 1 + told.length;
}

type WithAccounts = Client & { accounts: AdAccount[] };

function clientsWithAccounts(ctx: Context): Promise<WithAccounts[]> {
  return ctx.db.prisma.client.findMany({
    where: { active: true, accounts: { some: {} } },
    include: { accounts: { orderBy: [{ platform: 'asc' }, { externalId: 'asc' }] } },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  });
}

async function examine(ctx: Context, { accounts, ...client }: WithAccounts): Promise<Examined> {
  const range = lastDays(ctx.now(), client.timezone);
  const asked = { clientId: client.id, range, asOf: null };
  const coverage = await readCoverage(ctx, { ...asked, accountIds: accounts.map(({ id }) => id) });
  const missing = await readMissing(ctx, { ...asked, accounts, first: DAYS * accounts.length });
  const rows = [...new Set(accounts.map(({ platform }) => platform))].map((platform): Completeness => {
    const own = accounts.filter((account) => account.platform === platform);
    const ids = new Set(own.map(({ id }) => id));
    const present = coverage.filter((row) => ids.has(row.account_id)).map((row) => row.present);
    return {
      client: client.name,
      platform,
      expected: DAYS * own.length,
      present: present.reduce((sum, count) => sum + count, 0),
      missing: missing
        .filter(({ account }) => ids.has(account.id))
        .map(({ account, date, reason }) => ({ account: account.name, date, reason })),
    };
  });
  return { client, range, rows };
}

/** The last whole days of a zone. */
function lastDays(now: Date, timezone: string): DayRange {
  const to = addDays(dayOf(now, timezone), -1);
  return { from: addDays(to, 1 - DAYS), to };
}
