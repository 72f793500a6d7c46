/*
 * Loading insights through the whole sync write path, against COPY of the same rows into the same kind of table in the
 * same run. `node dist/bench/load.js [DATABASE_URL [rows]]`; without a URL (or with "") it starts a PostgreSQL of its
 * own. It works in a database that it creates and drops. Exit 1 when a limit is not met.
 */
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { AdPlatform, StructurePage } from '../src/connectors/ads/contract.ts';
import { keptMail } from '../src/connectors/mail/kept.ts';
import type { Context } from '../src/context.ts';
import type { Database } from '../src/db/client.ts';
import type { DayRange } from '../src/lib/days.ts';
import { daysOf } from '../src/lib/days.ts';
import { fixedKeyRing } from '../src/lib/keyRing.ts';
import { createLog } from '../src/lib/log.ts';
import { Secret } from '../src/lib/secret.ts';
import { createPubSub } from '../src/pubsub.ts';
import { endTask } from '../src/services/runs/finish.ts';
import { beginTask, createTaskWork } from '../src/services/runs/perform.ts';
import { syncAccount } from '../src/services/sync/account.ts';
import { triggerSync } from '../src/services/sync/trigger.ts';
import { copyIn } from './copy.ts';
import { inBenchDatabase } from './database.ts';
import { CAMPAIGNS, World } from './world.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const RANGE: DayRange = { from: '2026-10-22', to: '2026-11-20' };

/** How fast it must be, and how much memory the process may have taken. */
const LIMITS = { rowsPerSecond: 10_000, copyRatio: 0.25, unchangedRatio: 1.1, rssMb: 400 };

/** The process's own peak so far, before COPY's text is held for comparison. */
function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

interface Measured {
  what: string;
  rows: number;
  seconds: number;
}

async function main(url: string | undefined): Promise<void> {
  const rows = Number(process.argv[3] ?? 100_000);
  process.exitCode = print(await inBenchDatabase(url, (db) => measureAll(db, rows))) ? 0 : 1;
}

async function measureAll(db: Database, rows: number): Promise<Results> {
  const world = new World(Math.round(rows / daysOf(RANGE).length / CAMPAIGNS));
  const generated = await timed('making the rows (part of every line below but COPY)', async () => {
    let made = 0;
    for await (const page of world.read(RANGE)) made += page.rows.length;
    return made;
  });
  const holder = await addHolder(db);
  const sync = (what: string) => timed(what, () => syncOnce(db, holder, world));
  const fresh = await sync('sync, new rows');
  const unchanged = await sync('sync, unchanged rows');
  world.bump = 1;
  const changed = await sync('sync, every row changed');
  const peak = peakMb();
  return { generated, fresh, unchanged, changed, copied: await copyFacts(db), peak };
}

interface Results {
  generated: Measured;
  fresh: Measured;
  unchanged: Measured;
  changed: Measured;
  copied: Measured;
  /** MB of resident memory at most, over all syncs. */
  peak: number;
}

function print({ generated, fresh, unchanged, changed, copied, peak }: Results): boolean {
  const speed = (line: Measured) => line.rows / line.seconds;
  for (const line of [generated, fresh, unchanged, changed, copied]) {
    process.stdout.write(
      `${line.what.padEnd(56)} ${String(line.rows).padStart(8)} rows ${line.seconds.toFixed(2).padStart(7)} s ${String(Math.round(speed(line))).padStart(8)} rows/s\n`,
    );
  }
  const checks: [string, number, '≥' | '≤', number][] = [
    ['new rows, rows/s', speed(fresh), '≥', LIMITS.rowsPerSecond],
    ['new rows / COPY', speed(fresh) / speed(copied), '≥', LIMITS.copyRatio],
    ['unchanged / new', speed(unchanged) / speed(fresh), '≥', LIMITS.unchangedRatio],
    ['peak memory, MB', peak, '≤', LIMITS.rssMb],
  ];
  return checks
    .map(([what, value, sign, limit]) => {
      const met = sign === '≥' ? value >= limit : value <= limit;
      process.stdout.write(
        `${met ? 'ok  ' : 'MISS'} ${what.padEnd(20)} ${value.toFixed(2)} ${sign} ${String(limit)}\n`,
      );
      return met;
    })
    .every(Boolean);
}

async function timed(what: string, work: () => Promise<number>): Promise<Measured> {
  const start = performance.now();
  const rows = await work();
  return { what, rows, seconds: (performance.now() - start) / 1000 };
}

interface Holder {
  clientId: string;
  accountId: string;
}

async function addHolder(db: Database): Promise<Holder> {
  const holder = { clientId: randomUUID(), accountId: randomUUID() };
  await db.pool.query(
    `INSERT INTO clients (id, name, slug, timezone, currency) VALUES ($1, 'Bench', 'bench', 'UTC', 'EUR')`,
    [holder.clientId],
  );
  await db.pool.query(
    `INSERT INTO ad_accounts (id, client_id, platform, external_id, name, currency, timezone, status)
     VALUES ($1, $2, 'BENCH', 'act_1', 'Bench', 'EUR', 'UTC', 'ACTIVE')`,
    [holder.accountId, holder.clientId],
  );
  return holder;
}

/** The real verb over the real database; only the platform is made here. */
async function syncOnce(db: Database, holder: Holder, world: World): Promise<number> {
  const ctx: Context = {
    db,
    now: () => NOW,
    log: createLog('warn'),
    actor: { kind: 'SYSTEM', name: 'bench' },
    origin: null,
    platforms: new Map([['BENCH', platformOf(world)]]),
    oauthPlatforms: new Map(),
    publicUrl: () => 'http://127.0.0.1',
    allowSpendingTokens: false,
    secretKeys: fixedKeyRing([]),
    agencyTokens: new Map([['BENCH', new Secret('bench')]]),
    pubsub: createPubSub(),
    jobs: { enqueueTasks: () => Promise.resolve() },
    mail: keptMail(),
    reportTo: [],
    jobCatalogue: new Map(),
  };
  const { runId } = await triggerSync(ctx, { clientId: holder.clientId, range: RANGE });
  const { rows } = await db.pool.query<{ id: string }>('SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
  const begun = await beginTask(ctx, { taskId: rows[0]?.id ?? '', retries: 0 });
  if (!begun) throw new Error('nothing to begin');
  await syncAccount(ctx, createTaskWork(ctx, begun, new AbortController()));
  await endTask(ctx, { ...begun, status: 'SUCCEEDED', errorClass: null, reason: null });
  const done = await db.pool.query<{ records: number }>(
    'SELECT records_synced::int AS records FROM runs WHERE id = $1',
    [runId],
  );
  return done.rows[0]?.records ?? 0;
}

function platformOf(world: World): AdPlatform {
  const unasked = () => Promise.reject(new Error('not asked for'));
  return {
    key: 'BENCH',
    label: 'Bench',
    historyMonths: 37,
    defaultGoals: [
      { name: 'purchase', actionTypes: ['omni_purchase', 'purchase'] },
      { name: 'lead', actionTypes: ['lead'] },
    ],
    restatementDays: () => Promise.resolve(28),
    checkCredential: unasked,
    describeAccount: unasked,
    listAccounts: unasked,
    breakdowns: [],
    goalTemplates: [],
    readStructure: noStructure,
    readInsights: (_access, range) => world.read(range),
    readAccountDays: () => Promise.resolve([]),
    readBreakdowns: () => {
      throw new Error('not asked for');
    },
    readReach: unasked,
  };
}

async function* noStructure(): AsyncGenerator<StructurePage> {
  yield await Promise.resolve({ campaigns: [], adSets: [], ads: [], next: null });
}

/** The facts as they stand, by COPY, into a table with the same columns and indexes; the text is made beforehand. */
async function copyFacts(db: Database): Promise<Measured> {
  // Staff makes no tables.
  await db.queue.query('CREATE TABLE copied (LIKE ad_insights INCLUDING INDEXES)');
  const client = await db.queue.connect();
  try {
    const { rows } = await client.query<{
      line: string;
    }>(`SELECT concat_ws(E'\\t', client_id, account_id, date,
      campaign_external_id, coalesce(ad_set_external_id, '\\N'), coalesce(ad_external_id, '\\N'), currency, spend, impressions, clicks,
      link_clicks, coalesce(reach::text, '\\N'), conversions, conversion_value, goals, actions, run_id) || E'\\n' AS line FROM ad_insights`);
    const text = Buffer.from(rows.map((row) => row.line).join(''));
    return await timed('COPY of the same rows', async () => {
      await copyIn(client, 'COPY copied FROM STDIN', text);
      return rows.length;
    });
  } finally {
    client.release();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2]);
