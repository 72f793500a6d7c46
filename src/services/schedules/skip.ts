import type { Context } from '../../context.ts';
import type { RunTrigger } from '../../db/enums.ts';
import type { Sql } from '../../db/sql.ts';
import { actorLabel } from '../access.ts';
import { recordScheduleRun } from '../runs/finish.ts';
import { insertSkippedRun } from '../runs/sql.ts';

const REASON = 'The client is not active.';

export interface SkippedFire {
  scheduleId: string;
  kind: string;
  clientId: string | null;
  trigger: RunTrigger;
  parameters: unknown;
}

/** A moment of a client that was deactivated: a SKIPPED run that says so, and no error. In the caller's transaction. */
export async function skipFire(ctx: Context, sql: Sql, fire: SkippedFire): Promise<{ runId: string } | null> {
  const { scheduleId, kind, clientId, trigger, parameters } = fire;
  const run = await insertSkippedRun.maybe(
    sql,
    kind,
    trigger,
    clientId,
    scheduleId,
    JSON.stringify(parameters),
    `${kind} skipped ${scheduleId}`,
    actorLabel(ctx.actor),
    0,
    null,
    REASON,
  );
  await recordScheduleRun(sql, { scheduleId, status: 'SKIPPED', durationMs: 0 });
  return run ? { runId: run.id } : null;
}
