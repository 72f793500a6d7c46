import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { findRun } from './sql.ts';
import type { RunRow } from './sql.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The run, or NOT_FOUND; also for text that is no id at all. */
export async function requireRun(ctx: Context, runId: string): Promise<RunRow> {
  const run = UUID.test(runId) ? await findRun.maybe(ctx.db.pool, runId) : null;
  if (!run) throw notFound('run');
  return run;
}
