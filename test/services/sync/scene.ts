import type { Context } from '../../../src/context.ts';
import type { Database } from '../../../src/db/client.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import { triggerSync } from '../../../src/services/sync/trigger.ts';
import { addHolder, contextOf, rowsOf, scriptedPlatform } from './support.ts';
import type { Holder, ScriptedPlatform } from './support.ts';

export interface Scene {
  ctx: Context;
  platform: ScriptedPlatform;
  holder: Holder;
  runId: string;
  taskId: string;
  /** The task in the hands of the real runner code. */
  begin(stop?: AbortController): Promise<TaskWork>;
}

/** A client, its account and a triggered run of these days. */
export async function scene(db: Database, days: number): Promise<Scene> {
  const platform = scriptedPlatform();
  const ctx = contextOf(db, platform);
  const holder = await addHolder(db);
  const { runId } = await triggerSync(ctx, { clientId: holder.clientId, days });
  const [task] = await rowsOf(db, 'SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
  const taskId = String(task?.['id']);
  const begin = async (stop = new AbortController()) => {
    const begun = await beginTask(ctx, { taskId, retries: 0 });
    if (!begun) throw new Error('nothing to begin');
    return createTaskWork(ctx, begun, stop);
  };
  return { ctx, platform, holder, runId, taskId, begin };
}
