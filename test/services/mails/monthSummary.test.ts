import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../../src/context.ts';
import type { Context, ScheduledJob } from '../../../src/context.ts';
import { JOBS } from '../../../src/jobs/index.ts';
import { createLog } from '../../../src/lib/log.ts';
import { createClient } from '../../../src/services/clients/create.ts';
import { mailMonthSummary } from '../../../src/services/mails/monthSummary.ts';
import { sendDueMails } from '../../../src/services/mails/send.ts';
import { cancelRun } from '../../../src/services/runs/cancel.ts';
import type { TaskEnd } from '../../../src/services/runs/finish.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { beginTask } from '../../../src/services/runs/perform.ts';
import { createContext, readRun, start } from '../../jobs/support.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestSmtp } from '../../support/smtp.ts';
import { startSmtp } from '../../support/smtp.ts';
import { NEVER } from './support.ts';

let database: TestDatabase;
let server: TestSmtp;
let ctx: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startSmtp();
  ctx = createContext(database.db, {
    mail: server.connector(),
    reportTo: ['boss@agency.example'],
    now: () => new Date('2026-10-01T02:00:00Z'),
    jobCatalogue: JOBS,
  });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

type Outcome = Pick<TaskEnd, 'status' | 'reason'>;

/** A close whose tasks, of one client each, have begun; the names of its clients. */
async function begunClose(
  names: readonly string[],
  changes: { dryRun?: boolean; month?: string | null } = {},
) {
  const { dryRun = false, month = '2026-09' } = changes;
  const clients = await Promise.all(
    names.map((name, n) =>
      createClient(ctx, {
        name,
        slug: `c${String(Math.random()).slice(2)}-${String(n)}`,
        timezone: 'UTC',
        currency: 'EUR',
      }),
    ),
  );
  const tasks = clients.map(({ id }) => ({
    ...{ clientId: id, accountId: null, serialKey: null, priority: 0 },
    parameters: { platform: 'META', month },
  }));
  const { runId } = await start(ctx, {
    kind: 'MONTH_CLOSE',
    parameters: { ...(month ? { month } : {}), dryRun },
    tasks,
  });
  const { rows } = await database.db.pool.query<{ id: string }>(
    'SELECT id FROM run_tasks WHERE run_id = $1 ORDER BY position',
    [runId],
  );
  const begun = [];
  for (const { id } of rows) {
    const task = await beginTask(ctx, { taskId: id, retries: 0 });
    if (!task) throw new Error('the task did not begin');
    begun.push(task);
  }
  return { runId, begun };
}

async function close(
  names: readonly string[],
  outcomes: readonly Outcome[],
  changes: Parameters<typeof begunClose>[1] & { by?: Context } = {},
) {
  const { runId, begun } = await begunClose(names, changes);
  for (const [n, task] of begun.entries()) {
    const outcome = outcomes[n] ?? { status: 'SUCCEEDED', reason: 'SAVED: x' };
    await endTask(changes.by ?? ctx, {
      ...task,
      ...outcome,
      errorClass: outcome.status === 'FAILED' ? 'FIX' : null,
    });
  }
  return runId;
}

async function mailsOf(runId: string) {
  const { rows } = await database.db.pool.query<{
    id: string;
    kind: string;
    subject: string;
    text: string;
    html: string;
    status: string;
    recipients: string[];
  }>('SELECT id, kind, subject, text, html, status, recipients FROM mails WHERE run_id = $1', [runId]);
  return rows;
}

const repeat = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);

it('a close of fifteen clients mails exactly what became of each', async () => {
  const names = Array.from({ length: 15 }, (_, n) => `Клиент ${String(n + 1)} <script>alert(1)</script>`);
  const runId = await close(names, [
    ...repeat(8, { status: 'SKIPPED', reason: 'SKIPPED: RICH' }),
    ...repeat(5, { status: 'SUCCEEDED', reason: 'SAVED: RICH' }),
    { status: 'SUCCEEDED', reason: 'UPDATED: was POOR' },
    { status: 'FAILED', reason: 'token expired' },
  ]);
  const [mail, ...others] = await mailsOf(runId);
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    kind: 'MONTH_SUMMARY',
    status: 'QUEUED',
    recipients: ['boss@agency.example'],
  });
  expect(mail?.subject).toMatch(
    /^September saved for 15 clients: 8 skipped, 5 saved, 1 updated, 1 failed: token expired; \d+ s$/,
  );
  expect((await sendDueMails(ctx, NEVER)).sent).toBe(1);
  const parsed = server.received.at(-1)?.parsed;
  expect(parsed?.subject).toBe(mail?.subject);
  expect(parsed?.text).toContain('Клиент 15 <script>alert(1)</script> | META | failed | token expired');
  expect(parsed?.html).toContain('Клиент 15 &lt;script&gt;alert(1)&lt;/script&gt;');
  expect(parsed?.html).not.toContain('<script');
});

describe('once, and with its run', () => {
  it('a try that lost its task mails nothing, and no key mails twice', async () => {
    const { runId, begun } = await begunClose(['Twice']);
    const [task] = begun;
    if (!task) throw new Error('no task');
    const end = { ...task, status: 'SUCCEEDED', errorClass: null, reason: 'SAVED: x' } as const;
    expect(await endTask(ctx, end)).toBe(true);
    expect(await endTask(ctx, end)).toBe(false);
    const again = await inTransaction(ctx, (sql) => mailMonthSummary(ctx, sql, { runId }));
    expect(again?.created).toBe(false);
    expect(await mailsOf(runId)).toHaveLength(1);
  });

  it('before the last task there is no mail', async () => {
    const { runId, begun } = await begunClose(['First', 'Second']);
    const [task] = begun;
    if (!task) throw new Error('no task');
    await endTask(ctx, { ...task, status: 'SUCCEEDED', errorClass: null, reason: 'SAVED: x' });
    expect(await mailsOf(runId)).toEqual([]);
  });

  it('what cannot be stored now ends neither the run nor makes the mail; later it does both', async () => {
    const broken = with_(() => Promise.reject(Object.assign(new Error('deadlock'), { code: '40P01' })));
    const { runId, begun } = await begunClose(['Later']);
    const [task] = begun;
    if (!task) throw new Error('no task');
    const end = { ...task, status: 'SUCCEEDED', errorClass: null, reason: 'SAVED: x' } as const;
    await expect(endTask(broken, end)).rejects.toThrow('deadlock');
    expect((await readRun(database.db, runId)).status).toBe('RUNNING');
    expect(await endTask(ctx, end)).toBe(true);
    expect(await mailsOf(runId)).toHaveLength(1);
  });

  it('a mistake in what follows is undone and logged, and the run ends all the same', async () => {
    const lines: string[] = [];
    const log = createLog('error', { write: (line: string) => void lines.push(line) });
    const broken = {
      ...with_(async (inner, sql, run) => {
        await mailMonthSummary(inner, sql, run);
        throw new TypeError('a mistake');
      }),
      log,
    };
    const runId = await close(['Mistaken'], [], { by: broken });
    expect((await readRun(database.db, runId)).status).toBe('SUCCEEDED');
    expect(await mailsOf(runId)).toEqual([]);
    expect(lines.join('')).toContain('what follows the end of a run broke');
  });

  function with_(onFinished: NonNullable<ScheduledJob['onFinished']>): Context {
    const job = JOBS.get('MONTH_CLOSE');
    if (!job) throw new Error('no such job');
    return { ...ctx, jobCatalogue: new Map([['MONTH_CLOSE', { ...job, onFinished }]]) };
  }
});

it('a dry run mails nothing', async () => {
  const runId = await close(['Dry'], [{ status: 'SUCCEEDED', reason: 'DRY_RUN: x' }], { dryRun: true });
  expect(await mailsOf(runId)).toEqual([]);
});

it('a cancelled close says what was not closed', async () => {
  const { runId, begun } = await begunClose(['Done', 'Not done']);
  const [task] = begun;
  if (!task) throw new Error('no task');
  await endTask(ctx, { ...task, status: 'SUCCEEDED', errorClass: null, reason: 'SAVED: x' });
  await cancelRun(ctx, runId);
  const [mail] = await mailsOf(runId);
  expect(mail?.subject).toMatch(/^September saved for 2 clients: 1 saved, 1 cancelled; \d+ s$/);
});
