import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import type { MonthCell } from '../backfill/cells.ts';
import { readCells } from '../backfill/cells.ts';
import { monthsOf } from '../backfill/months.ts';
import type { BackfillRequest } from '../backfill/scope.ts';
import { readBackfill } from '../backfill/scope.ts';
import { cellsOf, startCells } from '../backfill/trigger.ts';
import type { StartedRun } from '../runs/start.ts';
import type { SyncRequest } from '../sync/trigger.ts';
import { planOnly, startPlanned } from '../sync/trigger.ts';
import type { PlanKind } from './sql.ts';

/** What a kind of plan is about at this moment, and how to begin it. */
export interface PlannedWork {
  /** Newest month first. */
  cells: MonthCell[];
  /** In the caller's transaction. */
  start(sql: Sql): Promise<StartedRun>;
}

/** Works a request out; the requests are those that `readRequest` returned. Throws what the kind's verb throws. */
export type WorkOut = (ctx: Context, sql: Sql, request: unknown) => Promise<PlannedWork>;

const syncRequest = z.object({
  clientId: z.string().nullish(),
  platform: z.string().nullish(),
  range: z.object({ from: z.string(), to: z.string() }).nullish(),
  days: z.number().nullish(),
});

const backfillRequest = z.object({
  clientIds: z.array(z.string()).nullish(),
  months: z.number(),
  platform: z.string().nullish(),
  force: z.boolean().nullish(),
});

export const WORK: Readonly<Record<PlanKind, WorkOut>> = {
  SYNC: async (ctx, sql, request) => {
    const asked: SyncRequest = syncRequest.parse(request);
    const plan = await planOnly(ctx, asked, sql);
    const wanted = plan.accounts.map(({ account, range }) => ({ ...account, months: monthsOf(range) }));
    return {
      cells: await readCells(sql, wanted, 'ALL'),
      start: (within) => startPlanned(ctx, within, { request: asked, plan }),
    };
  },
  BACKFILL: async (ctx, sql, request) => {
    const asked: BackfillRequest = backfillRequest.parse(request);
    const backfill = readBackfill(ctx, asked);
    const cells = await cellsOf(ctx, sql, backfill);
    const by = { trigger: 'MANUAL', scheduleId: null } as const;
    return { cells, start: (within) => startCells(ctx, within, { backfill, cells, ...by }) };
  },
};
