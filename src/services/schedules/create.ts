import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import type { Schedule } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { announceSchedules } from './changed.ts';
import type { ScheduleInput } from './check.ts';
import { checkSchedule, conflict } from './check.ts';
import { insertSchedule } from './sql.ts';

/** Stores a schedule; every process keeps it at once. Throws FORBIDDEN and what `checkSchedule` throws. */
export async function createSchedule(ctx: Context, input: ScheduleInput): Promise<Schedule> {
  requireAdmin(ctx);
  const columns = await checkSchedule(ctx, input, null);
  const { id } = await inTransaction(ctx, async (sql) => {
    const made = await insertSchedule.maybe(sql, ...columns);
    if (!made) throw conflict();
    await announceSchedules(sql);
    return made;
  });
  return ctx.db.prisma.schedule.findUniqueOrThrow({ where: { id } });
}
