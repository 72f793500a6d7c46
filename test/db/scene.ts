import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Database } from '../../src/db/client.ts';
import { connectionConfig } from '../../src/db/connection.ts';

/** Every table of clients' rows that a viewer may read; `audit_log` and what holds secrets is not among them. */
export const READABLE = [
  'ad_accounts',
  'ad_breakdowns',
  'ad_campaigns',
  'ad_insights',
  'ad_reach',
  'ad_sets',
  'ads',
  'alerts',
  'breakdown_slices',
  'campaign_days',
  'client_days',
  'clients',
  'goals',
  'insight_revisions',
  'month_adjustments',
  'month_campaigns',
  'month_revisions',
  'months',
  'run_logs',
  'run_tasks',
  'runs',
  'schedules',
  'slices',
] as const;

/** The models that are found by an id of their own. */
export const MODELS = [
  'client',
  'adAccount',
  'adCampaign',
  'adSet',
  'ad',
  'goal',
  'run',
  'runTask',
  'schedule',
] as const;

/** Stores a client with one row in every such table, as staff does. All of them have the returned id where they have one. */
export async function addTenant({ prisma, pool }: Database): Promise<string> {
  const id = randomUUID();
  const ours = { id, clientId: id };
  const named = { externalId: 'x', name: `Name of ${id}`, status: 'ACTIVE' };
  const placed = { accountId: id, ...named, ...ours };
  await prisma.client.create({
    data: { id, name: `Name of ${id}`, slug: id, timezone: 'UTC', currency: 'EUR' },
  });
  await prisma.adAccount.create({
    data: { ...ours, ...named, platform: 'META', currency: 'EUR', timezone: 'UTC' },
  });
  await prisma.adCampaign.create({ data: placed });
  await prisma.adSet.create({ data: { ...placed, campaignExternalId: 'x' } });
  await prisma.ad.create({ data: { ...placed, campaignExternalId: 'x', adSetExternalId: 'x' } });
  await prisma.goal.create({
    data: { ...ours, platform: 'META', name: 'lead', position: 1, actionTypes: ['lead'] },
  });
  await prisma.run.create({
    data: { ...ours, kind: 'TEST', trigger: 'MANUAL', status: 'SUCCEEDED', workKey: id, requestedBy: 'test' },
  });
  await prisma.runTask.create({ data: { ...ours, runId: id, position: 0 } });
  await prisma.runLog.create({ data: { clientId: id, runId: id, level: 'INFO', message: 'Said' } });
  await prisma.schedule.create({ data: { ...ours, kind: 'TEST', cron: '0 0 * * *', timezone: 'UTC' } });
  for (const fact of FACTS) await pool.query(fact, [id]);
  return id;
}

const FACTS = [
  `INSERT INTO months (id, client_id, platform, month, state, quality) VALUES ($1, $1, 'META', '2026-03', 'OPEN', 'MISSING')`,
  `INSERT INTO month_campaigns (client_id, month_id, account_external_id, campaign_external_id, currency, name, status,
     spend, impressions, clicks, link_clicks, conversions, conversion_value, goals)
   VALUES ($1, $1, 'x', 'x', 'EUR', 'x', 'ACTIVE', 1, 1, 1, 1, 1, 1, '{}')`,
  `INSERT INTO month_revisions (client_id, month_id, revision, at, state, quality, by)
   VALUES ($1, $1, 1, now(), 'OPEN', 'MISSING', 'test')`,
  `INSERT INTO month_adjustments (client_id, month_id, at, cause, account_external_id, metric)
   VALUES ($1, $1, now(), 'MANUAL', 'x', 'spend')`,
  `INSERT INTO alerts (client_id, kind, severity, key, title, detail, raised_at, seen_at)
   VALUES ($1, 'TEST', 'NOTICE', $1::uuid::text, 'x', 'x', now(), now())`,
  `INSERT INTO ad_insights (client_id, account_id, date, campaign_external_id, currency, spend, impressions, clicks,
     link_clicks, conversions, conversion_value, goals, actions, run_id)
   VALUES ($1, $1, '2026-03-01', 'x', 'EUR', 1, 1, 1, 1, 1, 1, '{}', '{}', $1)`,
  `INSERT INTO slices (client_id, account_id, date, status, run_id, attempted_at)
   VALUES ($1, $1, '2026-03-01', 'OK', $1, now())`,
  `INSERT INTO insight_revisions (client_id, account_id, date, campaign_external_id, metric, currency, run_id, at)
   VALUES ($1, $1, '2026-03-01', 'x', 'spend', 'EUR', $1, now())`,
  `INSERT INTO ad_breakdowns (client_id, account_id, kind, date, campaign_external_id, segments, currency, spend,
     impressions, clicks, link_clicks, actions, run_id)
   VALUES ($1, $1, 'PLACEMENTS', '2026-03-01', 'x', '{}', 'EUR', 1, 1, 1, 1, '{}', $1)`,
  `INSERT INTO breakdown_slices (client_id, account_id, kind, date, run_id)
   VALUES ($1, $1, 'PLACEMENTS', '2026-03-01', $1)`,
  `INSERT INTO ad_reach (client_id, account_id, date_from, date_to, reach, impressions, fetched_at, run_id)
   VALUES ($1, $1, '2026-03-01', '2026-03-31', 1, 1, now(), $1)`,
  `INSERT INTO campaign_days (client_id, date, account_id, campaign_external_id, currency, spend, impressions, clicks,
     link_clicks, conversions, conversion_value, goals)
   VALUES ($1, '2026-03-01', $1, 'x', 'EUR', 1, 1, 1, 1, 1, 1, '{}')`,
  `INSERT INTO client_days (client_id, date, platform, currency, spend, impressions, clicks, link_clicks, conversions,
     conversion_value, goals)
   VALUES ($1, '2026-03-01', 'META', 'EUR', 1, 1, 1, 1, 1, 1, '{}')`,
];

/** The connections of the tenants' role, bound to no clients. */
export function tenantPool(url: string, max: number): pg.Pool {
  return new pg.Pool({ ...connectionConfig({ url, role: 'tributary_tenant' }), max, pipeline: true });
}
