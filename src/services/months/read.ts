import type { Context } from '../../context.ts';
import { badInput } from '../../errors.ts';
import type { Month } from '../../generated/prisma/client.ts';
import { requireClient } from '../access.ts';
import { isMonth } from './calendar.ts';
import type { AdjustmentRow } from './sql.ts';
import { adjustmentsOf } from './sql.ts';

/** At most so many adjustments of a month are told, newest first. */
export const MOST_ADJUSTMENTS = 100;

export interface MonthsInput {
  clientId: string;
  /** `2026-09`, included; null = from the first. */
  from: string | null;
  to: string | null;
}

/** A client's months, newest first. Throws NOT_FOUND for a client not the actor's, and BAD_USER_INPUT. */
export async function readMonths(ctx: Context, input: MonthsInput): Promise<Month[]> {
  requireClient(ctx, input.clientId);
  const { clientId, from, to } = input;
  for (const [name, month] of Object.entries({ from, to })) {
    if (month !== null && !isMonth(month)) throw badInput(`${name} must be a month, such as 2026-09.`);
  }
  return ctx.db.prisma.month.findMany({
    where: {
      clientId,
      month: { ...(from === null ? {} : { gte: from }), ...(to === null ? {} : { lte: to }) },
    },
    orderBy: [{ month: 'desc' }, { platform: 'asc' }],
  });
}

/** What was noted of these months since they are FINAL; the newest of each month first. */
export function readAdjustments(
  ctx: Context,
  months: readonly { clientId: string; monthId: string }[],
): Promise<AdjustmentRow[]> {
  const clientIds = [...new Set(months.map((month) => month.clientId))];
  for (const clientId of clientIds) requireClient(ctx, clientId);
  const monthIds = months.map((month) => month.monthId);
  return adjustmentsOf.all(ctx.db.pool, clientIds, monthIds, MOST_ADJUSTMENTS);
}
