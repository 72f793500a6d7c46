import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { badInput, notFound } from '../../errors.ts';
import { dayOf } from '../../lib/days.ts';
import { parseInput } from '../parse.ts';
import type { WantedAccount } from './cells.ts';
import { monthsBack } from './months.ts';
import { accountsToBackfill, clientsNamed } from './sql.ts';

const request = z.object({
  clientIds: z.array(z.guid()).min(1, 'must name a client, or be left out').max(1_000).nullish(),
  months: z.number().int('must be a whole number').min(1, 'must be at least 1'),
  platform: z.string().nullish(),
  force: z.boolean().nullish(),
});

/** Which history to read; `months` counts calendar months back, the present one included. */
export type BackfillRequest = z.input<typeof request>;

/** A request as it is kept: complete, and the same for the same work. */
export interface Backfill {
  /** Sorted; null = every active client. */
  clientIds: string[] | null;
  months: number;
  platform: string | null;
  /** Also days that are stored and final. */
  force: boolean;
}

/** Throws BAD_USER_INPUT, also for more months than any of the platforms keeps. */
export function readBackfill(ctx: Context, input: BackfillRequest): Backfill {
  const { clientIds, months, platform, force } = parseInput(request, input);
  if (platform != null && !ctx.platforms.has(platform)) {
    throw badInput(`platform must be one of ${[...ctx.platforms.keys()].join(', ')}.`);
  }
  const asked = [...ctx.platforms.values()].filter(({ key }) => platform == null || key === platform);
  const most = Math.max(0, ...asked.map(({ historyMonths }) => historyMonths));
  if (months > most) {
    const keeps = asked.map(({ key, historyMonths }) => `${key} keeps ${String(historyMonths)} months`);
    throw badInput(`months must be from 1 to ${String(most)}: ${keeps.join(', ')}.`);
  }
  return {
    clientIds: clientIds ? [...new Set(clientIds)].sort() : null,
    months,
    platform: platform ?? null,
    force: force ?? false,
  };
}

/**
 * The accounts of a backfill and the months of each, in its own zone. Throws NOT_FOUND for a client that is not there
 * and BAD_USER_INPUT for one that is not active.
 */
export async function accountsOf(ctx: Context, sql: Sql, backfill: Backfill): Promise<WantedAccount[]> {
  const { clientIds, months, platform } = backfill;
  if (clientIds) await requireActive(sql, clientIds);
  const rows = await accountsToBackfill.all(sql, clientIds, platform);
  return rows.map((row) => {
    const historyMonths = ctx.platforms.get(row.platform)?.historyMonths ?? 0;
    return {
      id: row.id,
      clientId: row.client_id,
      platform: row.platform,
      externalId: row.external_id,
      timezone: row.timezone,
      months: monthsBack(dayOf(ctx.now(), row.timezone), months, historyMonths),
    };
  });
}

async function requireActive(sql: Sql, clientIds: readonly string[]): Promise<void> {
  const found = await clientsNamed.all(sql, clientIds);
  if (found.length < clientIds.length) throw notFound('client');
  const idle = found.find((client) => !client.active);
  if (idle) throw badInput(`The client ${idle.name} is not active: activate it first.`);
}
