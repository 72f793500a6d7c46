import { inTransaction } from '../context.ts';
import type { Context } from '../context.ts';
import type { RunTrigger } from '../db/enums.ts';
import { errorText } from '../db/errors.ts';
import type { Sql } from '../db/sql.ts';
import { recordScheduleRun } from '../services/runs/finish.ts';
import type { SkippedFire } from '../services/schedules/skip.ts';
import { skipFire } from '../services/schedules/skip.ts';
import { claimFire, setFireRun } from '../services/schedules/sql.ts';
import type { ClaimedFire, ScheduleRow } from '../services/schedules/sql.ts';
import type { JobDefinition } from './define.ts';
import { isDatabaseAway } from './judge.ts';

export interface DueFire {
  schedule: ScheduleRow;
  job: JobDefinition<unknown>;
  fireAt: Date;
  trigger: RunTrigger;
}

/**
 * Starts the job of a moment, unless another process does. The claim is committed only after the job has started: a
 * process that dies in between leaves the moment to the next one, whose start then finds the open run of the same work.
 * A job that cannot be started counts as an error of its schedule and is not tried again until the next moment.
 * Rejects only while the database is away; the moment is then still due.
 */
export async function fire(ctx: Context, due: DueFire): Promise<void> {
  const { schedule, fireAt } = due;
  try {
    await inTransaction(ctx, async (sql) => {
      const claimed = await claim(sql, due);
      if (!claimed) return;
      const run = claimed.client_active
        ? await start(ctx, due, claimed)
        : await skipFire(ctx, sql, skipped(due, claimed));
      if (run) await setFireRun.run(sql, schedule.id, fireAt, run.runId);
    });
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    ctx.log.error(
      { scheduleId: schedule.id, reason: errorText(error) },
      'scheduled job could not be started',
    );
    await inTransaction(ctx, async (sql) => {
      if (!(await claim(sql, due))) return;
      await recordScheduleRun(sql, { scheduleId: schedule.id, status: 'FAILED', durationMs: 0 });
    });
  }
}

function claim(sql: Sql, { schedule, fireAt }: DueFire): Promise<ClaimedFire | null> {
  const { id, kind, cron, timezone } = schedule;
  return claimFire.maybe(sql, id, fireAt, kind, cron, timezone);
}

function start(ctx: Context, due: DueFire, claimed: ClaimedFire): Promise<{ runId: string } | null> {
  const { schedule, job, trigger, fireAt } = due;
  return job.start(ctx, {
    parameters: job.parameters.parse(claimed.parameters),
    clientId: claimed.client_id,
    trigger,
    scheduleId: schedule.id,
    fireAt,
  });
}

function skipped({ schedule, trigger }: DueFire, claimed: ClaimedFire): SkippedFire {
  const { client_id: clientId, parameters } = claimed;
  return { scheduleId: schedule.id, kind: schedule.kind, clientId, trigger, parameters };
}
