import type { Context } from '../../context.ts';
import { inTransaction } from '../../context.ts';
import { errorCode } from '../../db/errors.ts';
import { notFound } from '../../errors.ts';
import type { Schedule } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { announceSchedules } from './changed.ts';
import type { ScheduleInput } from './check.ts';
import { checkSchedule, conflict } from './check.ts';
import { saveSchedule } from './sql.ts';

const TAKEN = '23505';

/**
 * Replaces all of a schedule: what is left out gets its default. Its counts stay. After a change of its times nothing
 * that was due before is caught up. Throws FORBIDDEN, NOT_FOUND and what `checkSchedule` throws.
 */
export async function updateSchedule(ctx: Context, id: string, input: ScheduleInput): Promise<Schedule> {
  requireAdmin(ctx);
  if (!(await ctx.db.prisma.schedule.findFirst({ where: { id } }))) throw notFound('schedule');
  const columns = await checkSchedule(ctx, input, id);
  await inTransaction(ctx, async (sql) => {
    if (!(await saveSchedule.maybe(sql, ...columns, id))) throw notFound('schedule');
    await announceSchedules(sql);
  }).catch((error: unknown) => {
    // Somebody else made it since it was checked.
    throw errorCode(error) === TAKEN ? conflict() : error;
  });
  return ctx.db.prisma.schedule.findUniqueOrThrow({ where: { id } });
}
