import { notify } from '../../db/notify.ts';
import type { Sql } from '../../db/sql.ts';

/** Every scheduler listens here and looks at the schedules again, whatever the message says. */
export const SCHEDULES_CHANNEL = 'tributary_schedules';

/** Tells the schedulers of all processes, once the caller's transaction is committed. */
export async function announceSchedules(sql: Sql): Promise<void> {
  await notify.run(sql, SCHEDULES_CHANNEL, '');
}
