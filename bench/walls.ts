/*
 * What the walls in the database cost: a page of campaigns with their totals, read as a viewer behind them, against the
 * same read on the owner's connections without them, in turns in the same run. `node dist/bench/walls.js
 * [DATABASE_URL [seconds]]`; without a URL (or with "") it starts a PostgreSQL of its own. It works in a database that it
 * creates and drops. Exit 1 when the limit is not met.
 */
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Context } from '../src/context.ts';
import { actingAs } from '../src/context.ts';
import type { ActorDatabase, Database } from '../src/db/client.ts';
import { connectionConfig } from '../src/db/connection.ts';
import { PrismaClient } from '../src/generated/prisma/client.ts';
import type { DayRange } from '../src/lib/days.ts';
import { clientFilter, visibleClients } from '../src/services/access.ts';
import { pageCampaigns } from '../src/services/campaigns/page.ts';
import { readCampaignGoals, readCampaignSums, readClientSums } from '../src/services/totals/read.ts';
import { inBenchDatabase } from './database.ts';

/** Reads behind the walls for each read without them, at the same number of requests at once. */
const LIMIT = 0.7;
const REQUESTS_AT_ONCE = 8;
const CONNECTIONS = 8;
const CLIENTS = 40;
const PAGE = 25;
const TURNS = 5;
const RANGE: DayRange = { from: '2026-10-22', to: '2026-11-20' };

/** 40 clients of 50 campaigns over 180 days: 360,000 rows of campaigns' days. */
const WORLD = [
  `INSERT INTO clients (name, slug, timezone, currency)
   SELECT 'Client ' || n, 'client-' || n, 'UTC', 'EUR' FROM generate_series(1, ${String(CLIENTS)}) AS n`,
  `INSERT INTO ad_accounts (client_id, platform, external_id, name, currency, timezone, status)
   SELECT id, 'META', 'act_1', 'Account', 'EUR', 'UTC', 'ACTIVE' FROM clients`,
  `INSERT INTO ad_campaigns (client_id, account_id, external_id, name, status)
   SELECT client_id, id, 'c' || n, 'Campaign ' || n, 'ACTIVE' FROM ad_accounts, generate_series(1, 50) AS n`,
  `INSERT INTO campaign_days (client_id, date, account_id, campaign_external_id, currency, spend, impressions, clicks,
     link_clicks, conversions, conversion_value, goals)
   SELECT client_id, date '2026-11-20' - n, account_id, external_id, 'EUR', n + length(external_id), 100, 10, 5, 1, 9,
     '{"lead": {"count": "1", "value": "9"}}'
   FROM ad_campaigns, generate_series(0, 179) AS n`,
  `INSERT INTO client_days (client_id, date, platform, currency, spend, impressions, clicks, link_clicks, conversions,
     conversion_value, goals)
   SELECT client_id, date, 'META', 'EUR', sum(spend), sum(impressions), sum(clicks), sum(link_clicks), sum(conversions),
     sum(conversion_value), '{}' FROM campaign_days GROUP BY 1, 2`,
  'ANALYZE',
];

async function measure(db: Database, seconds: number): Promise<boolean> {
  for (const text of WORLD) await db.queue.query(text);
  const clientIds = (await db.prisma.client.findMany()).map((client) => client.id);
  const owners = new pg.Pool({ ...connectionConfig({ url: db.url, role: null }), max: CONNECTIONS });
  owners.on('error', () => undefined);
  const open: ActorDatabase = {
    pool: owners,
    prisma: new PrismaClient({ adapter: new PrismaPg(owners) }),
    staff: db,
  };
  const walled = clientIds.map((clientId) => viewerOf(db, clientId));
  const bare = walled.map((ctx) => ({ ...ctx, db: open }));
  try {
    await sameAnswers(walled, bare);
    return print(await inTurns({ walled, bare }, (seconds * 1000) / TURNS / 2));
  } finally {
    await open.prisma.$disconnect();
    await owners.end();
  }
}

/** Only what the reads below use. */
function viewerOf(db: Database, clientId: string): Context {
  const ctx = { db, now: () => new Date(`${RANGE.to}T10:00:00Z`) } as unknown as Context;
  return actingAs(ctx, {
    kind: 'API_KEY',
    id: 'bench',
    name: 'bench',
    role: 'VIEWER',
    clientIds: [clientId],
  });
}

/** What the API does for a page of campaigns with totals and goals, and the client's own totals. */
async function read(ctx: Context): Promise<unknown> {
  const clientId = ctx.actor.kind === 'API_KEY' ? (ctx.actor.clientIds[0] ?? '') : '';
  const { prisma } = ctx.db;
  const page = await pageCampaigns(ctx, {
    clientId,
    range: RANGE,
    filter: {},
    order: { field: 'SPEND', direction: 'DESC' },
    first: PAGE,
    after: null,
  });
  const campaigns = await prisma.adCampaign.findMany({
    where: { id: { in: page.campaigns.map((campaign) => campaign.id) }, ...clientFilter(ctx.actor) },
    orderBy: { id: 'asc' },
  });
  assert.equal(campaigns.length, PAGE);
  const figures = { clientId, range: RANGE, campaigns, asOf: null };
  return [
    page,
    campaigns,
    ...(await Promise.all([
      readCampaignSums(ctx, figures),
      readCampaignGoals(ctx, figures),
      readClientSums(ctx, { clientId, range: RANGE, platform: null, asOf: null }),
      prisma.client.findMany({ where: { AND: [{ id: clientId }, visibleClients(ctx.actor)] } }),
      prisma.adAccount.findMany({ where: clientFilter(ctx.actor) }),
    ])),
  ];
}

/** Also warms both up. */
async function sameAnswers(walled: readonly Context[], bare: readonly Context[]): Promise<void> {
  for (const [at, ctx] of walled.entries()) {
    const other = bare[at];
    if (other) assert.deepEqual(await read(ctx), await read(other));
  }
}

interface Speeds {
  walled: number[];
  bare: number[];
}

async function inTurns(
  { walled, bare }: { walled: readonly Context[]; bare: readonly Context[] },
  turnMs: number,
): Promise<Speeds> {
  const speeds: Speeds = { walled: [], bare: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    speeds.bare.push(await readsPerSecond(bare, turnMs));
    speeds.walled.push(await readsPerSecond(walled, turnMs));
  }
  return speeds;
}

async function readsPerSecond(contexts: readonly Context[], ms: number): Promise<number> {
  const start = performance.now();
  let reads = 0;
  let next = 0;
  const reader = async () => {
    while (performance.now() - start < ms) {
      const ctx = contexts[next++ % contexts.length];
      if (ctx) await read(ctx);
      reads++;
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, reader));
  return reads / ((performance.now() - start) / 1000);
}

function print({ walled, bare }: Speeds): boolean {
  const [behind, without] = [median(walled), median(bare)];
  const ratio = behind / without;
  const met = ratio >= LIMIT;
  process.stdout.write(
    `reads a second without the walls ${without.toFixed(0)}, behind them ${behind.toFixed(0)} ` +
      `(medians of ${String(TURNS)} turns)\n` +
      `${met ? 'ok  ' : 'MISS'} behind / without ${ratio.toFixed(2)} ≥ ${String(LIMIT)}\n`,
  );
  return met;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function main(url: string | undefined, seconds: number): Promise<void> {
  process.exitCode = (await inBenchDatabase(url, (db) => measure(db, seconds))) ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(process.argv[2], Number(process.argv[3] ?? 10));
}
