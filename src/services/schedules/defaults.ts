import { z } from 'zod';
import { inTransaction } from '../../context.ts';
import type { Context } from '../../context.ts';
import { announceSchedules } from './changed.ts';
import { insertSchedule, lockSetting, setSetting } from './sql.ts';

export interface DefaultSchedule {
  kind: string;
  cron: string;
  timezone: string;
}

/** Which kinds had their default schedule created once; their schedules belong to people from then on. */
const KEY = 'schedules.defaults';

/**
 * Creates the default schedules of kinds that never had theirs: all at the first start, those of new jobs after an
 * update. One that was changed or deleted is never created again.
 */
export async function createMissingDefaults(
  ctx: Context,
  defaults: readonly DefaultSchedule[],
): Promise<void> {
  await inTransaction(ctx, async (sql) => {
    const known = z.array(z.string()).parse((await lockSetting.maybe(sql, KEY, '[]'))?.value);
    const missing = defaults.filter((schedule) => !known.includes(schedule.kind));
    if (missing.length === 0) return;
    for (const { kind, cron, timezone } of missing) {
      await insertSchedule.run(sql, kind, cron, timezone, null, '{}', true);
    }
    await setSetting.run(sql, KEY, JSON.stringify([...known, ...missing.map((schedule) => schedule.kind)]));
    await announceSchedules(sql);
  });
}
