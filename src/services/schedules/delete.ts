import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import { announceSchedules } from './changed.ts';
import { deleteScheduleRow } from './sql.ts';

/** Deletes a schedule for good; its runs stay, and one that is under way goes on. Throws FORBIDDEN, NOT_FOUND. */
export async function deleteSchedule(ctx: Context, id: string): Promise<void> {
  requireAdmin(ctx);
  await inTransaction(ctx, async (sql) => {
    if (!(await deleteScheduleRow.maybe(sql, id))) throw notFound('schedule');
    await announceSchedules(sql);
  });
}
